package gitops_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
)

// desk is a repository of the real git with a file of every kind in it.
type desk struct {
	t    *testing.T
	dir  string
	repo *gitops.Repo
}

// newDesk has one commit on main; each prepares it further.
func newDesk(t *testing.T, each ...func(*desk)) *desk {
	t.Helper()
	needs(t, "git")
	for k, v := range map[string]string{"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"} {
		t.Setenv(k, v)
	}
	c := &desk{t: t, dir: filepath.Join(t.TempDir(), "repo")}
	must(t, os.Mkdir(c.dir, 0o755))
	c.git("init", "-q", "-b", "main")
	c.git("config", "commit.gpgSign", "false")
	c.put("ci.yml", "old\n")
	c.put("a.txt", "a\n")
	c.put("b.txt", "b\n")
	c.git("add", "-A")
	c.git("commit", "-qm", "first")
	for _, f := range each {
		f(c)
	}
	c.open()
	return c
}

func (c *desk) open() {
	c.t.Helper()
	repo, err := gitops.Open(c.dir)
	must(c.t, err)
	c.repo = repo
}

func (c *desk) git(args ...string) string { c.t.Helper(); return git(c.t, c.dir, args...) }

func (c *desk) put(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	must(c.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(c.t, os.WriteFile(path, []byte(text), 0o644))
}

// hook puts one where git looks for it.
func (c *desk) hook(name, script string) {
	c.t.Helper()
	needs(c.t, "sh")
	dir := filepath.Join(c.git("rev-parse", "--path-format=absolute", "--git-common-dir"), "hooks")
	must(c.t, os.MkdirAll(dir, 0o755))
	must(c.t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
}

// state is HEAD, every ref, the index, the status and the bytes of every file.
func (c *desk) state() string {
	c.t.Helper()
	var out strings.Builder
	head, _ := tryGit(c.t, c.dir, "symbolic-ref", "-q", "HEAD")
	for _, args := range [][]string{{"rev-parse", "HEAD"}, {"for-each-ref"}, {"ls-files", "-s", "-v"}, {"status", "--porcelain", "-uall"}, {"config", "--local", "--list"}, {"stash", "list"}} {
		text, _ := tryGit(c.t, c.dir, args...)
		fmt.Fprintf(&out, "%s:\n%s", args[0], text)
	}
	must(c.t, filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".git" {
			if d != nil && d.IsDir() && err == nil {
				return fs.SkipDir
			}
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %x\n", path, sha256.Sum256(data))
		return err
	}))
	locks, _ := filepath.Glob(filepath.Join(c.dir, ".git", "*.lock"))
	fmt.Fprintln(&out, head, locks)
	return out.String()
}

func edit(name, text string) func(*desk) { return func(c *desk) { c.put(name, text) } }

func does(args ...string) func(*desk) { return func(c *desk) { c.git(args...) } }

// situations are what a checkout may be like, with the paths to commit.
var situations = map[string]struct {
	paths []string
	like  []func(*desk)
}{
	"one file changed":           {[]string{"ci.yml"}, []func(*desk){edit("ci.yml", "new\n")}},
	"new in a new folder":        {[]string{".ci/w/new.yml"}, []func(*desk){edit(".ci/w/new.yml", "new\n"), edit(".ci/w/other.yml", "other\n")}},
	"two files":                  {[]string{"ci.yml", "new.yml"}, []func(*desk){edit("ci.yml", "new\n"), edit("new.yml", "new\n")}},
	"others staged":              {[]string{"ci.yml"}, []func(*desk){edit("a.txt", "x\n"), does("add", "a.txt"), edit("ci.yml", "new\n")}},
	"others changed":             {[]string{"ci.yml"}, []func(*desk){edit("a.txt", "x\n"), edit("ci.yml", "new\n"), edit("junk", "x")}},
	"others staged and more":     {[]string{"ci.yml"}, []func(*desk){edit("a.txt", "x\n"), does("add", "a.txt"), edit("a.txt", "y\n"), does("rm", "-q", "b.txt"), edit("ci.yml", "new\n")}},
	"staged itself":              {[]string{"ci.yml"}, []func(*desk){edit("ci.yml", "new\n"), does("add", "ci.yml")}},
	"staged in other words":      {[]string{"ci.yml"}, []func(*desk){edit("ci.yml", "half\n"), does("add", "ci.yml"), edit("ci.yml", "new\n")}},
	"new and staged":             {[]string{"new.yml"}, []func(*desk){edit("new.yml", "half\n"), does("add", "new.yml"), edit("new.yml", "new\n")}},
	"only announced":             {[]string{"new.yml"}, []func(*desk){edit("new.yml", "new\n"), does("add", "-N", "new.yml")}},
	"another announced":          {[]string{"ci.yml"}, []func(*desk){edit("new.yml", "new\n"), does("add", "-N", "new.yml"), edit("ci.yml", "new\n")}},
	"staged for deletion":        {[]string{"ci.yml"}, []func(*desk){does("rm", "-q", "--cached", "ci.yml"), edit("ci.yml", "new\n")}},
	"gone":                       {[]string{"ci.yml"}, []func(*desk){func(c *desk) { must(c.t, os.Remove(filepath.Join(c.dir, "ci.yml"))) }}},
	"executable":                 {[]string{"ci.yml"}, []func(*desk){func(c *desk) { must(c.t, os.Chmod(filepath.Join(c.dir, "ci.yml"), 0o755)) }}},
	"detached":                   {[]string{"ci.yml"}, []func(*desk){does("checkout", "-q", "--detach"), edit("ci.yml", "new\n")}},
	"on another branch":          {[]string{"ci.yml"}, []func(*desk){does("checkout", "-q", "-b", "topic/x"), edit("ci.yml", "new\n")}},
	"packed refs":                {[]string{"ci.yml"}, []func(*desk){does("pack-refs", "--all"), edit("ci.yml", "new\n")}},
	"odd names":                  {[]string{"[c]i*.yml", ":(top)x"}, []func(*desk){edit("[c]i*.yml", "new\n"), edit(":(top)x", "new\n"), edit("cix.yml", "no\n"), edit("a.txt", "no\n")}},
	"line ends are converted":    {[]string{"ci.yml"}, []func(*desk){does("config", "core.autocrlf", "true"), edit("ci.yml", "new\r\n")}},
	"every branch is tracked":    {[]string{"ci.yml"}, []func(*desk){does("config", "branch.autoSetupMerge", "always"), edit("ci.yml", "new\n")}},
	"a hook that lets it go":     {[]string{"ci.yml"}, []func(*desk){func(c *desk) { c.hook("pre-commit", "exit 0\n") }, edit("ci.yml", "new\n")}},
	"a stash":                    {[]string{"ci.yml"}, []func(*desk){edit("a.txt", "x\n"), does("stash", "-q"), edit("ci.yml", "new\n")}},
	"a hook that leaves a child": {[]string{"ci.yml"}, []func(*desk){func(c *desk) { c.hook("post-commit", "sleep 5 &\n") }, edit("ci.yml", "new\n")}},
	"a work tree of its own": {[]string{"ci.yml"}, []func(*desk){func(c *desk) {
		other := filepath.Join(filepath.Dir(c.dir), "linked")
		c.git("worktree", "add", "-q", "-b", "side", other)
		c.dir = other
		c.put("a.txt", "x\n")
		c.git("add", "a.txt")
		c.put("ci.yml", "new\n")
	}}},
}

func TestCommitOnAndBack(t *testing.T) {
	for name, s := range situations {
		t.Run(name, func(t *testing.T) {
			c := newDesk(t, s.like...)
			before, was := c.state(), c.git("rev-parse", "HEAD")
			others := c.others(s.paths)
			made, err := c.repo.CommitOn(t.Context(), "setup/ferry", s.paths, "ci: publish\n\nA body.")
			must(t, err)
			equal(t, "commit", c.git("rev-parse", "refs/heads/setup/ferry"), made.SHA)
			equal(t, "branch", c.git("symbolic-ref", "HEAD"), "refs/heads/setup/ferry")
			equal(t, "parent", c.git("rev-parse", "HEAD^"), was)
			equal(t, "message", c.git("log", "-1", "--format=%B"), "ci: publish\n\nA body.")
			equal(t, "files", c.git("diff-tree", "--no-commit-id", "--name-only", "-r", "-z", "HEAD"), strings.Join(order(s.paths), "\x00")+"\x00")
			equal(t, "the others", c.others(s.paths), others)
			if got, err := c.repo.Tree(made.SHA); err != nil || got == nil {
				t.Errorf("the new commit cannot be read: %v", err)
			}
			must(t, c.repo.Uncommit(t.Context(), made))
			equal(t, "state", c.state(), before)
		})
	}
}

// order is git's of the paths of these situations.
func order(paths []string) []string {
	if len(paths) == 2 && paths[0] > paths[1] {
		return []string{paths[1], paths[0]}
	}
	return paths
}

// others is the status of everything but the paths.
func (c *desk) others(paths []string) string {
	c.t.Helper()
	args := []string{"status", "--porcelain", "-uall", "--", "."}
	for _, p := range paths {
		args = append(args, ":(exclude,literal)"+p)
	}
	return c.git(args...)
}
