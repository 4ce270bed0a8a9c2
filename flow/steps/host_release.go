package steps

import (
	"context"
	"fmt"
	"io/fs"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// HostRelease: after a release by tag, the git host shows a published release of the
// tag. It comes after all else, and no release fails for it unless it was asked for
// (release.host-release = "yes"). Where it would start a job that publishes, it is
// not made.
type HostRelease struct {
	world  World
	target Target
	told   *hostMemory
}

// NewHostRelease makes the step.
func NewHostRelease(w World, t Target) HostRelease { return HostRelease{w, t, &hostMemory{}} }

func (s HostRelease) asked() bool { return s.target.HostRelease == "yes" }

// Observe reads the releases of the tag, and whether the release is proved. Where none
// is to be made that is said from the beginning, so that nobody agrees to one.
func (s HostRelease) Observe(ctx context.Context) flow.Finding {
	f, _, _ := s.judge(ctx)
	return f
}

// due: one is to be made, once every file is proved.
func (s HostRelease) due(ctx context.Context) bool { return s.Observe(ctx).Status == flow.Todo }

// judge says besides which draft is to be published, and whether it may be now.
func (s HostRelease) judge(ctx context.Context) (f flow.Finding, draft *ci.Release, now bool) {
	if ctx.Err() != nil {
		return unknown(s.world.releaseUnread(s.target, context.Cause(ctx))), nil, false
	}
	if why := s.world.noRelease(); why != "" && !s.asked() {
		return s.without(why), nil, false
	}
	if no := s.told.refused(); no != "" && !s.asked() {
		return s.without(no), nil, false
	}
	list, err := s.world.releases(ctx, s.target)
	switch {
	case err != nil && ctx.Err() == nil && mayNot(err) && !s.asked():
		return s.without(err.Error()), nil, false
	case err != nil:
		return unknown(s.world.releaseUnread(s.target, err)), nil, false
	}
	published, drafts := shown(list)
	if published != nil {
		return s.there(*published), nil, false
	}
	if f, over := s.needless(ctx, drafts); over {
		return f, nil, false
	}
	return s.last(ctx, drafts)
}

// without: we make none, and no release fails for that. Whether somebody else has was not
// always asked.
func (s HostRelease) without(why string) flow.Finding {
	f := done("release %s is not published from here: %s", s.target.ShortRef(), why)
	f.Proof = []flow.Proof{{What: "by hand", Where: s.world.releasePage(s.target)}}
	return f
}

func (s HostRelease) there(r ci.Release) flow.Finding {
	f := done("release %s is published: %s", s.target.ShortRef(), r.URL)
	f.Facts, f.Proof = []flow.Fact{s.world.releaseFact(s.target, r)}, []flow.Proof{proofOf(s.target, r)}
	return f
}

// needless: nothing is to be made, because nobody expects it or because it would
// publish again.
func (s HostRelease) needless(ctx context.Context, drafts []ci.Release) (f flow.Finding, over bool) {
	if len(drafts) == 0 && !s.asked() {
		ever, err := s.anyRelease(ctx)
		switch {
		case err != nil:
			return unknown(s.world.releaseUnread(s.target, err)), true
		case !ever:
			return s.without(`none was ever published there; release.host-release = "yes" makes one`), true
		}
	}
	again, err := s.starts(ctx)
	switch {
	case err != nil:
		return unknown(s.world.remoteProblem(err)), true
	case again != "":
		f := s.without("publishing one would start " + again + " again")
		f.Warning = f.Text
		return f, true
	}
	if len(drafts) > 1 && !s.asked() {
		f := s.without(fmt.Sprintf("it has %d drafts of it", len(drafts)))
		f.Warning = f.Text
		return f, true
	}
	if p := s.target.Notes.Problem; p != nil && !s.asked() {
		f := s.without(p.Text)
		f.Warning = f.Text
		return f, true
	}
	return flow.Finding{}, false
}

func (s HostRelease) anyRelease(ctx context.Context) (bool, error) {
	r, ok := s.world.Host.(ci.Releaser)
	if !ok {
		return false, nil
	}
	return flow.Read(ctx, readingOf{"any release", s.world.Host.Name()}, r.AnyRelease)
}

// starts names a job that publishes when the release is published, or may; "" if
// none does, by the CI files of the commit.
func (s HostRelease) starts(ctx context.Context) (string, error) {
	tree, err := flow.Read(ctx, readingOf{"tree", s.target.Commit}, func(ctx context.Context) (fs.FS, error) {
		return s.world.tree(ctx, s.target.Commit)
	})
	if err != nil {
		return "", err
	}
	published := s.world.events(ByRelease, s.target.Ref, s.target.Version, s.target.Message)[0]
	p, err := rules.Predict(tree, published)
	for _, j := range append(p.Deploying(rules.Yes), p.Deploying(rules.Undecided)...) {
		return fmt.Sprintf("%s (%s:%d)", jobLabel(j), j.File, j.Line), err
	}
	return "", err
}

// last: it is to be made, once every file is proved.
func (s HostRelease) last(ctx context.Context, drafts []ci.Release) (f flow.Finding, draft *ci.Release, now bool) {
	ref := s.target.ShortRef()
	f = todo("publish release %s", ref)
	s.told.saw(nil)
	if len(drafts) == 1 {
		draft = &drafts[0]
		s.told.saw(draft)
		f.Text = fmt.Sprintf("publish the draft of release %s: %s", ref, draft.URL)
	}
	f.Facts = s.target.notesFor(draft).facts()
	e := s.world.look(ctx, s.target, theRefs)
	switch confirmed := (ConfirmIndex{s.world, s.target}).Observe(ctx); {
	case e.refsErr != nil:
		return unknown(s.world.remoteProblem(e.refsErr)), nil, false
	case confirmed.Status == flow.Unknown:
		return confirmed, nil, false
	case confirmed.Status != flow.Done || e.at(s.target.Ref) != s.target.Commit:
		f.Text += "; not before every file is proved"
		return f, nil, false
	case len(drafts) > 1:
		return conflict(severalDrafts(s.target, drafts)), nil, false
	case s.world.noRelease() != "":
		return failed(s.world.releaseByHand(s.target)), nil, false
	case s.target.Notes.Problem != nil:
		return failed(s.target.Notes.Problem), nil, false
	}
	return f, draft, true
}

// Run publishes it, if that is still to be done. A no to who we are is remembered:
// nothing depends on it.
func (s HostRelease) Run(ctx context.Context, log flow.Log) error {
	f, draft, now := s.judge(ctx)
	if !now {
		return fmt.Errorf("release: %s", f.Text)
	}
	err := s.world.publish(ctx, s.target, draft, log)
	if err != nil && mayNot(err) {
		s.told.refuse(err)
	}
	return err
}

// Command is what a person would type.
func (s HostRelease) Command() []string { return s.world.releaseCommand(s.target, s.told) }
