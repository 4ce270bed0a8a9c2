package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
	"ferry/pypi"
)

// witness is a set of witnesses to read.
type witness int

const (
	theRefs witness = 1 << iota
	theBuilds
	theIndex
	everything = theRefs | theBuilds | theIndex
)

// evidence is what the witnesses say. Each has its own error: one that cannot
// be read says nothing about the others.
type evidence struct {
	target Target
	alone  bool // there is no CI to ask

	refs    []gitops.Ref
	refsErr error
	tip     string // of the default branch, where that is what a release by dispatch builds
	head    string // the default branch, as the remote names it
	stood   bool   // a deletion of ours found the release ref at the target's commit

	builds    []build // on the release ref, of any commit, newest first
	buildsErr error
	readAt    time.Time // when CI's answers came: who waits is given some of a while ago

	surfaces []surface // the index's pages: simple, and json where there is one
}

type build struct {
	ci.Build
	provider ci.Provider
}

type surface struct {
	name  string
	page  pypi.Page
	files []pypi.File // of the target's version
	err   error
}

type readingOf struct{ what, about string }

// look reads the asked witnesses at the same time.
func (w World) look(ctx context.Context, t Target, want witness) evidence {
	e := evidence{target: t, alone: len(w.CI) == 0}
	var wg sync.WaitGroup
	read := func(need witness, f func()) {
		if want&need != 0 {
			wg.Go(f)
		}
	}
	e.surfaces = w.surfaces()
	read(theRefs, func() { e.refs, e.refsErr = w.refs(ctx) })
	read(theBuilds, func() { e.builds, e.buildsErr = w.buildsOf(ctx, t) })
	for i := range e.surfaces {
		read(theIndex, func() { w.readSurface(ctx, t, &e.surfaces[i]) })
	}
	wg.Wait()
	e.sparesDefault()
	if want&theRefs != 0 && e.torn() {
		e.refs, e.refsErr = w.refsAgain(ctx)
	}
	e.readAt = flow.ReadAt(ctx)
	w.adopt(ctx, &e)
	e.stood = w.Remote != nil && w.Remote.Found(t.Ref, t.Commit)
	return e
}

func (w World) refs(ctx context.Context) ([]gitops.Ref, error) {
	return flow.Read(ctx, readingOf{"refs", w.Remote.URL()}, w.Remote.Refs)
}

// torn says whether the refs may have been listed before a push of which the
// other witnesses, asked at the same time and slower to answer, know already.
// Such a list must not be taken for a ref that is gone.
func (e evidence) torn() bool {
	if e.refsErr != nil || e.target.By == ByDispatch || e.at(e.target.Ref) != "" {
		return false
	}
	return !final(e.builds) || !e.claimed(e.target.Commit) && (len(e.ours()) > 0 || e.published())
}

// refsAgain lists the refs after everything else was read.
func (w World) refsAgain(ctx context.Context) ([]gitops.Ref, error) {
	return flow.Read(ctx, readingOf{"refs after the others", w.Remote.URL()}, w.Remote.Refs)
}

// builds are those of a commit on a ref, with their jobs; where there is none,
// those of any commit on it: another build there may be about to publish.
func (w World) builds(ctx context.Context, ref, commit string) ([]build, error) {
	return flow.Read(ctx, readingOf{"builds " + commit, ref}, func(ctx context.Context) ([]build, error) {
		return w.buildsLike(ctx, ci.Query{Ref: ref, SHA: commit}, func(build) bool { return true })
	})
}

// buildsLike are those among the answers to a query that are meant.
func (w World) buildsLike(ctx context.Context, q ci.Query, meant func(build) bool) ([]build, error) {
	ctx, done := polite(ctx)
	defer done()
	var out []build
	var unread error
	for _, p := range w.CI {
		bs, err := answered(ctx, p, q, meant)
		if err == nil && len(bs) == 0 {
			bs, err = answered(ctx, p, ci.Query{Ref: q.Ref, ByHand: q.ByHand}, meant)
		}
		if err != nil { // the other CIs go on
			unread = also(unread, unreadSince(p, err))
		}
		for _, b := range bs {
			if b.Ref == q.Ref { // a provider may know of others only that they exist
				out = append(out, b)
			}
		}
	}
	return out, unread
}

// answered are the builds of one CI that are meant.
func answered(ctx context.Context, p ci.Provider, q ci.Query, meant func(build) bool) (out []build, err error) {
	bs, err := p.Builds(ctx, q)
	for _, b := range bs {
		if b := (build{b, p}); meant(b) {
			out = append(out, b)
		}
	}
	return out, err
}

// also puts two errors into one line.
func also(a, b error) error {
	if a == nil {
		return b
	}
	return fmt.Errorf("%w; %w", a, b)
}

// silenced is an error of a CI that was read before.
type silenced struct {
	error
	since time.Time
}

func (u silenced) Unwrap() error { return u.error }

