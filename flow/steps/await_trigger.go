package steps

import (
	"context"
	"fmt"

	"ferry/flow"
)

// AwaitTrigger: something else than ferry, such as release-please, has made the tag
// of the version at our commit.
type AwaitTrigger struct {
	World  World
	Target Target
}

// Observe reads the remote's refs.
func (s AwaitTrigger) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, theRefs)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f
	}
	switch at := e.at(s.Target.Ref); at {
	case s.Target.Commit:
		return s.World.there(e)
	case "":
		text := fmt.Sprintf("%s is not there yet; something else makes it", s.Target.ShortRef())
		return flow.Finding{Status: flow.Underway, Text: text, Problem: &flow.Problem{Code: flow.CodeNotTriggered, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("Nothing has released %s %s yet: there is no %s on %s", s.Target.Name, s.Target.Version, s.Target.ShortRef(), s.World.Remote.Name()),
			Now:  []string{"nothing was pushed, and nothing is: release.trigger says that something else does it"}, Next: []string{"ferry status --follow"}}}
	default:
		return conflict(PushTag(s).elsewhere(at))
	}
}

// Run does nothing: that is the point of it.
func (AwaitTrigger) Run(context.Context, flow.Log) error { return nil }

// Command is how to look by hand.
func (s AwaitTrigger) Command() []string {
	return []string{"git", "ls-remote", s.World.Remote.URL(), s.Target.Ref}
}

// adopt takes a run of the commit on another ref for ours, where something else set
// the release going: what makes the tag often publishes in the same run, on the
// default branch. Only files say that one of them did; till then the tag's own build
// is waited for.
func (w World) adopt(ctx context.Context, e *evidence) {
	t := e.target
	if t.By != ByOthers || e.buildsErr != nil || len(e.ours()) > 0 || !e.published() || e.at(t.Ref) != t.Commit {
		return
	}
	e.builds, e.buildsErr = w.commitRuns(ctx, t.Commit)
}
