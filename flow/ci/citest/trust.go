package citest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"ferry/flow/ci/rules"
	"ferry/keyring"
)

// stopped by the service or the index: what the job prints of it.
type untrusted struct{ lines []string }

func (e *untrusted) Error() string { return strings.Join(e.lines, "\n") }

// trusts says whether a publication asks the index to trust the job.
func (s *Server) trusts(b *build, d rules.Deploy) bool {
	return s.o.Identity != nil && d.Trusted && (b.provider == onGitHub || b.provider == onGitLab)
}

// lent is what a job logs in with that the index trusts: it shows who it is, and is
// given a token.
func (s *Server) lent(b *build, d rules.Deploy, fsys fs.FS, upload string) (l login, attests bool, err error) {
	job, err := jobOf(fsys, b, d)
	if err != nil {
		return l, false, err
	}
	u, err := url.Parse(upload)
	if err != nil {
		return l, false, err
	}
	audience, err := s.audienceOf(u)
	if err != nil {
		return l, false, err
	}
	identity, err := s.obtained(b, d, job, audience)
	if err != nil {
		return l, false, err
	}
	token, err := s.mint(b, u, identity)
	return login{"__token__", token}, job.attests, err
}

// obtained is the job's identity, if the file lets it have one.
func (s *Server) obtained(b *build, d rules.Deploy, job jobDoc, audience string) (string, error) {
	if b.provider == onGitLab {
		variable := strings.ToUpper(audience) + "_ID_TOKEN"
		whom, ok := job.idTokens[variable]
		if !ok {
			return "", &untrusted{[]string{"ERROR    TrustedPublishingFailure: Unable to retrieve an OIDC token from the CI platform for trusted publishing", "         GitLab: Environment variable " + variable + " not found"}}
		}
		return s.identity(b, d, whom)
	}
	if job.permissions["id-token"] != "write" {
		return "", exchangeFailed("OpenID Connect token retrieval failed: GitHub: missing or insufficient OIDC token permissions, the ACTIONS_ID_TOKEN_REQUEST_TOKEN environment variable was unset",
			"This generally indicates a workflow configuration error, such as insufficient", "permissions. Make sure that your workflow has `id-token: write` configured", "at the job level")
	}
	return s.identity(b, d, audience)
}

// exchangeFailed is how the action on GitHub says it.
func exchangeFailed(lines ...string) *untrusted {
	return &untrusted{append([]string{"##[error]Trusted publishing exchange failure: "}, lines...)}
}

// audienceOf asks the index whom an identity must be for.
func (s *Server) audienceOf(u *url.URL) (string, error) {
	body, status, err := s.index(http.MethodGet, u, "/_/oidc/audience", nil)
	var answer struct{ Audience string }
	switch {
	case err != nil:
		return "", err
	case status == http.StatusNotFound:
		return "", exchangeFailed("audience retrieval failed: repository at " + u.Host + " does not indicate trusted publishing support")
	case status != http.StatusOK || json.Unmarshal(body, &answer) != nil:
		return "", exchangeFailed(fmt.Sprintf("audience retrieval failed: repository at %s responded with unexpected %d: %s", u.Host, status, http.StatusText(status)))
	}
	return answer.Audience, nil
}

// mint exchanges an identity for a token.
func (s *Server) mint(b *build, u *url.URL, identity string) (keyring.Secret, error) {
	sent, err := json.Marshal(doc{"token": identity})
	if err != nil {
		return keyring.Secret{}, err
	}
	body, status, err := s.index(http.MethodPost, u, "/_/oidc/mint-token", sent)
	if err != nil {
		return keyring.Secret{}, err
	}
	var answer struct {
		Token  string
		Errors []struct{ Code, Description string }
	}
	if json.Unmarshal(body, &answer) != nil {
		return keyring.Secret{}, exchangeFailed(fmt.Sprintf("Token request failed: the index produced an unexpected %d response.", status))
	}
	if status == http.StatusOK {
		return keyring.NewSecret(answer.Token), nil
	}
	lines := []string{"Token request failed: the server refused the request for the following reasons:", ""}
	for _, e := range answer.Errors {
		lines = append(lines, "* `"+e.Code+"`: "+e.Description)
	}
	if b.provider == onGitLab {
		return keyring.Secret{}, &untrusted{append([]string{"ERROR    TrustedPublishingFailure: The token request failed; the index server gave the following reasons:"}, lines[1:]...)}
	}
	return keyring.Secret{}, exchangeFailed(lines...)
}

// index sends a request to the index beside which an upload goes.
func (s *Server) index(method string, u *url.URL, at string, body []byte) ([]byte, int, error) {
	to := url.URL{Scheme: u.Scheme, Host: u.Host, Path: at}
	req, err := http.NewRequestWithContext(s.stop, method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("User-Agent", "python-requests/2.32.5")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.o.HTTP.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	return answer, res.StatusCode, err
}

// gated says why an environment of GitHub keeps a job out; nil if it lets it in. One
// that is not there is made, without any rule, for the first job that names it.
func (s *Server) gated(b *build, d rules.Deploy) error {
	if b.provider != onGitHub || d.Environment == "" || strings.Contains(d.Environment, "${{") {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.environmentAt(d.Environment)
	if i < 0 {
		if s.o.Identity != nil {
			s.environments = append(s.environments, Environment{Name: d.Environment})
			s.environments[len(s.environments)-1].numbered(s)
		}
		return nil
	}
	if s.letsIn(&s.environments[i], b.ref) {
		return nil
	}
	kind := map[string]string{"branch": "Branch", "tag": "Tag"}[refType(b.ref)]
	return &untrusted{[]string{
		fmt.Sprintf("%s %q is not allowed to deploy to %s due to environment protection rules.", kind, shortName(b.ref), s.environments[i].Name),
		"The deployment was rejected or didn't satisfy other protection rules.",
	}}
}

// letsIn says whether a ref may deploy to an environment. The caller holds the lock.
func (s *Server) letsIn(e *Environment, ref string) bool {
	switch {
	case e.Protected:
		return slices.ContainsFunc(s.rulesets, func(r Ruleset) bool {
			hit, err := path.Match(r.Match, ref)
			return err == nil && hit && !r.Off && r.Target == "branch"
		})
	case !e.Custom && len(e.Policies) == 0:
		return true
	}
	return slices.ContainsFunc(e.Policies, func(p string) bool {
		kind, pattern := policyKind(p)
		hit, err := path.Match(strings.ReplaceAll(pattern, "[!", "[^"), shortName(ref))
		return err == nil && hit && kind == refType(ref)
	})
}
