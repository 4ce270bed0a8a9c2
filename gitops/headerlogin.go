package gitops

import (
	"encoding/base64"
	"strings"

	"ferry/keyring"
)

// HeaderLogin gives the secret with which http.extraHeader logs in, as build
// servers leave it in a checkout: a user and the secret, in base64. The zero
// Secret if no header does, or in another form.
func (m *Remote) HeaderLogin() (out keyring.Secret) {
	for _, h := range m.web.headers {
		if h.name != "Authorization" {
			continue
		}
		_ = h.value.Use(func(v []byte) error {
			scheme, coded, _ := strings.Cut(string(v), " ")
			pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
			if _, after, ok := strings.Cut(string(pair), ":"); err == nil && ok && strings.EqualFold(scheme, "basic") {
				out = keyring.NewSecret(after)
			}
			return nil
		})
	}
	return out
}

// LogsInByHeader says whether the configuration logs in for us: then no other
// credential is sent.
func (m *Remote) LogsInByHeader() bool { return m.web.logsIn() }
