package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/flow/config"
)

// TestOneAddressIsOneService: ci.url is one service's, and with several to watch the
// tokens of the others would go there.
func TestOneAddressIsOneService(t *testing.T) {
	for _, c := range []config.CI{
		{URL: "https://ci.example/", Provider: []string{"travis", "github"}},
		{URL: "https://ci.example/", Provider: []string{"auto"}},
	} {
		files := rules.Files{Providers: []string{"travis", "github"}}
		got, err := services{config.Config{CI: c}, nil, files, nil}.watched(t.Context())
		var p *flow.Problem
		if got != nil || !errors.As(err, &p) || p.Class != flow.ClassUsage || !strings.Contains(p.Text, "travis and github") {
			t.Errorf("%v: %v, %v", c.Provider, got, err)
		}
	}
}

// hosts are those that were asked; none of them answers.
type hosts []string

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	*h = append(*h, r.URL.Host)
	return nil, errors.New("nobody answers")
}

// TestAddressOfAnother: what is set up asks more services than the one that is
// configured, and none of the others at its address.
func TestAddressOfAnother(t *testing.T) {
	t.Setenv("TRAVIS_CONFIG_PATH", t.TempDir())
	t.Setenv("TRAVIS_ENDPOINT", "")
	t.Setenv("TRAVIS_TOKEN", "CANARY-travis")
	t.Setenv("GH_TOKEN", "CANARY-github")
	t.Setenv("GITLAB_TOKEN", "CANARY-gitlab")
	for _, c := range []struct {
		provider string
		files    []string
		others   []string
	}{
		{"quickbuild", nil, []string{"travis", "github", "gitlab", "gitea"}},
		{"auto", []string{"gitlab"}, []string{"travis", "github", "gitea"}},
		{"auto", nil, []string{"travis"}},
	} {
		notAsked(t, config.CI{URL: "https://server.example", Provider: []string{c.provider}}, c.files, c.others)
	}
}

func notAsked(t *testing.T, c config.CI, files, others []string) {
	t.Helper()
	var asked hosts
	s := services{config.Config{CI: c}, remoteAt(t, "https://github.com/acme/core"), rules.Files{Providers: files}, &http.Client{Transport: &asked}}
	for _, name := range others {
		p, err := s.open(t.Context(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		before := len(asked)
		if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/main"}); err == nil || len(asked) == before {
			t.Errorf("%s was not asked: %v", name, err)
		}
	}
	if slices.Contains(asked, "server.example") {
		t.Errorf("the server of another service was asked: %q", asked)
	}
}
