package steps

import (
	"context"
	"fmt"
	"slices"

	"ferry/flow"
	"ferry/gitops"
)

// wrong is why the tag is not the one that ferry would make: at is where it is on
// the remote, here where it is in this clone. Nil if nothing is.
func (s PushTag) wrong(ctx context.Context, e evidence, at, here string) *flow.Problem {
	if at == s.Target.Commit && e.lightweight() {
		return s.lightweight()
	}
	return s.misplaced(ctx, e, at, here)
}

// misplaced is the same of a tag of whatever kind.
func (s PushTag) misplaced(ctx context.Context, e evidence, at, here string) *flow.Problem {
	var p *flow.Problem
	ref, ours := s.Target.ShortRef(), s.Target.Commit
	switch {
	case at == ours || at == "" && (here == "" || here == ours):
		return nil
	case at == "":
		return s.moved(fmt.Sprintf("Tag %s of this clone is at %s rather than our %s", ref, short(here), short(ours)))
	case here == ours:
		p = s.moved(fmt.Sprintf("Tag %s is at our %s here and at %s on %s", ref, short(here), short(at), s.World.Remote.Name()))
	default:
		p = s.elsewhere(at)
	}
	if by := s.tagger(ctx, e); by != "" {
		p.Now = append(p.Now, ref+" was tagged by "+by)
	}
	return p
}

// lightweight: the release ref is a tag without a tagger and a date.
func (e evidence) lightweight() bool {
	return slices.ContainsFunc(e.refs, func(r gitops.Ref) bool { return r.Name == e.target.Ref && r.SHA == r.Commit })
}

func (s PushTag) lightweight() *flow.Problem {
	return &flow.Problem{Code: flow.CodeTagLightweight, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("Tag %s is at our %s, and is a lightweight one: it says neither who made it nor when", s.Target.ShortRef(), short(s.Target.Commit)),
		Now:  []string{"somebody or something else made it; CI may have started from it already", "a tag is never moved, nor made anew"},
		Next: []string{"ferry release --by external", "ferry status"}}
}

// moved: two places that know the tag do not agree, or it is gone from where it was.
func (s PushTag) moved(text string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeTagMoved, Class: flow.ClassConflict, Retry: flow.RetryUnsafe, Text: text,
		Now: []string{"a tag is never moved"}, Next: []string{"git show " + s.Target.ShortRef(), flow.Shell([]string{"git", "ls-remote", s.World.Remote.URL(), s.Target.Ref}), "ferry status"}}
}

// builtElsewhere: the tag is at our commit, and CI built it only at another one. Nil
// where that is not so.
func (s PushTag) builtElsewhere(e evidence) *flow.Problem {
	b, ours := e.elsewhere(), s.Target.Commit
	if b == nil || e.at(s.Target.Ref) != ours {
		return nil
	}
	return &flow.Problem{Code: flow.CodeTagElsewhere, Class: flow.ClassConflict, Retry: flow.RetryNewVersion,
		Text: fmt.Sprintf("Tag %s is at %s, and CI built it at %s: it was moved", s.Target.ShortRef(), short(ours), short(b.SHA)),
		Now:  []string{fmt.Sprintf("%s is at %s on %s", s.Target.Ref, ours, s.World.Remote.Name()), "what CI made of it is of " + b.SHA}, Next: []string{"git show " + short(b.SHA), "ferry recover " + s.Target.Version}}
}

func (s PushTag) elsewhere(at string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeTagElsewhere, Class: flow.ClassConflict, Retry: flow.RetryNewVersion,
		Text: fmt.Sprintf("Tag %s is at %s rather than our %s", s.Target.ShortRef(), short(at), short(s.Target.Commit)),
		Now:  []string{fmt.Sprintf("%s is at %s on %s; a tag is never moved", s.Target.Ref, at, s.World.Remote.Name())},
		Next: []string{fmt.Sprintf("git fetch %s tag %s", s.World.Remote.Name(), s.Target.ShortRef()), "git show " + s.Target.ShortRef()}}
}

func (s PushTag) gone(text string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeTagMoved, Class: flow.ClassConflict, Retry: flow.RetryUnsafe, Text: text,
		Now: []string{"somebody deleted the tag; pushing it again would start a second build"}, Next: []string{"ferry status"}}
}
