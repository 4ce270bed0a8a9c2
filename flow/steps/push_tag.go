package steps

import (
	"context"
	"fmt"
	"time"

	"ferry/flow"
	"ferry/gitops"
)

// PushTag: the annotated tag of the version is at our commit on the remote. The
// tag is the claim: it is created only, and never moved.
type PushTag struct {
	World  World
	Target Target
}

// Observe reads all witnesses.
func (s PushTag) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f
	}
	at, here := e.at(s.Target.Ref), s.World.Repo.Tags()[s.Target.ShortRef()]
	if p := s.wrong(ctx, e, at, here); p != nil {
		return conflict(p)
	}
	if at == s.Target.Commit {
		return s.there(ctx, e, here)
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	switch {
	case len(e.ours()) > 0:
		return conflict(s.gone(fmt.Sprintf("CI built %s at %s, and the tag is gone", s.Target.ShortRef(), short(s.Target.Commit))))
	case e.published():
		return conflict(s.World.taken(e))
	}
	if p := s.World.unsettled(ctx, e); p != nil {
		return conflict(p)
	}
	return todo("push tag %s at %s to %s", s.Target.ShortRef(), short(s.Target.Commit), s.World.Remote.URL())
}

// there says besides who made the tag, and when: a second maintainer must know
// whom they follow. Once files are on the index it is history, and not asked for.
// A tag of the same name in this clone that is somewhere else does nothing to the
// release, and is said.
func (s PushTag) there(ctx context.Context, e evidence, here string) flow.Finding {
	f := s.World.there(e)
	if here != "" && here != s.Target.Commit {
		f.Warning = fmt.Sprintf("tag %s of this clone is at %s, and on %s at %s", s.Target.ShortRef(), short(here), s.World.Remote.Name(), short(s.Target.Commit))
	}
	if e.published() {
		return f
	}
	if by := s.tagger(ctx, e); by != "" {
		f.Text += ", tagged by " + by
	}
	return f
}

// tagger is who made the tag, and when; "" for one that is not annotated.
func (s PushTag) tagger(ctx context.Context, e evidence) string {
	for _, r := range e.refs {
		if r.Name == s.Target.Ref && r.SHA != r.Commit {
			who, when := s.World.holder(ctx, &claim{ref: r.Name, tag: r.SHA, commit: r.Commit})
			return who + " at " + clock(when)
		}
	}
	return ""
}

// Run creates the tag, if it is still to be made.
func (s PushTag) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("tag: %s", f.Text)
	}
	who, err := s.World.Repo.Identity()
	if err != nil {
		return err
	}
	tag := gitops.Tag{Name: s.Target.ShortRef(), Target: s.Target.Commit, Tagger: who, When: time.Now(),
		Message: fmt.Sprintf("%s %s\n", s.Target.Name, s.Target.Version)}
	_, err = s.World.Remote.CreateTag(ctx, s.Target.Ref, tag, log)
	return s.World.writeProblem("tag", err)
}

// Command is what a person would type.
func (s PushTag) Command() []string {
	return keptTagCommand(s.World.Remote.URL(), s.Target.Ref, s.Target.ShortRef(), s.Target.Commit, s.Target.Name+" "+s.Target.Version)
}
