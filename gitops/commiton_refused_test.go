package gitops_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
)

func hooked(name, script string) func(*desk) { return func(c *desk) { c.hook(name, script) } }

// conflicted leaves a merge, a rebase or a cherry-pick that waits for a person.
func conflicted(how ...string) func(*desk) {
	return func(c *desk) {
		c.git("checkout", "-q", "-b", "side")
		c.put("a.txt", "side\n")
		c.git("commit", "-qam", "side")
		c.git("checkout", "-q", "main")
		c.put("a.txt", "main\n")
		c.git("commit", "-qam", "main")
		_, err := tryGit(c.t, c.dir, how...)
		if err == nil {
			c.t.Fatal("no conflict")
		}
		c.put("ci.yml", "new\n")
	}
}

func nobody(c *desk) {
	for _, k := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"} {
		os.Unsetenv(k) // newDesk gives it back
	}
	c.git("config", "user.useConfigOnly", "true")
}

func hookSays(text string) func(error) bool {
	return func(err error) bool {
		var e *gitops.HookError
		return errors.As(err, &e) && e.Exit == 1 && strings.Contains(strings.Join(e.Text, "\n"), text)
	}
}

func gitSays(command, text string) func(error) bool {
	return func(err error) bool {
		var e *gitops.CommitError
		return errors.As(err, &e) && e.Command == command && strings.Contains(strings.Join(e.Text, "\n"), text)
	}
}

func busyWith(what string) func(error) bool {
	return func(err error) bool {
		var e *gitops.BusyError
		return errors.As(err, &e) && e.What == what
	}
}

// A refusal leaves everything as it was.
func TestCommitOnRefused(t *testing.T) {
	changed := edit("ci.yml", "new\n")
	for name, c := range map[string]struct {
		like  []func(*desk)
		paths []string
		want  func(error) bool
	}{
		"pre-commit":       {like: []func(*desk){changed, hooked("pre-commit", "echo not today\nexit 3\n")}, want: hookSays("not today")},
		"commit-msg":       {like: []func(*desk){changed, hooked("pre-commit", "exit 0\n"), hooked("commit-msg", "echo no ticket >&2\nexit 1\n")}, want: hookSays("no ticket")},
		"post-checkout":    {like: []func(*desk){changed, hooked("post-checkout", "echo stay >&2\nexit 1\n")}, want: hookSays("stay")},
		"the ref is held":  {like: []func(*desk){changed, hooked("reference-transaction", "while read a b c; do case $c in refs/heads/*) [ $1 = prepared ] && [ $b != $a ] && [ -f .git/hold ] && exit 1;; esac; done; exit 0\n"), edit(".git/hold", "")}, want: gitSays("switch", "hook")},
		"ignored":          {like: []func(*desk){edit(".gitignore", "*.log\n"), edit("x.log", "x"), changed}, paths: []string{"ci.yml", "x.log"}, want: gitSays("add", "ignored")},
		"nothing to do":    {want: gitSays("commit", "nothing to commit")},
		"no such file":     {paths: []string{"none"}, want: gitSays("add", "none")},
		"nobody":           {like: []func(*desk){changed, nobody}, want: gitSays("commit", "tell me who you are")},
		"cannot sign":      {like: []func(*desk){changed, does("config", "commit.gpgSign", "true"), does("config", "gpg.program", "false")}, want: gitSays("commit", "gpg failed to sign")},
		"a branch":         {like: []func(*desk){does("branch", "setup"), changed}, want: is[*gitops.ExistsError]},
		"a packed branch":  {like: []func(*desk){does("branch", "setup"), does("pack-refs", "--all"), changed}, want: is[*gitops.ExistsError]},
		"a branch below":   {like: []func(*desk){does("branch", "setup/x"), changed}, want: gitSays("switch", "setup")},
		"a merge":          {like: []func(*desk){conflicted("merge", "side")}, want: busyWith("a merge")},
		"a rebase":         {like: []func(*desk){conflicted("rebase", "side")}, want: busyWith("a rebase")},
		"a cherry-pick":    {like: []func(*desk){conflicted("cherry-pick", "side")}, want: busyWith("a cherry-pick")},
		"unmerged":         {like: []func(*desk){conflicted("merge", "side"), does("merge", "--quit")}, paths: []string{"a.txt"}, want: is[*gitops.UnsupportedError]},
		"not looked at":    {like: []func(*desk){changed, does("update-index", "--assume-unchanged", "ci.yml")}, want: is[*gitops.UnsupportedError]},
		"no first commit":  {like: []func(*desk){does("checkout", "-q", "--orphan", "fresh"), changed}, want: func(err error) bool { return errors.Is(err, gitops.ErrNoCommit) }},
		"no file is named": {like: []func(*desk){changed}, paths: []string{}, want: func(err error) bool { return err != nil }},
		"a folder":         {like: []func(*desk){edit("f/x", "x")}, paths: []string{"f"}, want: func(err error) bool { return err != nil }},
		"out of the tree":  {paths: []string{"../x"}, want: func(err error) bool { return err != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, c.like...)
			if c.paths == nil {
				c.paths = []string{"ci.yml"}
			}
			before := d.state()
			_, err := d.repo.CommitOn(t.Context(), "setup", c.paths, "ci: publish")
			if !c.want(err) {
				t.Errorf("got %T %v", err, err)
			}
			equal(t, "state", d.state(), before)
		})
	}
}

