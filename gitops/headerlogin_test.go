package gitops_test

import (
	"encoding/base64"
	"testing"
)

func TestHeaderLogin(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:ghs_canary0123456789"))
	for header, want := range map[string]string{
		"AUTHORIZATION: basic " + basic: "ghs_canary0123456789", "Authorization: Basic " + basic: "ghs_canary0123456789",
		"Authorization: Bearer abc": "", "Authorization: basic !!": "", "X-Other: basic " + basic: "",
	} {
		m, err := remoteWith(t, "https://github.com/acme/core.git", "http.https://github.com/.extraheader", header)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if s := m.HeaderLogin(); !s.IsZero() {
			_ = s.Use(func(v []byte) error { got = string(v); return nil })
		}
		if logs := m.LogsInByHeader(); got != want || logs != (header[0] != 'X') {
			t.Errorf("%s: %q, %v", header, got, logs)
		}
	}
}
