package steps_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
)

const pypiFile, testFile = ".github/workflows/publish-pypi.yml", ".github/workflows/publish-testpypi.yml"

func (y *bound) hook(name, script string) {
	y.t.Helper()
	dir := filepath.Join(y.dir, ".git", "hooks")
	must(y.t, os.MkdirAll(dir, 0o755))
	must(y.t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
}

// TestCommitSetupFinds goes through what a work tree may be like.
func TestCommitSetupFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*bound)
		want  flow.Status
		code  string
		tells []string
	}{
		"written":         {nil, flow.Todo, "", []string{"commit " + testFile + ", " + pypiFile + " on the branch " + setupBranch}},
		"half committed":  {func(y *bound) { y.git("add", pypiFile); y.git("commit", "-qm", "x", "--", pypiFile) }, flow.Todo, "", []string{"commit " + testFile + " on"}},
		"committed":       {func(y *bound) { y.git("add", "."); y.git("commit", "-qm", "x") }, flow.Done, "", []string{"on main"}},
		"on no branch":    {func(y *bound) { y.git("add", "."); y.git("commit", "-qm", "x"); y.git("checkout", "-q", "--detach") }, flow.Done, "", []string{pypiFile + ": as in "}},
		"only staged":     {func(y *bound) { y.git("add", ".") }, flow.Todo, "", nil},
		"edited again":    {func(y *bound) { y.git("add", "."); y.git("commit", "-qm", "x"); y.put(pypiFile, "on: push\n") }, flow.Todo, "", []string{"commit " + pypiFile + " on"}},
		"a branch":        {func(y *bound) { y.git("branch", setupBranch) }, flow.Conflict, flow.CodeCommitBranch, []string{"is there already"}},
		"in a merge":      {func(y *bound) { y.put(".git/MERGE_HEAD", y.git("rev-parse", "HEAD")+"\n") }, flow.Failed, flow.CodeGitBusy, []string{"a merge"}},
		"another does it": {func(y *bound) { must(y.t, os.Remove(filepath.Join(y.dir, pypiFile))) }, flow.Todo, "", []string{"commit " + testFile + " on"}},
		"no commit":       {func(y *bound) { y.git("checkout", "-q", "--orphan", "new") }, flow.Failed, flow.CodeCommitRefused, []string{"no commit yet"}},
		"no such branch":  {func(y *bound) { y.setup.Branch = "a..b" }, flow.Failed, flow.CodeCommitRefused, []string{"no name of a branch"}},
		"another changed": {func(y *bound) { y.put("README.md", "mine\n") }, flow.Todo, "", nil},
	} {
		y := newBound(t)
		if c.world != nil {
			c.world(y)
		}
		commit, _, _ := y.chain()
		f := y.see(commit)
		y.found(f, c.want, c.code, c.tells...)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestCommitSetupWaits: while the files are not written it says so, and already what
// would stand in the way.
func TestCommitSetupWaits(t *testing.T) {
	t.Parallel()
	y := newBound(t)
	write := steps.NewCommitSetup(y.yard, y.setup) // anything that is not done yet
	step := steps.NewCommitSetup(y.yard, y.setup, write)
	y.found(y.see(step), flow.Todo, "", "after this: commit")
	if err := step.Run(flow.WithReading(t.Context()), func(string) {}); err == nil {
		t.Error("it was committed before the files were written")
	}
	y.git("branch", setupBranch)
	y.found(y.see(step), flow.Conflict, flow.CodeCommitBranch)
}

// TestCommitSetupRefused: a refusal has a way out and leaves everything as it was.
func TestCommitSetupRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*bound)
		tells string
	}{
		"a hook":         {func(y *bound) { y.hook("pre-commit", "echo lint first >&2\nexit 1\n") }, "lint first"},
		"it cannot sign": {func(y *bound) { y.git("config", "commit.gpgSign", "true"); y.git("config", "gpg.program", "false") }, "gpg failed to sign"},
		"ignored":        {func(y *bound) { y.put(".git/info/exclude", "publish-pypi.yml\n") }, "ignored"},
	} {
		y := newBound(t)
		c.world(y)
		before := y.all()
		commit, _, _ := y.chain()
		err := commit.Run(flow.WithReading(t.Context()), func(string) {})
		var p *flow.Problem
		if !errors.As(err, &p) || p.Code != flow.CodeCommitRefused || !strings.Contains(strings.Join(p.Lines, "\n"), c.tells) || len(p.Now) == 0 || len(p.Next) == 0 {
			t.Errorf("%s: %v %+v", name, err, p)
		}
		if y.all() != before {
			t.Errorf("%s: something was changed", name)
		}
	}
}

// TestCommitSetupStays: what was done since the commit is not thrown away.
func TestCommitSetupStays(t *testing.T) {
	t.Parallel()
	y := newBound(t)
	commit, _, _ := y.chain()
	y.run(commit)
	y.git("commit", "-q", "--allow-empty", "-m", "more")
	before := y.all()
	var p *flow.Problem
	if err := commit.Undo(t.Context(), func(string) {}); !errors.As(err, &p) || p.Code != flow.CodeCommitStays {
		t.Errorf("got %v", err)
	}
	if y.all() != before {
		t.Error("something was changed")
	}
}

// TestCommitSetupByHand: what is typed makes the same commit.
func TestCommitSetupByHand(t *testing.T) {
	t.Parallel()
	y := newBound(t)
	commit, _, _ := y.chain()
	words := commit.Command()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = y.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", flow.Shell(words), err, out)
	}
	typed := y.git("log", "-1", "--format=%T %P%n%B") + y.git("symbolic-ref", "HEAD")
	y.found(y.see(commit), flow.Done, "")
	y.git("reset", "-q", "--soft", "HEAD~1")
	y.git("symbolic-ref", "HEAD", "refs/heads/main")
	y.git("branch", "-q", "-D", setupBranch)
	y.run(commit)
	if ours := y.git("log", "-1", "--format=%T %P%n%B") + y.git("symbolic-ref", "HEAD"); ours != typed {
		t.Errorf("typed\n%s\nours\n%s", typed, ours)
	}
}
