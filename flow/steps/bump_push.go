package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/gitops"
)

// PushMain: the remote's default branch has the commit with the version. It is led on
// by that one commit, and only from its parent.
type PushMain struct {
	World World
	Bump  Bump
}

func (s PushMain) ref() string { return "refs/heads/" + s.Bump.Default }

// Observe compares the branch here with the remote's.
func (s PushMain) Observe(ctx context.Context) flow.Finding {
	f, _, _ := s.judge(ctx)
	return f
}

// judge gives besides the tip and the commit that may be put on it now.
func (s PushMain) judge(ctx context.Context) (f flow.Finding, old, sha string) {
	d, err := s.World.desk(ctx, s.Bump)
	if err != nil {
		return unknown(deskProblem(err)), "", ""
	}
	refs, err := s.World.refs(ctx)
	if err != nil {
		return unknown(s.World.remoteProblem(err)), "", ""
	}
	at, head := tip(refs, s.ref()), d.head.SHA
	on, err := s.contains(ctx, at, head)
	switch {
	case err != nil:
		return unknown(s.World.remoteProblem(err)), "", ""
	case d.bumped(s.Bump) && on:
		return s.there(at, head), "", ""
	case d.bumped(s.Bump):
		return s.forward(at, head)
	case at != head:
		return conflict(s.apart(at, head)), "", ""
	}
	if f, stop := s.publishes(head); stop {
		return f, "", ""
	}
	return todo(afterThis+"%s is committed", s.Bump.Version), "", ""
}

// contains says whether the remote's branch has the commit, as far as this clone can
// tell: a tip that it lacks may have it.
func (s PushMain) contains(ctx context.Context, at, sha string) (bool, error) {
	switch {
	case at == sha:
		return true, nil
	case at == "" || !s.World.Repo.Has(at):
		return false, nil
	}
	return s.World.Repo.Contains(ctx, at, sha)
}

func (s PushMain) there(at, sha string) flow.Finding {
	f := done("%s is on %s/%s", short(sha), s.World.Remote.Name(), s.Bump.Default)
	f.Facts = []flow.Fact{s.World.refFact(s.ref(), at)}
	f.Proof = []flow.Proof{{What: s.ref() + " at " + at, Where: s.World.Remote.URL()}}
	return f
}

// forward is the push of the one commit, where nothing came between.
func (s PushMain) forward(at, sha string) (flow.Finding, string, string) {
	parent, err := s.World.Repo.Resolve(sha + "^")
	if err != nil {
		return unknown(deskProblem(err)), "", ""
	}
	if at == "" || parent != at {
		return conflict(s.moved(at, sha)), "", ""
	}
	if f, stop := s.publishes(sha); stop {
		return f, "", ""
	}
	return todo("push %s to %s at %s", short(sha), s.Bump.Default, s.World.Remote.URL()), at, sha
}

// publishes refuses a push that would itself start a job that publishes, or may.
func (s PushMain) publishes(sha string) (f flow.Finding, stop bool) {
	jobs, err := s.World.jobsOn(s.ref(), sha)
	if err != nil {
		return unknown(deskProblem(err)), true
	}
	var lines []string
	for _, j := range jobs {
		if j.Deploys() != rules.No {
			lines = append(lines, placeOf(j))
		}
	}
	if len(lines) == 0 {
		return flow.Finding{}, false
	}
	return failed(&flow.Problem{Code: flow.CodeBumpPublish, Class: flow.ClassFailed, Retry: flow.RetrySafe, Lines: lines,
		Text: fmt.Sprintf("A push to %s would publish, or may, by the CI files of the commit: nothing is pushed that does before the release is checked", s.Bump.Default),
		Now:  []string{"nothing was pushed"}, Next: []string{flow.Shell([]string{"ferry", "check", "--branch", s.Bump.Default}), "ferry release --help"}}), true
}

// jobsOn are the jobs that CI has for a push of a commit to a ref.
func (w World) jobsOn(ref, sha string) ([]rules.Job, error) {
	tree, err := w.Repo.Tree(sha)
	if err != nil {
		return nil, err
	}
	c, err := w.Repo.Commit(sha)
	if err != nil {
		return nil, err
	}
	e := w.pushed(ref, c.Message)
	e.DefaultBranch = strings.TrimPrefix(ref, "refs/heads/")
	p, err := rules.Predict(tree, e)
	return p.Jobs, err
}

// apart: something else would be pushed with the commit, or is missing here.
func (s PushMain) apart(at, head string) *flow.Problem {
	remote := s.World.Remote.Name()
	p := &flow.Problem{Code: flow.CodeBumpApart, Class: flow.ClassConflict, Retry: flow.RetrySafe, Now: nothingEdited(),
		Text: fmt.Sprintf("%s is at %s here and at %s on %s: only the commit of the version is pushed, and only on what is there", s.Bump.Default, short(head), short(at), remote)}
	pull, push := flow.Shell([]string{"git", "pull", "--rebase", remote, s.Bump.Default}), flow.Shell([]string{"git", "push", remote, s.Bump.Default})
	p.Next = []string{pull, push}
	if at == "" {
		p.Text = fmt.Sprintf("%s is not on %s", s.Bump.Default, remote)
		p.Next = []string{push}
	}
	return p
}

// moved: the branch is not at the parent of the commit any more.
func (s PushMain) moved(at, sha string) *flow.Problem {
	p := s.apart(at, sha)
	p.Code = flow.CodeBumpMoved
	p.Text = fmt.Sprintf("%s does not stand on %s, where %s is on %s: it is never moved but by one commit forward", short(sha), short(at), s.Bump.Default, s.World.Remote.Name())
	p.Now = []string{"the version is committed here, and was not pushed"}
	return p
}

// Run leads the branch on, if that is still to be done. The server itself refuses if
// it moved meanwhile.
func (s PushMain) Run(ctx context.Context, log flow.Log) error {
	f, old, sha := s.judge(ctx)
	if sha == "" {
		return fmt.Errorf("push: %s", f.Text)
	}
	err := s.World.Remote.Advance(ctx, s.ref(), old, sha, log)
	var moved *gitops.MovedError
	if errors.As(err, &moved) {
		return s.moved(moved.Have, sha)
	}
	return s.World.writeProblem("push", err)
}

// Command is what a person would type.
func (s PushMain) Command() []string {
	return gitops.AdvanceCommand(s.World.Remote.URL(), s.ref(), "HEAD")
}
