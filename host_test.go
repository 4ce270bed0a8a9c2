package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/github"
	"ferry/gitops"
	"ferry/gitops/gittest"
	"ferry/keyring"
)

// remoteAt is a remote at a URL, of which nothing is asked.
func remoteAt(t *testing.T, url string) *gitops.Remote {
	t.Helper()
	dir := t.TempDir()
	if err := gittest.Init(dir, url); err != nil {
		t.Fatal(err)
	}
	repo, err := gitops.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := repo.Remote("origin", gitops.RemoteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestGitHost(t *testing.T) {
	actions, err := github.New(github.Options{Slug: "acme/core"})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := remoteAt(t, "https://git.example.org/acme/core.git")
	if h := gitHost(elsewhere, nil, nil); h != nil {
		t.Errorf("of a host without a known API: %T", h)
	}
	if h := gitHost(elsewhere, []ci.Provider{actions}, nil); h != ci.Host(actions) {
		t.Errorf("of a host whose Actions are watched: %T", h)
	}
	if _, ok := gitHost(remoteAt(t, "git@github.com:acme/core.git"), nil, nil).(*lazyHost); !ok {
		t.Error("github.com is not asked")
	}
}

// TestLazyHost looks for the token at the first question and keeps it; a look
// that was cut short keeps nothing.
func TestLazyHost(t *testing.T) {
	looked := 0
	h := &lazyHost{slug: "acme/core", client: &http.Client{Transport: githubCom{}}, token: func(context.Context) keyring.Secret {
		looked++
		return keyring.NewSecret("ghp_practice")
	}}
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = h.Inspect(cut)
	for range 2 {
		p, err := h.Inspect(t.Context())
		if err != nil || p.Host == nil || !p.Host.Fork || p.Host.Parent.Slug != "base/core" {
			t.Fatalf("got %+v, %v", p, err)
		}
	}
	var ruler ci.Ruler = h // of a repository that Travis builds, too
	if rules, err := ruler.RefRules(t.Context(), "refs/heads/pypi-release"); err != nil || len(rules.Rules) != 1 || rules.Rules[0].Forbids != "deletion" {
		t.Errorf("the rules: %+v, %v", rules, err)
	}
	if looked != 2 {
		t.Errorf("looked for a token %d times", looked)
	}
}

// githubCom is api.github.com in memory.
type githubCom struct{}

func (githubCom) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rec := httptest.NewRecorder()
	path, ours := strings.CutPrefix(r.URL.String(), "https://api.github.com/repos/acme/core")
	text := map[string]string{
		"": `{"full_name":"acme/core","fork":true,"parent":{"full_name":"base/core"}}`,
		"/rules/branches/pypi-release?per_page=100": `[{"type":"deletion","ruleset_source_type":"Repository","ruleset_source":"acme/core","ruleset_id":7}]`,
		"/rulesets/7": `{"id":7,"name":"releases","source":"acme/core","enforcement":"active","current_user_can_bypass":"never"}`,
	}[path]
	if !ours || text == "" || r.Header.Get("Authorization") != "Bearer ghp_practice" {
		http.Error(rec, `{"message":"Not Found"}`, http.StatusNotFound)
	}
	_, _ = io.WriteString(rec, text)
	res := rec.Result()
	res.Request = r
	return res, nil
}
