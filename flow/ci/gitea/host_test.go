package gitea_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/gitea"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, citest.GiteaRuns, token)
	got, err := p.Inspect(t.Context())
	if err != nil || got.Slug != slug || !got.Active || got.DefaultBranch != "main" || !got.Private || got.Host.MayPush == nil || !*got.Host.MayPush {
		t.Errorf("%+v, %+v, %v", got, got.Host, err)
	}
	s.Host(citest.Hosted{Parent: "acme/demo", Archived: true, ReadOnly: true, Host: "https://git.example"})
	got, err = p.Inspect(t.Context())
	if err != nil || got.Active || !got.Host.Fork || !got.Host.Archived || *got.Host.MayPush || got.Host.Parent.CloneURL != "https://git.example/acme/demo.git" {
		t.Errorf("%+v, %+v, %v", got, got.Host, err)
	}
	s.Host(citest.Hosted{Renamed: "acme/demo2"})
	if got, err = p.Inspect(t.Context()); err != nil || got.Slug != "acme/demo2" {
		t.Errorf("renamed: %+v, %v", got, err)
	}
	var none *ci.NotFoundError
	if _, err := provider(t, url, "").Inspect(t.Context()); !errors.As(err, &none) {
		t.Errorf("hidden: %v", err)
	}
	_, p, _ = bench(t, citest.GiteaRuns, "")
	if got, err = p.Inspect(t.Context()); err != nil || got.Host.MayPush != nil {
		t.Errorf("without a token: %+v, %v", got.Host, err)
	}
	_, p, _ = bench(t, citest.GiteaNothing, "")
	if got, err = p.Inspect(t.Context()); err != nil || got.Active {
		t.Errorf("with Actions switched off: %+v, %v", got, err)
	}
}

// forbidden is what the rules of a ref forbid.
func forbidden(t *testing.T, p *gitea.Provider, ref string) []string {
	t.Helper()
	got, err := p.RefRules(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range got.Rules {
		if others := strings.Contains(r.Forbids, "others"); r.Name == "" || r.URL == "" || others != (r.MayBypass == nil) || !others && *r.MayBypass {
			t.Errorf("%+v", r)
		}
		out = append(out, r.Forbids)
	}
	return out
}

func TestRefRules(t *testing.T) {
	t.Parallel()
	for pattern, refs := range map[string]map[string]bool{
		"refs/heads/pypi-release": {"refs/heads/pypi-release": true, "refs/heads/pypi-release2": false, "refs/tags/pypi-release": false},
		"refs/heads/pypi-*":       {"refs/heads/pypi-release": true, "refs/heads/pypi-a/b": false, "refs/heads/main": false},
		"refs/heads/**":           {"refs/heads/a/b": true},
		"refs/heads/{main,pypi}":  {"refs/heads/pypi": true, "refs/heads/ma": false},
		"refs/heads/release-[ab]": {"refs/heads/release-a": true, "refs/heads/release-c": false},
		"refs/tags/v*":            {"refs/tags/v1.0": true, "refs/tags/v1/2": true, "refs/heads/v1.0": false, "refs/releases/demo/1.0": false},
		"refs/tags//^v[0-9]+$/":   {"refs/tags/v12": true, "refs/tags/v1.2": false},
		"refs/tags//[/":           {"refs/tags/anything": true}, // what cannot be read may match
	} {
		s, p, _ := bench(t, citest.GiteaRuns, token)
		s.Host(citest.Hosted{Protected: []string{pattern}})
		for ref, want := range refs {
			got := forbidden(t, p, ref)
			if slices.Contains(got, "deletion") != want || slices.Contains(got, "creation") != want {
				t.Errorf("%s for %s: %q", pattern, ref, got)
			}
		}
	}
}

// TestRulesThatAreNotShown are not taken for none.
func TestRulesThatAreNotShown(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, citest.GiteaRuns, token)
	s.Host(citest.Hosted{ReadOnly: true})
	var denied *ci.AuthError
	if _, err := p.RefRules(t.Context(), "refs/heads/r"); !errors.As(err, &denied) {
		t.Errorf("without rights: %v", err)
	}
	var needs *ci.NeedsTokenError
	if _, err := provider(t, url, "").RefRules(t.Context(), "refs/tags/v1"); !errors.As(err, &needs) {
		t.Errorf("without a token: %v", err)
	}
}

func TestRulesForSome(t *testing.T) {
	t.Parallel()
	p := routes(t, map[string]string{
		"/branch_protections": `[{"rule_name":"*","enable_push":true},{"rule_name":"r","enable_push":true,"enable_push_whitelist":true,"push_whitelist_usernames":["dana"],"push_whitelist_teams":["release"],"novel":1}]`,
		"/tag_protections":    `[{"name_pattern":"v*","whitelist_usernames":[],"whitelist_teams":["release"]}]`,
	})
	if got := forbidden(t, p, "refs/heads/r"); !slices.Equal(got, []string{"deletion", "pushes by others than dana, team release"}) {
		t.Errorf("%q", got)
	}
	if got := forbidden(t, p, "refs/heads/x"); !slices.Equal(got, []string{"deletion"}) {
		t.Errorf("%q", got)
	}
	if got := forbidden(t, p, "refs/tags/v1"); !slices.Equal(got, []string{"changes by others than team release"}) {
		t.Errorf("%q", got)
	}
	for _, body := range []string{"null", "{}", "", "<html>", `[{"rule_name":1}]`} {
		p = routes(t, map[string]string{"/branch_protections": body})
		var m *ci.MalformedError
		if _, err := p.RefRules(t.Context(), "refs/heads/r"); !errors.As(err, &m) {
			t.Errorf("%q: %v", body, err)
		}
	}
}
