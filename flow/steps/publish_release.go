package steps

import (
	"context"
	"fmt"
	"slices"

	"ferry/flow"
	"ferry/flow/ci"
)

// PublishRelease: the git host shows a published release of the tag, and the tag is
// at our commit. Publishing makes the tag where there is none; both start CI. It is
// never done twice: a host refuses a second release of a tag.
type PublishRelease struct {
	World  World
	Target Target

	told *hostMemory
}

// NewPublishRelease makes the step. One without a memory of its own knows no command
// for a draft.
func NewPublishRelease(w World, t Target) PublishRelease { return PublishRelease{w, t, &hostMemory{}} }

// Observe reads all witnesses, and the releases of the tag.
func (s PublishRelease) Observe(ctx context.Context) flow.Finding {
	f, _ := s.judge(ctx)
	return f
}

// judge gives besides the draft to publish, where there is one and it is to do.
func (s PublishRelease) judge(ctx context.Context) (flow.Finding, *ci.Release) {
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f, nil
	}
	list, err := s.World.releases(ctx, s.Target)
	published, drafts := shown(list)
	if published != nil && e.at(s.Target.Ref) == "" {
		e = s.again(ctx, e)
	}
	if e.refsErr != nil {
		return unknown(s.World.remoteProblem(e.refsErr)), nil
	}
	at, here := e.at(s.Target.Ref), s.World.Repo.Tags()[s.Target.ShortRef()]
	p := s.tag().misplaced(ctx, e, at, here)
	switch {
	case p != nil:
		return conflict(withRelease(p, published)), nil
	case err != nil:
		return unknown(s.World.releaseUnread(s.Target, err)), nil
	case published != nil && at == "":
		return conflict(s.tagGone(*published)), nil
	case published != nil:
		return s.there(e, *published, here), nil
	}
	if f, over := s.guarded(ctx, e, at); over {
		return f, nil
	}
	return s.free(drafts)
}

// withRelease adds who published the release at another commit, and when.
func withRelease(p *flow.Problem, r *ci.Release) *flow.Problem {
	if r != nil {
		p.Now = append(p.Now, fmt.Sprintf("release %s was %s: %s", r.Tag, publishedBy(*r), r.URL))
	}
	return p
}

// tag is the step of the tag that a release makes: most of what is wrong with it is
// the same.
func (s PublishRelease) tag() PushTag { return PushTag{s.World, s.Target} }

// again lists the refs after the releases were read: a list of before a release was
// published must not be taken for a tag that is gone.
func (s PublishRelease) again(ctx context.Context, e evidence) evidence {
	e.refs, e.refsErr = flow.Read(ctx, readingOf{"refs after the releases", s.World.Remote.URL()}, s.World.Remote.Refs)
	return e
}

// there is the release at our commit. Once files are on the index who made it is
// history.
func (s PublishRelease) there(e evidence, r ci.Release, here string) flow.Finding {
	f := done("release %s is at %s", s.Target.ShortRef(), short(s.Target.Commit))
	if !e.published() {
		f.Text += ", " + publishedBy(r)
	}
	if here != "" && here != s.Target.Commit {
		f.Warning = fmt.Sprintf("tag %s of this clone is at %s, and on %s at %s", s.Target.ShortRef(), short(here), s.World.Remote.Name(), short(s.Target.Commit))
	}
	f.Facts = []flow.Fact{s.World.refFact(s.Target.Ref, s.Target.Commit), s.World.releaseFact(s.Target, r)}
	f.Proof = []flow.Proof{{What: s.Target.Ref + " at " + s.Target.Commit, Where: s.World.Remote.URL()}, proofOf(s.Target, r)}
	return f
}

// guarded: the host shows no release, and CI was started all the same, or may have
// been, or files are there: publishing one now would start it again.
func (s PublishRelease) guarded(ctx context.Context, e evidence, at string) (f flow.Finding, over bool) {
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f, true
	}
	ours := e.ours()
	byRelease := slices.ContainsFunc(ours, func(b build) bool { return b.Event == "release" })
	switch {
	case at == "" && len(ours) > 0:
		return conflict(s.tag().gone(fmt.Sprintf("CI built %s at %s, and the tag is gone", s.Target.ShortRef(), short(s.Target.Commit)))), true
	case at == "" && e.published():
		return conflict(s.World.taken(e)), true
	case byRelease:
		return conflict(s.gone()), true
	case e.published():
		f := s.World.there(e)
		f.Text += "; its files are on " + s.World.Index.Label()
		f.Warning = fmt.Sprintf("the host shows no release %s, and none is published now: it could start the upload again", s.Target.ShortRef())
		return f, true
	}
	if p := s.World.unsettled(ctx, e); p != nil {
		return conflict(p), true
	}
	return flow.Finding{}, false
}

// free: nothing stands against it but what is on the host, or who we are there.
func (s PublishRelease) free(drafts []ci.Release) (flow.Finding, *ci.Release) {
	ref, at := s.Target.ShortRef(), short(s.Target.Commit)
	switch {
	case len(drafts) > 1:
		return conflict(severalDrafts(s.Target, drafts)), nil
	case s.World.noRelease() != "":
		return failed(s.World.releaseByHand(s.Target)), nil
	case s.Target.Notes.Problem != nil:
		return failed(s.Target.Notes.Problem), nil
	}
	s.told.saw(nil)
	f := todo("publish release %s at %s on %s", ref, at, s.World.Remote.Hostname())
	f.Facts = s.Target.notesFor(nil).facts()
	if len(drafts) == 0 {
		return f, nil
	}
	f.Facts = s.Target.notesFor(&drafts[0]).facts()
	f.Text = fmt.Sprintf("publish the draft of release %s at %s: %s", ref, at, drafts[0].URL)
	s.told.saw(&drafts[0])
	return f, &drafts[0]
}

// Run publishes it, if that is still to be done. The host itself refuses a second
// one.
func (s PublishRelease) Run(ctx context.Context, log flow.Log) error {
	f, draft := s.judge(ctx)
	if f.Status != flow.Todo {
		return fmt.Errorf("release: %s", f.Text)
	}
	return s.World.publish(ctx, s.Target, draft, log)
}

// Command is what a person would type.
func (s PublishRelease) Command() []string { return s.World.releaseCommand(s.Target, s.told) }