// unreadSince adds since when a CI is unknown, if this process has read it before.
func unreadSince(p ci.Provider, err error) error {
	if d, ok := p.(ci.Dated); ok && !d.LastAnswer().IsZero() {
		return silenced{err, d.LastAnswer()}
	}
	return err
}

// polite lets CI be asked less often while somebody only waits; done tells how old
// the answers are.
func polite(ctx context.Context) (_ context.Context, done func()) {
	if !flow.Patient(ctx) {
		return ctx, func() {}
	}
	watching, w := ci.Watching(ctx)
	return watching, func() { flow.ReadEarlier(ctx, w.ReadAt()) }
}

func (w World) surfaces() []surface {
	if w.Index.HasJSON() {
		return []surface{{name: flow.SurfaceJSON}, {name: flow.SurfaceSimple}}
	}
	return []surface{{name: flow.SurfaceSimple}}
}

func (w World) readSurface(ctx context.Context, t Target, s *surface) {
	about := t.Name // one simple page tells of all versions
	if s.name == flow.SurfaceJSON {
		about += " " + t.Version
	}
	s.page, s.err = flow.Read(ctx, readingOf{w.Index.Name() + " " + s.name, about}, func(ctx context.Context) (pypi.Page, error) {
		if s.name == flow.SurfaceJSON {
			return w.Index.Release(ctx, t.Name, t.Version)
		}
		return w.Index.Simple(ctx, t.Name)
	})
	if s.err == nil && s.page.Found {
		s.files = s.page.Of(t.Version)
	}
}

// at gives what a ref of the remote points to; "" if it is absent.
func (e evidence) at(ref string) string {
	for _, r := range e.refs {
		if r.Name == ref {
			return r.Commit
		}
	}
	return ""
}

// ours are the builds of the target's commit on its ref. A newer one replaces an
// older of the same kind that is over; one that still runs is always among them,
// for it may be the one that publishes.
func (e evidence) ours() []build { return e.of(e.target.Commit) }

func (e evidence) of(commit string) []build {
	var out []build
	for _, b := range e.builds {
		replaced := b.Final() && slices.ContainsFunc(out, b.sameKind)
		if b.SHA == commit && !replaced {
			out = append(out, b)
		}
	}
	return out
}

// elsewhere is the newest build of a tag that CI never built at the target's commit:
// it was moved, or made anew. Nil where that is not so.
func (e evidence) elsewhere() *build {
	if !strings.HasPrefix(e.target.Ref, "refs/tags/") || len(e.builds) == 0 || len(e.ours()) > 0 {
		return nil
	}
	return &e.builds[0]
}

// sameKind says whether two builds are attempts at the same thing.
func (b build) sameKind(o build) bool {
	return o.provider == b.provider && o.Name == b.Name && o.Workflow == b.Workflow && o.Event == b.Event
}

// indexErr is the first surface's error.
func (e evidence) indexErr() error {
	for _, s := range e.surfaces {
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// published says whether any surface shows a file of the version.
func (e evidence) published() bool {
	return slices.ContainsFunc(e.surfaces, func(s surface) bool { return len(s.files) > 0 })
}

// lastEnd is when the last job of the builds ended; zero if they do not say, or
// if there is none.
func lastEnd(bs []build) (last time.Time) {
	for _, b := range bs {
		end := b.LastEnd()
		if end.IsZero() {
			return time.Time{}
		}
		if end.After(last) {
			last = end
		}
	}
	return last
}

func final(bs []build) bool {
	return !slices.ContainsFunc(bs, func(b build) bool { return !b.Final() })
}

func good(bs []build) bool {
	return !slices.ContainsFunc(bs, func(b build) bool { return !b.State.Good() })
}

// absent says whether the version's absence from every surface counts: a page
// that may be older than the last upload proves nothing. since is when the last
// job ended; without it absence never counts.
func (e evidence) absent(since time.Time) bool {
	return !slices.ContainsFunc(e.surfaces, func(s surface) bool { return !s.absenceCounts(since) })
}

func (s surface) absenceCounts(since time.Time) bool {
	return s.err == nil && len(s.files) == 0 && s.late(since)
}

// late says whether the page was read so late that nothing uploaded up to since
// can be missing from it for its age alone.
func (s surface) late(since time.Time) bool {
	read := s.page.ReadAt
	if !s.page.Date.IsZero() {
		read = s.page.Date // the server's clock: CI's times come from servers too
	}
	return s.err == nil && !since.IsZero() && read.After(since.Add(s.page.MaxAge))
}

// mine says whether the version's files are this release's: there is a claim at
// the commit, which a tag is in itself unless CI built it only elsewhere, or a build
// of it on the release ref. A branch that stands at the commit, or stood there until this run deleted it,
// says so only where there is no CI that would show its build.
func (e evidence) mine() bool {
	speaks := e.alone || strings.HasPrefix(e.target.Ref, "refs/tags/")
	return e.claimed(e.target.Commit) || len(e.ours()) > 0 || speaks && e.elsewhere() == nil && (e.stood || e.at(e.target.Ref) == e.target.Commit)
}
