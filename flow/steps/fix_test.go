package steps_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
)

const mendable = `language: python
# a comment that stays
deploy:
  provider: pypi
  username: __token__
  password: hunter2hunter2
  server: https://pypi.python.org/pypi
  on:
    branch: pypi-release
`

// toMend is a checkout whose CI file wants mending.
func toMend(t *testing.T) (*bench, string) {
	b := newBench(t, options{files: map[string]string{".travis.yml": mendable}})
	return b, filepath.Join(b.dir, ".travis.yml")
}

func fixes(t *testing.T, b *bench) ([]steps.Fix, error) {
	return b.world.Fixes(t.Context(), os.DirFS(b.dir), branchRef, "")
}

// TestFixes: what is mended is shown without what is secret in it, every other
// byte stays, and the check finds it mended.
func TestFixes(t *testing.T) {
	b, file := toMend(t)
	fs, err := fixes(t, b)
	must(t, err)
	if len(fs) != 1 || !strings.Contains(fs[0].Diff.Text, "-  server: https://pypi.python.org/pypi") {
		t.Fatalf("got %+v", fs)
	}
	if strings.Contains(fs[0].Diff.Text, "hunter2") || !strings.Contains(fs[0].Diff.Text, "password: (hidden)") {
		t.Errorf("the diff shows the password:\n%s", fs[0].Diff.Text)
	}
	must(t, b.world.Write(fs[0]))
	got, err := os.ReadFile(file)
	must(t, err)
	if want := strings.Replace(mendable, "https://pypi.python.org/pypi", "https://upload.pypi.org/legacy/", 1); string(got) != want {
		t.Errorf("written:\n%s", got)
	}
	if entries, _ := os.ReadDir(b.dir); len(entries) == 0 || strings.Contains(names(entries), ".travis.yml.") {
		t.Errorf("left behind: %s", names(entries))
	}
}

func names(entries []os.DirEntry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

// TestFixesLeaveAlone: a file that somebody works on, or that changed between the
// look and the writing, keeps every byte.
func TestFixesLeaveAlone(t *testing.T) {
	b, file := toMend(t)
	fs, err := fixes(t, b)
	must(t, err)
	mine := mendable + "# mine\n"
	must(t, os.WriteFile(file, []byte(mine), 0o600))
	problem(t, b.world.Write(fs[0]), "it was changed meanwhile")
	_, err = fixes(t, b)
	problem(t, err, "differs from the commit")
	must(t, os.Remove(file))
	must(t, os.Symlink(filepath.Join(b.dir, "README.md"), file))
	problem(t, b.world.Write(fs[0]), ".travis.yml")
	if got, _ := os.ReadFile(filepath.Join(b.dir, "README.md")); string(got) != sample["README.md"] {
		t.Errorf("the file behind a link became %q", got)
	}
}

func problem(t *testing.T, err error, text string) {
	t.Helper()
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != flow.CodeFix || !strings.Contains(p.Text, text) || len(p.Now) == 0 || len(p.Next) == 0 {
		t.Errorf("want %q, got %v", text, err)
	}
}
