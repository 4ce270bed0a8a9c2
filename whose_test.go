package main

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ferry/flow"
	"ferry/gitops/gittest"
	"ferry/keyring"
)

// TestWhose: each service is asked at its own place, in its own words, and nobody
// it sends us on to.
func TestWhose(t *testing.T) {
	t.Setenv("QUICKBUILD_USER", "dana")
	const secret = "0123456789abcdef"
	answers := map[string]struct{ path, login, answer string }{
		"travis":     {"/user", "token " + secret, `{"login":"dana"}`},
		"github":     {"/user", "Bearer " + secret, `{"login":"dana"}`},
		"gitea":      {"/user", "token " + secret, `{"id":1,"login":"dana"}`},
		"gitlab":     {"/api/v4/user", "Bearer " + secret, `{"id":1,"username":"dana"}`},
		"quickbuild": {"/rest/version", "Basic ZGFuYTowMTIzNDU2Nzg5YWJjZGVm", "10.0.34"},
	}
	for name, want := range answers {
		asked := 0
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			switch {
			case r.URL.Path == "/away"+want.path:
				http.Redirect(w, r, want.path, http.StatusFound)
			case r.URL.Path != want.path || r.Header.Get("Authorization") != want.login:
				http.Error(w, `{"message":"no"}`, http.StatusUnauthorized)
			default:
				_, _ = w.Write([]byte(want.answer))
			}
		}))
		if who, err := whose(t.Context(), web.Client(), name, web.URL+"/", keyring.NewSecret(secret)); err != nil || who != "dana" {
			t.Errorf("%s: %q, %v", name, who, err)
		}
		var p *flow.Problem
		if _, err := whose(t.Context(), web.Client(), name, web.URL, keyring.NewSecret("fedcba9876543210")); !errors.As(err, &p) || p.Class != flow.ClassCredentials {
			t.Errorf("%s, a wrong one: %v", name, err)
		}
		before := asked
		if _, err := whose(t.Context(), web.Client(), name, web.URL+"/away", keyring.NewSecret(secret)); !errors.As(err, &p) || p.Class != flow.ClassUnknown || asked != before+1 {
			t.Errorf("%s, elsewhere: %v after %d requests", name, err, asked-before)
		}
		web.Close()
		if _, err := whose(t.Context(), web.Client(), name, web.URL, keyring.NewSecret(secret)); !errors.As(err, &p) || p.Class != flow.ClassUnknown {
			t.Errorf("%s, silent: %v", name, err)
		}
	}
}

// TestHostAPIs: where a remote's host may have the API of a service.
func TestHostAPIs(t *testing.T) {
	for url, want := range map[string]map[string]string{
		"https://codeberg.org/acme/core.git":         {"gitea": "https://codeberg.org/api/v1"},
		"git@gitlab.example.org:acme/core.git":       {"gitlab": "https://gitlab.example.org"},
		"https://git.example.org:8443/acme/core.git": {"gitea": "https://git.example.org:8443/api/v1", "gitlab": "https://git.example.org:8443"},
		"https://github.com/acme/core.git":           {},
	} {
		dir := t.TempDir()
		if err := gittest.Init(dir, url); err != nil {
			t.Fatal(err)
		}
		if _, err := gittest.WriteCommit(dir, map[string]string{"a": "1\n"}, "first", time.Now()); err != nil {
			t.Fatal(err)
		}
		if got := hostAPIs(dir, "origin"); !maps.Equal(got, want) {
			t.Errorf("%s: %v", url, got)
		}
		if got := hostAPIs(dir, "upstream"); len(got) > 0 {
			t.Errorf("a remote that is not there: %v", got)
		}
	}
	if got := hostAPIs(t.TempDir(), "origin"); len(got) > 0 {
		t.Errorf("no checkout: %v", got)
	}
}
