package github_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/keyring"
)

const asked = `on:
  push:
  workflow_dispatch:
    inputs:
      version: {required: true}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
`

var (
	head  = strings.Repeat("a", 40)
	start = ci.DispatchSpec{File: ".github/workflows/release.yml", Ref: "refs/heads/main", Inputs: map[string]string{"version": "1.4.0"}}
)

// startable is a server with a commit on main whose workflow can be started.
func startable(t *testing.T) *citest.Server {
	t.Helper()
	tree := fstest.MapFS{".github/workflows/release.yml": {Data: []byte(asked)}, ".github/workflows/test.yml": {Data: []byte("on: push\njobs: {}\n")}}
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(token), Checkout: func(string) (fs.FS, error) { return tree, nil }, UI: "https://github.com"})
	t.Cleanup(s.Close)
	s.Push("refs/heads/main", "", head)
	return s
}

// dispatches starts a run, and is refused in each of the ways that there are.
func dispatches(t *testing.T, s *citest.Server, url string) {
	t.Helper()
	p := provider(t, url, token)
	for want, spec := range map[string]ci.DispatchSpec{
		"Required input 'version' not provided": {File: start.File, Ref: start.Ref},
		"Unexpected inputs provided":            {File: start.File, Ref: start.Ref, Inputs: map[string]string{"version": "1", "x": "y"}},
		"No ref found for: none":                {File: start.File, Ref: "refs/heads/none", Inputs: start.Inputs},
		"does not have 'workflow_dispatch'":     {File: ".github/workflows/test.yml", Ref: start.Ref},
		"does not know a run of":                {File: ".github/workflows/none.yml", Ref: start.Ref},
	} {
		if err := p.Dispatch(t.Context(), spec); err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(errors.Unwrap(err).Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	s.Host(citest.Hosted{ReadOnly: true})
	if err := p.Dispatch(t.Context(), start); err == nil {
		t.Error("by who may only read")
	}
	s.Host(citest.Hosted{})
	if n := len(s.Builds()); n != 2 {
		t.Fatalf("%d builds by the push and refusals", n)
	}
	if err := p.Dispatch(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	got, err := p.Builds(t.Context(), ci.Query{Ref: start.Ref, SHA: head, ByHand: true})
	if err != nil || len(got) != 1 || !got[0].ByHand() || got[0].File != start.File {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := p.Builds(t.Context(), ci.Query{Ref: start.Ref, SHA: head}); err != nil || len(got) != 3 {
		t.Errorf("of every event: %d, %v", len(got), err)
	}
	if got, err := p.Builds(t.Context(), ci.Query{Ref: start.Ref, SHA: strings.Repeat("b", 40), ByHand: true}); err != nil || len(got) != 0 {
		t.Errorf("of another commit: %+v, %v", got, err)
	}
}

func TestDispatch(t *testing.T) {
	t.Parallel()
	s := startable(t)
	web := httptest.NewServer(s.GitHub())
	t.Cleanup(web.Close)
	dispatches(t, s, web.URL)
}

// TestDispatchIsDescribed: with every kind of answer.
func TestDispatchIsDescribed(t *testing.T) {
	d, s := described(t), startable(t)
	j := &judge{description: d, next: s.GitHub(), answers: true}
	web := httptest.NewServer(j)
	t.Cleanup(web.Close)
	dispatches(t, s, web.URL)
	for _, e := range j.errs {
		t.Error(e)
	}
	if !strings.Contains(strings.Join(j.seen, "\n"), http.MethodPost+" /repos/"+slug+"/actions/workflows/release.yml/dispatches") {
		t.Error(j.seen)
	}
}

func TestDispatchByHand(t *testing.T) {
	t.Parallel()
	for api, repo := range map[string]string{"": "dana/demo", "https://git.example.org/api/v3": "git.example.org/dana/demo"} {
		p := provider(t, api, "")
		if got := strings.Join(p.DispatchCommand(start), " "); got != "gh workflow run release.yml --repo "+repo+" --ref main --raw-field version=1.4.0" {
			t.Error(got)
		}
		if got := p.DispatchURL(start); !strings.HasSuffix(got, "/dana/demo/actions/workflows/release.yml") {
			t.Error(got)
		}
		if p.NoDispatch() == "" || provider(t, api, token).NoDispatch() != "" {
			t.Error("a token is what it takes")
		}
	}
}
