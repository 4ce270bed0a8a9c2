package pypitest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"ferry/pypi"
)

// The issuers of the identities that PyPI takes from CI.
const (
	IssuerGitHub = "https://token.actions.githubusercontent.com"
	IssuerGitLab = "https://gitlab.com"
)

// Keys are the keys that an issuer signs with, by their ids.
type Keys = map[string]*rsa.PublicKey

// claims are what a token says.
type claims map[string]any

func (c claims) text(name string) string {
	v, _ := c[name].(string)
	return v
}

// moment gives a claim that is a time; ok is false where it is none.
func (c claims) moment(name string) (at time.Time, ok bool) {
	n, ok := c[name].(float64)
	return time.Unix(int64(n), 0), ok
}

func (c claims) provider() string {
	if c.text("iss") == IssuerGitLab {
		return pypi.ProviderGitLab
	}
	return pypi.ProviderGitHub
}

// required are the claims without which no publisher is looked for.
func (c claims) required() []string {
	if c.provider() == pypi.ProviderGitLab {
		return []string{"sub", "project_path", "ci_config_ref_uri", "jti", "ref_path", "sha"}
	}
	return []string{"repository", "repository_owner", "repository_owner_id", "job_workflow_ref", "jti", "event_name", "ref", "sha"}
}

var errMalformed = errors.New("malformed JWT")

// parseJWT reads a token and believes nothing of it yet.
func parseJWT(token string) (header, c claims, signed, signature []byte, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, nil, nil, errMalformed
	}
	header, c = claims{}, claims{}
	for i, into := range []*claims{&header, &c} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(b, into) != nil {
			return nil, nil, nil, nil, errMalformed
		}
	}
	signature, err = base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || c.text("iss") == "" {
		return nil, nil, nil, nil, errMalformed
	}
	return header, c, []byte(parts[0] + "." + parts[1]), signature, nil
}

// leeway is how far clocks may differ.
const leeway = 30 * time.Second

// genuine says whether a token is signed by its issuer, for this index and for now.
func (s *Server) genuine(header, c claims, signed, signature []byte) bool {
	key := s.opt.Issuers[c.text("iss")][header.text("kid")]
	sum := sha256.Sum256(signed)
	if key == nil || header.text("alg") != "RS256" || rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
		return false
	}
	now := s.opt.Now()
	issued, is := c.moment("iat")
	expires, ends := c.moment("exp")
	from, begins := c.moment("nbf")
	return is && ends && !issued.After(now.Add(leeway)) && now.Before(expires.Add(leeway)) &&
		(!begins || !from.After(now.Add(leeway))) && c.text("aud") == s.opt.Audience
}
