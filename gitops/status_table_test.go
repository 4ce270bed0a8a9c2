package gitops_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
)

// statusCase makes one state of a checkout. What git says of it is the answer;
// doubt: without git there is none, and the error says so.
type statusCase struct {
	name  string
	make  func(c checkout)
	doubt bool
}

// checkout is a repository with a few committed files, an hour old.
type checkout struct {
	t   *testing.T
	dir string
}

// TestStatusTable holds Status against the real git, once as it is and once with
// git hidden. Neither may touch the index.
func TestStatusTable(t *testing.T) {
	for _, c := range slices.Concat(fileCases, indexCases, ignoreCases, filterCases, submoduleCases, settingCases) {
		t.Run(c.name, func(t *testing.T) {
			needs(t, "git")
			co := newCheckout(t)
			c.make(co)
			want := co.oracle()
			repo, err := gitops.Open(co.dir)
			must(t, err)
			before, _ := os.ReadFile(filepath.Join(co.dir, ".git", "index"))
			compareStatus(t, "with git", repo, want, false)
			withoutGit(t)
			compareStatus(t, "without git", repo, want, c.doubt)
			after, _ := os.ReadFile(filepath.Join(co.dir, ".git", "index"))
			equal(t, "index untouched", string(after), string(before))
		})
	}
}

func compareStatus(t *testing.T, how string, repo *gitops.Repo, want []string, doubt bool) {
	t.Helper()
	changes, err := repo.Status(t.Context())
	var cannot *gitops.CannotTellError
	if doubt {
		if !errors.As(err, &cannot) {
			t.Errorf("%s: %q, %v, want doubt", how, changes, err)
		}
		return
	}
	must(t, err)
	got := []string{}
	for _, c := range changes {
		got = append(got, c.Code+" "+c.Path)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, git says %q", how, got, want)
	}
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	c := checkout{t, t.TempDir()}
	c.git("init", "-q", "--template=")
	// Joined renames are tested by themselves.
	appendTo(t, c.at(".git/config"), "[user]\n\tname = Bob\n\temail = bob@example.org\n[status]\n\trenames = false\n")
	c.put("a.txt", "alpha\n")
	c.put("b.txt", "beta\n")
	c.put("sub/c.txt", "gamma\n")
	c.put("sub/deep/d.txt", "delta\n")
	c.put("run.sh", "#!/bin/sh\n")
	c.put("empty", "")
	must(t, os.Chmod(c.at("run.sh"), 0o755))
	must(t, os.Symlink("a.txt", c.at("link")))
	c.commit()
	return c
}

func (c checkout) at(name string) string { return filepath.Join(c.dir, name) }

// put writes a file that is an hour old, so that no stamp of it is racy.
func (c checkout) put(name, text string) {
	c.t.Helper()
	c.write(name, text)
	old := time.Now().Add(-time.Hour)
	must(c.t, os.Chtimes(c.at(name), old, old))
}

func (c checkout) write(name, text string) {
	c.t.Helper()
	must(c.t, os.MkdirAll(filepath.Dir(c.at(name)), 0o755))
	must(c.t, os.WriteFile(c.at(name), []byte(text), 0o644))
}

// rewrite changes a file and puts its time back.
func (c checkout) rewrite(name, text string) {
	c.t.Helper()
	info, err := os.Stat(c.at(name))
	must(c.t, err)
	c.write(name, text)
	must(c.t, os.Chtimes(c.at(name), info.ModTime(), info.ModTime()))
}

func (c checkout) touch(name string) {
	c.t.Helper()
	must(c.t, os.Chtimes(c.at(name), time.Unix(1e9, 0), time.Unix(1e9, 0)))
}

func (c checkout) remove(name string) {
	c.t.Helper()
	must(c.t, os.RemoveAll(c.at(name)))
}

func (c checkout) link(to, name string) {
	c.t.Helper()
	c.remove(name)
	must(c.t, os.Symlink(to, c.at(name)))
}

func (c checkout) git(args ...string) string {
	c.t.Helper()
	return git(c.t, c.dir, args...)
}

func (c checkout) commit() {
	c.t.Helper()
	c.git("add", "-A")
	c.git("commit", "-qm", "all")
}

func (c checkout) oracle() []string {
	c.t.Helper()
	cmd := exec.Command(needs(c.t, "git"), "--no-optional-locks", "status", "--porcelain=v1", "-z", "--untracked-files=normal")
	cmd.Dir = c.dir
	out, err := cmd.Output()
	must(c.t, err)
	lines := strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
	slices.Sort(lines)
	return lines
}
