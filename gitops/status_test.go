package gitops_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/gitops"
)

// messy makes a checkout with one of each.
func messy(t *testing.T) string {
	t.Helper()
	dir, _ := plainRepo(t)
	put := func(name, text string) {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	for _, name := range []string{"same", "edited", "staged", "gone", "removed", "both", "exec", "link", "kept.log", "deep/er/file"} {
		put(name, name)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-qm", "all")
	put("edited", "other!")
	put("staged", "new")
	put("both", "one")
	git(t, dir, "add", "staged", "both")
	put("both", "two")
	must(t, os.Remove(filepath.Join(dir, "gone")))
	git(t, dir, "rm", "-q", "removed")
	must(t, os.Chmod(filepath.Join(dir, "exec"), 0o755))
	must(t, os.Remove(filepath.Join(dir, "link")))
	must(t, os.Symlink("same", filepath.Join(dir, "link")))
	put("added", "x")
	git(t, dir, "add", "added")
	put("loose", "x")
	put("folder/in/it", "x")
	put("deep/er/loose", "x")
	put("ignored.log", "x")
	put("build/x.o", "x")
	put("deep/keep.o", "x")
	put("deep/not.o", "x")
	put("sp ace\tand é", "x")
	put(".gitignore", "*.log\n/build/\n*.o\n!keep.o\n")
	put("excluded", "x")
	put("all-ignored/x.log", "x")
	must(t, os.MkdirAll(filepath.Join(dir, "nothing"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, ".git", "info", "exclude"), []byte("excluded\n"), 0o644))
	return dir
}

func TestStatusAsGitSaysIt(t *testing.T) {
	dir := messy(t)
	out, err := tryGit(t, dir, "-c", "status.renames=false", "status", "--porcelain", "-z")
	must(t, err)
	want := strings.Split(strings.TrimRight(out, "\x00"), "\x00")
	repo, err := gitops.Open(dir)
	must(t, err)
	index, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
	must(t, err)
	git(t, dir, "config", "status.renames", "false")
	for _, tool := range []string{"git", "no git"} {
		t.Run(tool, func(t *testing.T) {
			if tool == "no git" {
				withoutGit(t)
			}
			changes, err := repo.Status(t.Context())
			must(t, err)
			var got []string
			for _, c := range changes {
				got = append(got, c.Code+" "+c.Path)
			}
			slices.Sort(got)
			slices.Sort(want)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
	after, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
	must(t, err)
	equal(t, "index untouched", string(after), string(index))
}

func TestStatusRename(t *testing.T) {
	dir, _ := plainRepo(t)
	git(t, dir, "mv", "sub/f", "sub/g")
	repo, err := gitops.Open(dir)
	must(t, err)
	changes, err := repo.Status(t.Context())
	must(t, err)
	if len(changes) != 1 || changes[0] != (gitops.Change{Code: "R ", Path: "sub/g"}) {
		t.Errorf("%q", changes)
	}
}

func TestStatusSubmodule(t *testing.T) {
	lib, _ := plainRepo(t)
	dir, _ := plainRepo(t)
	git(t, dir, "submodule", "--quiet", "add", lib, "lib")
	git(t, dir, "commit", "-qm", "lib")
	repo, err := gitops.Open(dir)
	must(t, err)
	withoutGit(t)
	changes, err := repo.Status(t.Context())
	must(t, err)
	equal(t, "clean", len(changes), 0)
	must(t, os.WriteFile(filepath.Join(dir, "lib", "sub", "f"), []byte("dirt"), 0o644))
	changes, err = repo.Status(t.Context())
	must(t, err)
	if len(changes) != 1 || changes[0] != (gitops.Change{Code: " M", Path: "lib"}) {
		t.Errorf("%q", changes)
	}
}
