package steps

import (
	"context"
	"fmt"

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
	f, _ := s.judge(ctx)
	return f
}

// judge says besides whether the branch may be deleted now.
func (s DeleteBranch) judge(ctx context.Context) (f flow.Finding, now bool) {
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theRefs|theBuilds); !ok {
		return f, false
	}
	at, ref := e.at(s.Target.Ref), s.Target.ShortRef()
	confirmed := ConfirmIndex(s).Observe(ctx)
	switch {
	case confirmed.Status == flow.Unknown:
		return confirmed, false
	case confirmed.Status != flow.Done:
		return todo("%s stays until every file is proved", ref), false
	case at == "":
		return done("%s is gone from %s", ref, s.World.Remote.Name()), false
	case at != s.Target.Commit:
		return done("our %s is gone; it stands at %s for another release", ref, short(at)), false
	case e.alone && !s.World.expected(ctx, e).met(e):
		return failed(s.kept()), false
	case !e.alone && (len(e.ours()) == 0 || !final(e.ours())):
		return todo("%s stays until CI shows that every job is finished", ref), false
	}
	return todo("delete %s at %s", ref, short(s.Target.Commit)), true
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
	if f, now := s.judge(ctx); !now {
		return fmt.Errorf("delete: %s", f.Text)
	}
	return s.World.writeProblem("delete", s.World.Remote.Delete(ctx, s.Target.Ref, s.Target.Commit, log))
}

// Command is what a person would type.
func (s DeleteBranch) Command() []string {
	return gitops.DeleteCommand(s.World.Remote.URL(), s.Target.Ref, s.Target.Commit)
}
