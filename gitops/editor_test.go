package gitops_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ferry/gitops"
)

// TestEditor: the repository's own, else the one that git was built with; none where
// there is no git.
func TestEditor(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal(err)
		}
		t.Skip("no git here: ", err)
	}
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "-q"}, {"config", "core.editor", "code --wait"}} {
		cmd := exec.CommandContext(t.Context(), git, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	repo, err := gitops.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_EDITOR", "")
	if got := repo.Editor(t.Context()); got != "code --wait" {
		t.Errorf("%q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, ".git", "config"), []byte("[core]\n\tbare = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TERM", "dumb") // an editor that git was built with wants another
	if got := repo.Editor(t.Context()); got != "" {
		t.Errorf("%q", got)
	}
	t.Setenv("PATH", t.TempDir())
	if got := repo.Editor(t.Context()); got != "" {
		t.Errorf("without git: %q", got)
	}
}
