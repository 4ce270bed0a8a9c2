package pypi

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPypircWorkTree: no password is put where git would commit it, however the
// work tree is marked and however deep the file lies in it. What adds no
// password is allowed, and what takes one out as well.
func TestPypircWorkTree(t *testing.T) {
	for name, mark := range map[string]func(t *testing.T, tree string){
		"a repository":     func(t *testing.T, tree string) { mkdir(t, filepath.Join(tree, ".git")) },
		"a linked one":     func(t *testing.T, tree string) { put(t, filepath.Join(tree, ".git"), "gitdir: elsewhere\n") },
		"that leads on":    func(t *testing.T, tree string) { symlink(t, filepath.Join(tree, "gone"), filepath.Join(tree, ".git")) },
		"below the folder": func(t *testing.T, tree string) { mkdir(t, filepath.Join(filepath.Dir(tree), ".git")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tree := mkdir(t, filepath.Join(dir, "dotfiles", "python"))
			mark(t, tree)
			path := link(t, put(t, filepath.Join(tree, "pypirc"), foreign), mkdir(t, filepath.Join(dir, "home")))
			if _, err := change(path, tokenEdit("T"), nil); !errors.Is(err, &PypircError{Reason: PypircWorkTree}) || get(t, path) != foreign {
				t.Errorf("%v: %q", err, get(t, path))
			}
			bare := PypircEdit{Write: []PypircSection{{Name: "pypi", Repository: pypiUpload, WithoutPassword: true}}, Remove: []string{"local"}}
			if _, err := change(path, bare, nil); err != nil || strings.Contains(get(t, path), "password") {
				t.Errorf("without a password: %v: %q", err, get(t, path))
			}
		})
	}
}

func symlink(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Skip(err)
	}
}

// TestPypircIsAnotherFile: who had the old file open while it was readable for
// all sees nothing of the new one.
func TestPypircIsAnotherFile(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), ".pypirc"), foreign)
	chmod(t, path, 0o644)
	spy, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer spy.Close()
	was, _ := spy.Stat()
	if _, err := change(path, tokenEdit("T"), nil); err != nil {
		t.Fatal(err)
	}
	now, err := os.Stat(path)
	if err != nil || os.SameFile(was, now) || rcModes && now.Mode().Perm() != 0o600 {
		t.Errorf("%v: the same file, or mode %v", err, now.Mode())
	}
	if seen, _ := io.ReadAll(spy); string(seen) != foreign {
		t.Errorf("the spy sees %q", seen)
	}
}

// TestPypircUnsafeFolders: whoever may write to the folder could put another
// file there. The sticky bit of /tmp is no help.
func TestPypircUnsafeFolders(t *testing.T) {
	for _, mode := range []os.FileMode{0o770, 0o702, 0o777 | os.ModeSticky} {
		dir := t.TempDir()
		path := put(t, filepath.Join(dir, ".pypirc"), foreign)
		chmod(t, dir, mode)
		if _, err := change(path, tokenEdit("T"), nil); rcModes && (!errors.Is(err, &PypircError{Reason: PypircParent}) || get(t, path) != foreign) {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

// TestPypircNamesLines of what Python refuses, and nothing of their text.
func TestPypircNamesLines(t *testing.T) {
	for text, want := range map[string]string{
		"[pypi]\npassword = CANARY\n[local]\n[pypi]\n":         "(line 1, 4)",
		"[pypi]\npassword = CANARY\nx = 1\nPASSWORD: CANARY\n": "(line 2, 4)",
		"[pypi]\nCANARY\nx = 1\nCANARY too\n":                  "(line 2, 4)",
		"CANARY = 1\n":                                         "(line 1)",
	} {
		_, err := OpenPypirc(put(t, filepath.Join(t.TempDir(), ".pypirc"), text))
		if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
