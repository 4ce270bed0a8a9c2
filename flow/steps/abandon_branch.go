package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ferry/flow"
	"ferry/gitops"
)

// AbandonBranch: a release that came to nothing is given up, and its branch is
// gone. It is deleted only at the exact commit, only while no job runs and none is
// about to, and only where no file of the version is on the index. That a person
// gives it up is for the gate to ask.
type AbandonBranch struct {
	World  World
	Target Target
}

// Observe reads all witnesses.
func (s AbandonBranch) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f
	}
	if e.at(s.Target.Ref) == "" && s.Target.By != ByDispatch {
		return done("%s is gone from %s", s.Target.ShortRef(), s.World.Remote.Name())
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	if p := s.World.keeps(ctx, e); p != nil {
		if p.Class == flow.ClassConflict {
			return conflict(p)
		}
		return failed(p)
	}
	f := todo("delete %s at %s, and give %s up from there", s.Target.ShortRef(), short(s.Target.Commit), s.Target.Version)
	f.Facts = append(s.World.buildFacts(e), s.World.indexFacts(e)...)
	return f
}

// Run deletes the branch, if that is still to be done and still right. The server
// itself refuses if the branch moved meanwhile.
func (s AbandonBranch) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("abandon: %s", f.Text)
	}
	return s.World.writeProblem("abandon", s.World.Remote.Delete(ctx, s.Target.Ref, s.Target.Commit, log))
}

// Command is what a person would type.
func (s AbandonBranch) Command() []string {
	return gitops.DeleteCommand(s.World.Remote.URL(), s.Target.Ref, s.Target.Commit)
}

// keeps says why the release branch may not be given up; nil if it may. All
// witnesses were read.
func (w World) keeps(ctx context.Context, e evidence) *flow.Problem {
	t, at := e.target, e.at(e.target.Ref)
	p := &flow.Problem{Code: flow.CodeNotGivenUp, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Now: []string{"nothing was deleted"}, Next: []string{"ferry recover " + t.Version}}
	switch {
	case t.By == ByDispatch:
		return w.unmade(p)
	case !strings.HasPrefix(t.Ref, "refs/heads/"):
		p.Text = fmt.Sprintf("%s is a tag, which is never deleted or moved", t.ShortRef())
	case at == "":
		p.Text = fmt.Sprintf("There is no %s on %s to delete", t.ShortRef(), w.Remote.Name())
	case at != t.Commit:
		p.Class = flow.ClassConflict
		p.Text = fmt.Sprintf("%s is at %s, and only the branch at %s would be given up", t.ShortRef(), short(at), short(t.Commit))
	case e.published():
		p.Class, p.Retry = flow.ClassConflict, flow.RetryNewVersion
		p.Text = fmt.Sprintf("Files of %s are on %s: what is published is not given up", t.Version, w.Index.Label())
	case withdrawnProject(e.simple().page):
		p.Text = fmt.Sprintf("%s shows no file of %s as it is, so nobody can tell whether one of %s is there", w.Index.Label(), t.Name, t.Version)
	default:
		return w.lives(ctx, e, p)
	}
	return p
}

// lives says why something may still come of a branch that stands at our commit.
func (w World) lives(ctx context.Context, e evidence, p *flow.Problem) *flow.Problem {
	p.Class = flow.ClassWaiting
	switch claimed, over := w.attemptOver(ctx, e); {
	case e.alone:
		p.Class = flow.ClassFailed
		p.Text = "There is no CI to ask whether a job runs"
		p.Next = append(p.Next, flow.Shell(AbandonBranch{w, e.target}.Command()))
	case !final(e.builds):
		p.Text = "A job goes on, and may publish"
	case !over:
		p.Text = fmt.Sprintf("It was claimed at %s, and CI may still start its build", clock(claimed))
	case !e.nothing(claimed):
		p.Text = fmt.Sprintf("A page of %s may be older than the last upload", w.Index.Label())
	default:
		return nil
	}
	return p
}

// attemptOver says whether the time is over in which a claim's first build may
// still come. Without a claim nobody can say when the branch was pushed.
func (w World) attemptOver(ctx context.Context, e evidence) (claimed time.Time, over bool) {
	c := e.claimAtCommit()
	if len(e.builds) > 0 || c == nil {
		return time.Time{}, true
	}
	_, claimed = w.holder(ctx, c)
	return claimed, !w.inGrace(claimed)
}

// claimAtCommit is the newest claim of the version at our commit; nil if there is none.
func (e evidence) claimAtCommit() (found *claim) {
	for _, c := range e.claims() {
		if c.commit == e.target.Commit {
			found = &c
		}
	}
	return found
}

// nothing says whether no file came of the attempt, by the rule of absence. Where
// no build was ever seen and nothing says when one could have been, the pages as
// they are must do.
func (e evidence) nothing(claimed time.Time) bool {
	switch {
	case len(e.builds) > 0:
		return e.absent(lastEnd(e.builds))
	case !claimed.IsZero():
		return e.absent(claimed)
	}
	return e.indexErr() == nil && !e.published()
}
