package main

import (
	"testing"
	"testing/fstest"

	"ferry/flow/ci"
	"ferry/flow/ci/gitlab"
	"ferry/flow/ci/rules"
	"ferry/flow/config"
)

func TestMayBeGitLab(t *testing.T) {
	for url, want := range map[string]bool{
		"https://gitlab.com/acme/core.git": true, "git@gitlab.example.org:acme/sub/core.git": true, "https://git.example.org/acme/core.git": true,
		"https://github.com/acme/core.git": false, "https://codeberg.org/acme/core.git": false,
	} {
		if got := mayBeGitLab(remoteAt(t, url)); got != want {
			t.Errorf("%s: %v", url, got)
		}
	}
}

// TestGitLabIsItsRemotesHost, and tells what is known of the project.
func TestGitLabIsItsRemotesHost(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	remote := remoteAt(t, "git@gitlab.example.org:acme/sub/core.git")
	p, err := openGitLab(t.Context(), config.Config{}, remote, rules.Files{}, nil)
	if err != nil || p.BuildsURL("") != "https://gitlab.example.org/acme/sub/core/-/pipelines" {
		t.Fatalf("%v, %v", p, err)
	}
	if h := gitHost(remote, []ci.Provider{p}, nil); h != ci.Host(p) {
		t.Errorf("got %T", h)
	}
	var _ ci.Ruler = (*gitlab.Provider)(nil)
	var _ ci.Gatekeeper = (*gitlab.Provider)(nil)
}

// TestGitLabToken goes where it was made for, and nowhere else.
func TestGitLabToken(t *testing.T) {
	t.Setenv("GITLAB_TOKEN", "glpat-of-the-person")
	t.Setenv("GITLAB_HOST", "gitlab.acme.example")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	for at, want := range map[string]bool{
		"https://gitlab.com": true, "https://gitlab.acme.example": true, "https://git.example.org": false, "https://gitlab.com.evil.example": false,
	} {
		if got := gitlabToken(t.Context(), config.Config{}, at); got.IsZero() == want {
			t.Errorf("%s: token %v", at, !got.IsZero())
		}
	}
	project, err := config.Load(config.Sources{Project: fstest.MapFS{"ferry.toml": {Data: []byte("[ci]\nprovider = 'gitlab'\nurl = 'https://gitlab.com'\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	if !gitlabToken(t.Context(), project, "https://gitlab.com").IsZero() {
		t.Error("a project's file sent the token")
	}
}
