package gitops_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
)

func TestCommitHereAndBack(t *testing.T) {
	for name, s := range situations {
		if name == "detached" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			c := newDesk(t, s.like...)
			before, was, branch := c.state(), c.git("rev-parse", "HEAD"), c.git("symbolic-ref", "HEAD")
			others := c.others(s.paths)
			made, err := c.repo.CommitHere(t.Context(), s.paths, "Release 1.5.0")
			must(t, err)
			equal(t, "commit", c.git("rev-parse", "HEAD"), made.SHA)
			equal(t, "branch", c.git("symbolic-ref", "HEAD"), branch)
			equal(t, "parent", c.git("rev-parse", "HEAD^"), was)
			equal(t, "message", c.git("log", "-1", "--format=%B"), "Release 1.5.0")
			equal(t, "files", c.git("diff-tree", "--no-commit-id", "--name-only", "-r", "-z", "HEAD"), strings.Join(order(s.paths), "\x00")+"\x00")
			equal(t, "the others", c.others(s.paths), others)
			must(t, c.repo.Uncommit(t.Context(), made))
			equal(t, "state", c.state(), before)
		})
	}
}

// A refusal leaves everything as it was.
func TestCommitHereRefused(t *testing.T) {
	changed := edit("ci.yml", "new\n")
	for name, c := range map[string]struct {
		like []func(*desk)
		want func(error) bool
	}{
		"pre-commit":    {[]func(*desk){changed, hooked("pre-commit", "echo not today\nexit 3\n")}, hookSays("not today")},
		"commit-msg":    {[]func(*desk){changed, hooked("commit-msg", "echo no ticket >&2\nexit 1\n")}, hookSays("no ticket")},
		"nothing to do": {nil, gitSays("commit", "nothing to commit")},
		"nobody":        {[]func(*desk){changed, nobody}, gitSays("commit", "tell me who you are")},
		"cannot sign":   {[]func(*desk){changed, does("config", "commit.gpgSign", "true"), does("config", "gpg.program", "false")}, gitSays("commit", "gpg failed to sign")},
		"a merge":       {[]func(*desk){conflicted("merge", "side")}, busyWith("a merge")},
		"detached":      {[]func(*desk){does("checkout", "-q", "--detach"), changed}, func(err error) bool { return errors.Is(err, gitops.ErrDetached) }},
		"no commit":     {[]func(*desk){does("checkout", "-q", "--orphan", "fresh"), changed}, func(err error) bool { return errors.Is(err, gitops.ErrNoCommit) }},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, c.like...)
			before := d.state()
			_, err := d.repo.CommitHere(t.Context(), []string{"ci.yml"}, "Release 1.5.0")
			if !c.want(err) {
				t.Errorf("got %T %v", err, err)
			}
			equal(t, "state", d.state(), before)
		})
	}
}

// A branch that went on since is not led back.
func TestUncommitHereAfterMore(t *testing.T) {
	d := newDesk(t, edit("ci.yml", "new\n"))
	made, err := d.repo.CommitHere(t.Context(), []string{"ci.yml"}, "Release 1.5.0")
	must(t, err)
	d.git("commit", "-q", "--allow-empty", "-m", "more")
	before := d.state()
	var moved *gitops.MovedError
	if err := d.repo.Uncommit(t.Context(), made); !errors.As(err, &moved) {
		t.Errorf("got %v", err)
	}
	equal(t, "state", d.state(), before)
}

// A commit that is there when the wait for a hook is given up is left, and said.
func TestCommitHereCancelledTooLate(t *testing.T) {
	d := newDesk(t, edit("ci.yml", "new\n"), hooked("post-commit", "exec sleep 60\n"))
	was := d.git("rev-parse", "HEAD")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := d.repo.CommitHere(ctx, []string{"ci.yml"}, "Release 1.5.0")
		ended <- err
	}()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for d.git("rev-parse", "HEAD") == was {
		select {
		case err := <-ended:
			t.Fatalf("ended before: %v", err)
		case <-look.C:
		}
	}
	cancel()
	var half *gitops.HalfDoneError
	if err := <-ended; !errors.As(err, &half) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	equal(t, "parent", d.git("rev-parse", "HEAD^"), was)
}