func TestCommitOnWithoutGit(t *testing.T) {
	d := newDesk(t, edit("ci.yml", "new\n"))
	before := d.state()
	path := os.Getenv("PATH")
	withoutGit(t)
	if _, err := d.repo.CommitOn(t.Context(), "setup", []string{"ci.yml"}, "x"); !errors.Is(err, gitops.ErrNoGit) {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", path)
	equal(t, "state", d.state(), before)
}

// A hook that hangs ends with the person's ctrl-C, and git leaves no lock behind.
func TestCommitOnCancelled(t *testing.T) {
	d := newDesk(t, edit("ci.yml", "new\n"), hooked("pre-commit", "echo >>\"$PWD/.git/began\"\nsleep 3600\n"))
	before := d.state()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began := filepath.Join(d.dir, ".git", "began")
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := os.Stat(began); err == nil || ctx.Err() != nil {
				cancel()
				return
			}
		}
	}()
	if _, err := d.repo.CommitOn(ctx, "setup", []string{"ci.yml"}, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	must(t, os.Remove(began))
	equal(t, "state", d.state(), before)
}

// A hook sees no token.
func TestCommitHookSeesNoToken(t *testing.T) {
	for _, name := range []string{"FERRY_TOKEN_PYPI", "GH_TOKEN", "TWINE_PASSWORD"} {
		t.Setenv(name, "canary")
	}
	d := newDesk(t, edit("ci.yml", "new\n"), hooked("pre-commit", "if env | grep canary; then exit 1; fi\n"))
	_, err := d.repo.CommitOn(t.Context(), "setup", []string{"ci.yml"}, "x")
	must(t, err)
}

// What was done since stops the way back before it begins.
func TestUncommitRefused(t *testing.T) {
	for name, since := range map[string]func(*desk){
		"another commit":        func(c *desk) { c.git("commit", "-q", "--allow-empty", "-m", "more") },
		"somewhere else":        func(c *desk) { c.git("checkout", "-q", "main") },
		"main has moved":        func(c *desk) { c.git("branch", "-f", "main", "HEAD") },
		"main is gone":          func(c *desk) { c.git("branch", "-q", "-D", "main") },
		"a merge goes on":       func(c *desk) { c.put(".git/MERGE_HEAD", c.git("rev-parse", "HEAD")+"\n") },
		"the branch is renamed": func(c *desk) { c.git("branch", "-m", "other") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, edit("ci.yml", "new\n"))
			made, err := d.repo.CommitOn(t.Context(), "setup", []string{"ci.yml"}, "x")
			must(t, err)
			since(d)
			before := d.state()
			if err := d.repo.Uncommit(t.Context(), made); !is[*gitops.MovedError](err) && !is[*gitops.BusyError](err) {
				t.Errorf("got %T %v", err, err)
			}
			equal(t, "state", d.state(), before)
		})
	}
}
