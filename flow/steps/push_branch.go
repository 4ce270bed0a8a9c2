package steps

import (
	"context"
	"fmt"

	"ferry/flow"
	"ferry/gitops"
)

// PushBranch: the release branch was put at our commit, once. It is to do only
// where the branch, any build of the commit on it, and any file of the version
// are all positively absent.
type PushBranch struct {
	World  World
	Target Target
}

// Observe reads all witnesses: the branch may be gone already because
// everything is over.
func (s PushBranch) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if e.refsErr == nil && e.at(s.Target.Ref) == s.Target.Commit {
		return s.World.there(e)
	}
	if e.buildsErr == nil && len(e.ours()) > 0 {
		b := e.ours()[0]
		return done("%s was pushed at %s: build #%s", s.Target.ShortRef(), short(s.Target.Commit), b.Number)
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	if e.published() {
		if e.mine() {
			return done("%s was pushed at %s: its files are on %s", s.Target.ShortRef(), short(s.Target.Commit), s.World.Index.Label())
		}
		return conflict(s.World.taken(e))
	}
	if p := s.World.otherBranch(ctx, e); p != nil {
		return conflict(p)
	}
	return todo("push %s to %s at %s", short(s.Target.Commit), s.Target.ShortRef(), s.World.Remote.URL())
}

// there is the release ref at our commit.
func (w World) there(e evidence) flow.Finding {
	t := e.target
	f := done("%s = %s on %s", t.ShortRef(), short(t.Commit), w.Remote.Name())
	f.Facts = []flow.Fact{w.refFact(t.Ref, t.Commit)}
	f.Proof = []flow.Proof{{What: t.Ref + " at " + t.Commit, Where: w.Remote.URL()}}
	return f
}

// Run creates the branch, if it is still to be made. The server itself refuses
// if it appeared meanwhile.
func (s PushBranch) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("push: %s", f.Text)
	}
	return s.World.writeProblem("push", s.World.Remote.Create(ctx, s.Target.Ref, s.Target.Commit, log))
}

// Command is what a person would type.
func (s PushBranch) Command() []string {
	return gitops.CreateCommand(s.World.Remote.URL(), s.Target.Ref, s.Target.Commit)
}
