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
	switch at := e.at(s.Target.Ref); {
	case at == s.Target.Commit:
		return s.there(ctx, e)
	case at != "":
		p := s.elsewhere(at)
		if by := s.tagger(ctx, e); by != "" {
			p.Now = append(p.Now, s.Target.ShortRef()+" was tagged by "+by)
		}
		return conflict(p)
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
func (s PushTag) there(ctx context.Context, e evidence) flow.Finding {
	f := s.World.there(e)
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

func (s PushTag) elsewhere(at string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeTagElsewhere, Class: flow.ClassConflict, Retry: flow.RetryNewVersion,
		Text: fmt.Sprintf("Tag %s is at %s rather than our %s", s.Target.ShortRef(), short(at), short(s.Target.Commit)),
		Now:  []string{fmt.Sprintf("%s is at %s on %s; a tag is never moved", s.Target.Ref, at, s.World.Remote.Name())},
		Next: []string{fmt.Sprintf("git fetch %s tag %s", s.World.Remote.Name(), s.Target.ShortRef()), "git show " + s.Target.ShortRef()}}
}

func (s PushTag) gone(text string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeTagElsewhere, Class: flow.ClassConflict, Retry: flow.RetryUnsafe, Text: text,
		Now: []string{"somebody deleted the tag; pushing it again would start a second build"}, Next: []string{"ferry status"}}
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
