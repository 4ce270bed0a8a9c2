package main

import (
	"net/http"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
	"ferry/gitops"
	"ferry/gitops/gittest"
)

// TestReleaseToken: a release is published by the token of the API, also where pushes
// go by a key.
func TestReleaseToken(t *testing.T) {
	client := &http.Client{Transport: viewers{"ghs_thejobsown0000": "github-actions[bot]", "ghp_dana0000000000": "dana"}}
	for says, c := range map[string]struct {
		url, job, token string
		want            rules.Answer // "": nothing to say
	}{
		"the job's":                {"https://github.com/acme/core.git", "true", "ghs_thejobsown0000", rules.Yes},
		"the job's, pushes by ssh": {"git@github.com:acme/core.git", "true", "ghs_thejobsown0000", rules.Yes},
		"a person's":               {"https://github.com/acme/core.git", "true", "ghp_dana0000000000", rules.No},
		"one that nobody knows":    {"https://github.com/acme/core.git", "true", "ghs_expired0000000", rules.Undecided},
		"none":                     {"https://github.com/acme/core.git", "true", "", rules.Undecided},
		"no job":                   {"https://github.com/acme/core.git", "", "ghs_thejobsown0000", ""},
		"another repository":       {"https://github.com/acme/other.git", "true", "ghs_thejobsown0000", ""},
	} {
		dir := t.TempDir()
		if err := gittest.Init(dir, c.url); err != nil {
			t.Fatal(err)
		}
		repo, err := gitops.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		remote, err := repo.Remote("origin", gitops.RemoteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		env := map[string]string{"GITHUB_ACTIONS": c.job, "GITHUB_REPOSITORY": "acme/core", "GITHUB_TOKEN": c.token}
		ask := releaseToken(func(k string) string { return env[k] }, remote, client)
		if (ask == nil) != (c.want == "") {
			t.Errorf("%s: asked: %v", says, ask != nil)
		}
		if ask == nil {
			continue
		}
		if got, why := ask(t.Context()); got != c.want || strings.Contains(why, "ghs_") {
			t.Errorf("%s: %s, %q", says, got, why)
		}
	}
}
