package main

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
	"ferry/gitops"
	"ferry/gitops/gittest"
)

// viewers is GitHub's GraphQL in memory: who each token belongs to.
type viewers map[string]string

func (v viewers) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	who, ok := v[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if r.URL.String() != "https://api.github.com/graphql" || !ok {
		http.Error(rec, `{"message":"Bad credentials"}`, http.StatusUnauthorized)
	}
	_, _ = io.WriteString(rec, `{"data":{"viewer":{"login":"`+who+`"}}}`)
	res := rec.Result()
	res.Request = r
	return res, nil
}

// TestJobToken: certain is only what GitHub says of the very token that pushes.
func TestJobToken(t *testing.T) {
	client := &http.Client{Transport: viewers{"ghs_thejobsown0000": "github-actions[bot]", "ghs_anotherapp0000": "release-app[bot]", "ghp_dana0000000000": "dana"}}
	checkout := func(secret string) string { // as actions/checkout leaves it
		return "[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic " + base64.StdEncoding.EncodeToString([]byte("x-access-token:"+secret)) + "\n"
	}
	inJob := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "Acme/Core"}
	with := func(more ...string) map[string]string {
		out := map[string]string{}
		for k, v := range inJob {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	const web = "https://github.com/acme/core.git"
	for says, c := range map[string]struct {
		url, config string
		env         map[string]string
		want        rules.Answer // "": nothing to say
		why         string
	}{
		"the job's, left by checkout":    {web, checkout("ghs_thejobsown0000"), with(), rules.Yes, "http.extraHeader"},
		"the job's, in the environment":  {web, "", with("GITHUB_TOKEN", "ghs_thejobsown0000"), rules.Yes, "GITHUB_TOKEN"},
		"of an App, left by checkout":    {web, checkout("ghs_anotherapp0000"), with("GITHUB_TOKEN", "ghs_thejobsown0000"), rules.No, "release-app[bot]"},
		"a person's, before the job's":   {web, "", with("GITHUB_TOKEN", "ghs_thejobsown0000", "GH_TOKEN", "ghp_dana0000000000"), rules.No, "that of GH_TOKEN belongs to dana"},
		"one that GitHub does not know":  {web, checkout("ghs_expired0000000"), with(), rules.Undecided, "whose token http.extraHeader has is not known"},
		"a header of another form":       {web, "[http \"https://github.com/\"]\n\textraheader = Authorization: Bearer x\n", with("GITHUB_TOKEN", "ghs_thejobsown0000"), rules.Undecided, "not known"},
		"nobody knows":                   {web, "", with(), rules.Undecided, "neither a header nor the environment"},
		"by ssh":                         {"git@github.com:acme/core.git", "", with("GITHUB_TOKEN", "ghs_thejobsown0000"), "", ""},
		"another repository":             {"https://github.com/acme/other.git", "", with("GITHUB_TOKEN", "ghs_thejobsown0000"), "", ""},
		"another host":                   {"https://git.example.org/acme/core.git", "", with("GITHUB_TOKEN", "ghs_thejobsown0000"), "", ""},
		"no job":                         {web, "", map[string]string{"GITHUB_TOKEN": "ghs_thejobsown0000"}, "", ""},
		"a job of Gitea's":               {web, "", with("GITEA_ACTIONS", "true", "GITHUB_TOKEN", "ghs_thejobsown0000"), "", ""},
		"a job that is no job of GitHub": {web, "", with("GITHUB_ACTIONS", "no"), "", ""},
	} {
		dir := t.TempDir()
		if err := gittest.Init(dir, c.url); err != nil {
			t.Fatal(err)
		}
		config := filepath.Join(dir, ".git", "config")
		text, _ := os.ReadFile(config)
		if err := os.WriteFile(config, append(text, c.config...), 0o600); err != nil {
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
		ask := jobToken(func(k string) string { return c.env[k] }, remote, client)
		if (ask == nil) != (c.want == "") {
			t.Errorf("%s: asked: %v", says, ask != nil)
		}
		if ask == nil {
			continue
		}
		if got, why := ask(t.Context()); got != c.want || !strings.Contains(why, c.why) || strings.Contains(why, "ghs_") {
			t.Errorf("%s: %s, %q", says, got, why)
		}
	}
}
