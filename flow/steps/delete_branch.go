package steps

import (
	"context"
	"fmt"
	"time"

	"ferry/flow"
	"ferry/gitops"
)

// DeleteBranch: the release is confirmed and the release branch is gone. It is
// deleted only at the exact commit that was released, only while everything is
// confirmed and all jobs are final: a job that starts later clones the branch.
type DeleteBranch struct {
	World  World
	Target Target
}

// Observe reads the branch and whether the release is confirmed.
func (s DeleteBranch) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f
	}
	at := e.at(s.Target.Ref)
	confirmed := ConfirmIndex(s).Observe(ctx)
	if confirmed.Status == flow.Unknown {
		return confirmed
	}
	if confirmed.Status != flow.Done {
		return todo("%s stays until every file is proved", s.Target.ShortRef())
	}
	switch at {
	case s.Target.Commit:
		return s.mayGo(ctx, e)
	case "":
		return done("%s is gone from %s", s.Target.ShortRef(), s.World.Remote.Name())
	}
	return done("our %s is gone; it stands at %s for another release", s.Target.ShortRef(), short(at))
}

// mayGo: the branch is at our commit and the release is confirmed.
func (s DeleteBranch) mayGo(ctx context.Context, e evidence) flow.Finding {
	if len(s.World.CI) == 0 && !s.World.expected(ctx, e).exact {
		return failed(s.kept())
	}
	if ours := e.ours(); !final(ours) {
		return todo("%s stays until every job is finished", s.Target.ShortRef())
	}
	return todo("delete %s at %s", s.Target.ShortRef(), short(s.Target.Commit))
}

// kept: without a CI to ask and without a list of files nobody can say that the
// upload is over.
func (s DeleteBranch) kept() *flow.Problem {
	return &flow.Problem{Code: flow.CodeBranchKept, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s is kept: there is no CI to ask, and nothing says which files the release must have", s.Target.ShortRef()),
		Now:  []string{fmt.Sprintf("%s %s is on %s; set release.artifacts to have its files counted", s.Target.Name, s.Target.Version, s.World.Index.Label())},
		Next: []string{flow.Shell(s.Command())}}
}

// Run deletes the branch, if that is still to be done and still right. The
// server itself refuses if the branch moved meanwhile.
func (s DeleteBranch) Run(ctx context.Context, log flow.Log) error {
	e := s.World.look(ctx, s.Target, everything)
	confirmed := ConfirmIndex(s).Observe(ctx)
	switch {
	case e.refsErr != nil || e.at(s.Target.Ref) != s.Target.Commit:
		return fmt.Errorf("delete: %s is not at %s", s.Target.ShortRef(), short(s.Target.Commit))
	case confirmed.Status != flow.Done || time.Now().Round(0).Sub(confirmed.At) > s.World.Waits.Fresh && !confirmed.At.IsZero():
		return fmt.Errorf("delete: not confirmed: %s", confirmed.Text)
	case e.buildsErr != nil || !final(e.ours()):
		return fmt.Errorf("delete: jobs are not known to be finished")
	}
	return s.World.writeProblem("delete", s.World.Remote.Delete(ctx, s.Target.Ref, s.Target.Commit, log))
}

// Command is what a person would type.
func (s DeleteBranch) Command() []string {
	return gitops.DeleteCommand(s.World.Remote.URL(), s.Target.Ref, s.Target.Commit)
}
