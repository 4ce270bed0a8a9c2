package gitops_test

import (
	"os"
	"path/filepath"
	"testing"

	"ferry/gitops"
)

// TestDefaultBranch: what the clone was told once, read without asking.
func TestDefaultBranch(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	git(t, dir, "remote", "add", "origin", "https://git.example/o/r.git")
	repo, err := gitops.Open(dir)
	must(t, err)
	m, err := repo.Remote("origin", gitops.RemoteOptions{})
	must(t, err)
	equal(t, "never told", m.DefaultBranch(), "")
	for _, name := range []string{"origin", "another"} {
		file := filepath.Join(dir, ".git", "refs", "remotes", name, "HEAD")
		must(t, os.MkdirAll(filepath.Dir(file), 0o750))
		must(t, os.WriteFile(file, []byte("ref: refs/remotes/"+name+"/"+name+"/trunk\n"), 0o600))
	}
	equal(t, "told", m.DefaultBranch(), "origin/trunk")
}
