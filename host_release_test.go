package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/keyring"
)

// releasesCom is github.com with one release, whose token is asked for and counted.
type releasesCom struct{ t *testing.T }

func (g releasesCom) RoundTrip(r *http.Request) (*http.Response, error) {
	const one = `{"id":7,"tag_name":"v1","draft":false,"published_at":"2026-01-01T00:00:00Z"}`
	status, body := http.StatusNotFound, `{}`
	switch r.Method + " " + r.URL.Path {
	case "GET /repos/acme/core/releases/tags/v1":
		status, body = http.StatusOK, one
	case "GET /repos/acme/core/releases":
		status, body = http.StatusOK, "["+one+"]"
	case "POST /repos/acme/core/releases":
		status, body = http.StatusCreated, one
	case "POST /repos/acme/core/releases/generate-notes":
		status, body = http.StatusOK, `{"name":"v1","body":"- A note."}`
	}
	if r.URL.Host != "api.github.com" || r.Header.Get("Authorization") != "Bearer ghp_practice" {
		g.t.Errorf("%s with %q", r.URL, r.Header.Get("Authorization"))
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// TestLazyHostReleases: every question reaches github.com, and what a person reads
// needs no token.
func TestLazyHostReleases(t *testing.T) {
	looked := 0
	var h ci.Host = &lazyHost{slug: "acme/core", client: &http.Client{Transport: releasesCom{t}}, token: func(context.Context) keyring.Secret {
		looked++
		return keyring.NewSecret("ghp_practice")
	}}
	r, ok := h.(ci.Releaser)
	if !ok {
		t.Fatal("github.com keeps no releases")
	}
	want, ctx := ci.ReleaseSpec{Tag: "v1", Commit: "c"}, t.Context()
	if got := r.ReleaseURL(want); got != "https://github.com/acme/core/releases/new?tag=v1&target=c&title=v1" || looked != 0 {
		t.Errorf("%s, looked %d times", got, looked)
	}
	if got := r.ReleaseCommand(want); len(got) == 0 || got[0] != "gh" || looked != 0 {
		t.Errorf("%q, looked %d times", got, looked)
	}
	if no := r.NoRelease(); no != "" {
		t.Error(no)
	}
	if got, err := r.Releases(ctx, "v1"); err != nil || len(got) != 1 || got[0].ID != "7" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := r.AnyRelease(ctx); err != nil || !got {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := r.PublishRelease(ctx, want); err != nil || got.Tag != "v1" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := r.ReleaseNotes(ctx, want); err != nil || got != "- A note." {
		t.Errorf("%q, %v", got, err)
	}
	if looked != 1 {
		t.Errorf("the token was looked for %d times", looked)
	}
	if no := (&lazyHost{slug: "acme/core", token: func(context.Context) keyring.Secret { return keyring.Secret{} }}).NoRelease(); no == "" {
		t.Error("no token, and nothing is missing")
	}
}
