package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
	"ferry/keyring"
)

// typist types a token, and says how often it was asked.
type typist int

func (n *typist) Secret(context.Context, string) (keyring.Secret, error) {
	*n++
	return keyring.NewSecret("typed"), nil
}

// Every token goes to its own host alone, and only by https.
func TestGitCredentials(t *testing.T) {
	home := t.TempDir()
	gh := filepath.Join(home, "gh")
	if err := os.WriteFile(gh, []byte("#!/bin/sh\n[ \"$4\" = ghe.example ] && echo gho_of_ghe_example\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"HOME": home, "PATH": home, "GH_TOKEN": "ghp_env", "GITLAB_TOKEN": "glpat-env", "GITEA_TOKEN": "gitea",
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"} {
		t.Setenv(k, v)
	}
	for address, want := range map[string]string{
		"https://github.com/o/r":            "x-access-token from GH_TOKEN, x-access-token from what was typed, x-access-token from what was typed",
		"https://gitlab.com/o/r":            "oauth2 from GITLAB_TOKEN, oauth2 from what was typed, oauth2 from what was typed",
		"https://ghe.example/o/r":           "x-access-token from gh auth token, git from what was typed, git from what was typed",
		"https://api.ghe.example/o/r":       "git from what was typed, git from what was typed",
		"https://ghe.example:8443/o/r":      "git from what was typed, git from what was typed",
		"http://github.com/o/r":             "x-access-token from what was typed, x-access-token from what was typed",
		"https://github.com:8443/o/r":       "git from what was typed, git from what was typed",
		"https://github.com.evil/o/r":       "git from what was typed, git from what was typed",
		"https://evil.example/github.com/r": "git from what was typed, git from what was typed",
	} {
		person := new(typist)
		if got := answers(t, gitCredentials(t.TempDir(), person), address); got != want {
			t.Errorf("%s: %s", address, got)
		}
		if *person != 2 {
			t.Errorf("%s: asked %d times", address, *person)
		}
	}
	if got := answers(t, gitCredentials(t.TempDir(), nil), "https://gitea.example/o/r"); got != "" {
		t.Errorf("with nobody to ask: %s", got)
	}
}

// answers asks every source.
func answers(t *testing.T, sources []gitops.Source, address string) string {
	t.Helper()
	var all []string
	for _, source := range sources {
		l, err := source(t.Context(), address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if !l.Secret.IsZero() {
			all = append(all, l.User+" from "+l.Source)
		}
	}
	return strings.Join(all, ", ")
}
