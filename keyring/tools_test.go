package keyring

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFromTravis(t *testing.T) {
	const api = "https://api.travis-ci.com"
	for name, tt := range map[string]struct{ file, want string }{
		"the client's":     {"---\nlast_check:\n  etag: x\nendpoints:\n  https://api.travis-ci.com/:\n    access_token: abc123\n    insecure: false\n", "abc123"},
		"quoted":           {"endpoints:\n  \"https://api.travis-ci.com\":\n    access_token: \"abc123\"\n", "abc123"},
		"another endpoint": {"endpoints:\n  https://api.travis-ci.org/:\n    access_token: old\n", ""},
		"the second":       {"endpoints:\n  https://api.travis-ci.org/:\n    access_token: old\n  https://api.travis-ci.com/:\n    access_token: new\n", "new"},
		"outside":          {"access_token: abc\n", ""},
		"empty":            {"", ""},
		"control":          {"  https://api.travis-ci.com/:\n    access_token: a\x1bb\n", ""},
	} {
		if got := value2(fromTravis(strings.NewReader(tt.file), api)); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestFromTool(t *testing.T) {
	home := t.TempDir()
	env := func(k string) string { return map[string]string{"HOME": home, "PATH": home, "TRAVIS_TOKEN": "x"}[k] }
	t.Setenv("PATH", home)
	t.Setenv("TRAVIS_TOKEN", "not for gh")
	for _, name := range []string{"travis", "github", "other"} {
		if s, _ := FromTool(t.Context(), env, name, "https://api.x"); !s.IsZero() {
			t.Errorf("%s: found one", name)
		}
	}
	write := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(home, ".travis", "config.yml"), "endpoints:\n  https://api.x/:\n    access_token: abc\n", 0o600)
	write(filepath.Join(home, "gh"), "#!/bin/sh\n[ \"$*\" = \"auth token --hostname github.com\" ] && [ -z \"$TRAVIS_TOKEN\" ] && echo gho_token\n", 0o700)
	if s, where := FromTool(t.Context(), env, "travis", "https://api.x"); value2(s) != "abc" || where != "~/.travis/config.yml" {
		t.Errorf("travis: %s", where)
	}
	if s, where := FromTool(t.Context(), env, "github", "https://api.github.com"); value2(s) != "gho_token" || where != "gh auth token" {
		t.Errorf("github: %s", where)
	}
}
