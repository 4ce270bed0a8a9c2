package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/gitops"
)

// PushSetup: the commit that is checked out is on the remote, on a branch of the
// setup's own, or what it holds has reached the default branch. A branch that is
// there is never moved.
type PushSetup struct {
	yard  Yard
	setup Setup
	After []flow.Step // the commit is made

	sent string // the commit that Run sent, whether or not an answer came
}

// NewPushSetup makes the step.
func NewPushSetup(y Yard, s Setup, after ...flow.Step) *PushSetup {
	return &PushSetup{yard: y, setup: s, After: after}
}

func (s *PushSetup) ref() string { return "refs/heads/" + s.setup.Branch }

// Observe reads the remote's refs.
func (s *PushSetup) Observe(ctx context.Context) flow.Finding {
	f, _, _ := s.judge(ctx)
	return f
}

// judge gives besides the commit, and says whether it may be pushed now.
func (s *PushSetup) judge(ctx context.Context) (f flow.Finding, sha string, now bool) {
	refs, err := s.yard.refs(ctx)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return unknown(s.yard.remoteProblem(err)), "", false
	}
	before, committed := awaited(ctx, s.After)
	if before.Status == flow.Unknown {
		return before, "", false
	}
	at, remote := tip(refs, s.ref()), s.yard.Remote
	if !committed {
		if at != "" {
			return conflict(s.taken(at)), "", false
		}
		return before, "", false
	}
	head, err := s.yard.Repo.Head()
	if err != nil {
		return unknown(unreadTree(err)), "", false
	}
	if at == head.SHA {
		f := done("%s = %s on %s", s.setup.Branch, short(at), remote.Name())
		f.Proof = []flow.Proof{{What: s.ref() + " at " + at, Where: remote.URL()}}
		return f, head.SHA, false
	}
	merged, err := s.yard.arrived(ctx, s.setup, refs, head.SHA)
	switch {
	case err != nil:
		return unknown(s.yard.remoteProblem(err)), "", false
	case merged:
		return done("%s on %s has it already", s.setup.Default, remote.Name()), head.SHA, false
	case at != "":
		return conflict(s.taken(at)), "", false
	}
	if f, stop := s.publishes(head.SHA); stop {
		return f, "", false
	}
	return todo("push %s to %s at %s", short(head.SHA), s.setup.Branch, remote.URL()), head.SHA, true
}

func tip(refs []gitops.Ref, name string) string {
	for _, r := range refs {
		if r.Name == name {
			return r.SHA
		}
	}
	return ""
}

// arrived says whether the remote's default branch holds the commit, or the setup's
// files as the commit has them, which is all that is left of it where it was squashed.
func (y Yard) arrived(ctx context.Context, s Setup, refs []gitops.Ref, sha string) (bool, error) {
	at := tip(refs, "refs/heads/"+s.Default)
	if at == "" {
		return false, nil
	}
	if y.Repo.Has(at) {
		if in, err := y.Repo.Reaches(at, sha); err == nil && in {
			return true, nil
		}
	}
	theirs, err := flow.Read(ctx, readingOf{"files", at}, func(ctx context.Context) (fs.FS, error) { return y.Remote.Fetch(ctx, at) })
	if err != nil {
		return false, err
	}
	ours, err := y.Repo.Tree(sha)
	if err != nil {
		return false, err
	}
	return sameFiles(ours, theirs, s.Files())
}

// sameFiles says whether two trees have the same bytes in all of the files, of which
// there must be one.
func sameFiles(a, b fs.FS, files []string) (bool, error) {
	for _, f := range files {
		x, err := fs.ReadFile(a, f)
		if err != nil {
			return false, err
		}
		y, err := fs.ReadFile(b, f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return false, nil
		case err != nil:
			return false, err
		case string(x) != string(y):
			return false, nil
		}
	}
	return len(files) > 0, nil
}

// publishes refuses a branch whose push would itself start a job that publishes, or
// may.
func (s *PushSetup) publishes(sha string) (f flow.Finding, stop bool) {
	tree, err := s.yard.Repo.Tree(sha)
	if err != nil {
		return unknown(unreadTree(err)), true
	}
	c, err := s.yard.Repo.Commit(sha)
	if err != nil {
		return unknown(unreadTree(err)), true
	}
	e := s.yard.pushed(s.ref(), c.Message)
	e.DefaultBranch = s.setup.Default
	p, err := rules.Predict(tree, e)
	if err != nil {
		return unknown(unreadTree(err)), true
	}
	sure, perhaps := p.Deploying(rules.Yes), p.Deploying(rules.Undecided)
	if len(sure)+len(perhaps) == 0 {
		return flow.Finding{}, false
	}
	return failed(s.wouldPublish(sure, perhaps)), true
}

// Run creates the branch, if it is still to be made. The server itself refuses if it
// appeared meanwhile.
func (s *PushSetup) Run(ctx context.Context, log flow.Log) error {
	f, sha, now := s.judge(ctx)
	if !now {
		return fmt.Errorf("push: %s", f.Text)
	}
	err := s.yard.Remote.Create(ctx, s.ref(), sha, log)
	var uncertain *gitops.UncertainError
	if err == nil || errors.As(err, &uncertain) {
		s.sent = sha
	}
	return s.yard.writeProblem("push", err)
}

// Undo deletes the branch, if it still is at our commit. That it is gone is as good.
func (s *PushSetup) Undo(ctx context.Context, log flow.Log) error {
	if s.sent == "" {
		return elsewhere("the branch "+s.setup.Branch+" on "+s.yard.Remote.Name(), flow.Shell([]string{"git", "ls-remote", s.yard.Remote.URL(), s.ref()}))
	}
	err := s.yard.Remote.Delete(ctx, s.ref(), s.sent, log)
	var moved *gitops.MovedError
	if errors.As(err, &moved) && moved.Have != "" {
		return s.moved(moved)
	}
	if err != nil && moved == nil {
		return s.yard.writeProblem("delete", err)
	}
	log(s.setup.Branch + " is gone from " + s.yard.Remote.Name())
	s.sent = ""
	return nil
}

// Command is what a person would type. While the commit is still to be made it is
// whatever is checked out by then.
func (s *PushSetup) Command() []string {
	head, err := s.yard.Repo.Head()
	if err != nil {
		return nil
	}
	sha := head.SHA
	if head.Branch != s.setup.Branch {
		sha = "HEAD"
	}
	return gitops.CreateCommand(s.yard.Remote.URL(), s.ref(), sha)
}
