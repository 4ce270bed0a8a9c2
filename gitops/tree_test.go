package gitops_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

func sameFiles(tree fs.FS, want map[string]string) error {
	n := 0
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		n++
		b, err := fs.ReadFile(tree, name)
		if err == nil && string(b) != want[name] {
			err = fmt.Errorf("%s holds %q", name, b)
		}
		return err
	})
	if err == nil && n != len(want) {
		err = fmt.Errorf("%d files, want %d", n, len(want))
	}
	return err
}

func TestTree(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	tree, err := w.repo.Tree(w.first)
	must(t, err)
	must(t, fstest.TestFS(tree, "README.md", "a.txt", "src/boat/__init__.py"))
	if _, err := w.repo.Tree("1234567890123456789012345678901234567890"); err == nil {
		t.Error("a tree of an unknown commit")
	}
}

func TestTreeLinks(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	must(t, os.Mkdir(filepath.Join(dir, "docs"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "docs", "README"), []byte("hello"), 0o644))
	for name, to := range map[string]string{"in": "docs/README", "docs/up": "../docs/README", "folder": "docs", "out": "../../etc/passwd", "abs": "/etc/passwd", "loop": "loop"} {
		must(t, os.Symlink(to, filepath.Join(dir, name)))
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-qm", "links")
	repo, err := gitops.Open(dir)
	must(t, err)
	head, err := repo.Head()
	must(t, err)
	tree, err := repo.Tree(head.SHA)
	must(t, err)
	for name, want := range map[string]string{"in": "hello", "docs/up": "hello", "folder/README": "hello", "out": "", "abs": "", "loop": ""} {
		b, err := fs.ReadFile(tree, name)
		if string(b) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}
