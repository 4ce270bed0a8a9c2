package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"ferry/flow"
	"ferry/flow/ci"
)

// noRelease says why the git host publishes no release for us, as far as it is known
// without asking; "" if nothing does.
func (w World) noRelease() string {
	r, ok := w.Host.(ci.Releaser)
	switch {
	case w.Host == nil:
		return "no API of the host of " + w.Remote.URL() + " is known"
	case !ok:
		return w.Host.Name() + " publishes none by its API"
	}
	return r.NoRelease()
}

// releases are those of the target's tag, the published one and drafts.
func (w World) releases(ctx context.Context, t Target) ([]ci.Release, error) {
	r, ok := w.Host.(ci.Releaser)
	if !ok {
		return nil, ctx.Err()
	}
	return flow.Read(ctx, readingOf{"releases on " + w.Host.Name(), t.ShortRef()}, func(ctx context.Context) ([]ci.Release, error) {
		return r.Releases(ctx, t.ShortRef())
	})
}

// shown tells the published release from the drafts. Once there is one, drafts of
// the same tag are left-overs.
func shown(list []ci.Release) (published *ci.Release, drafts []ci.Release) {
	for i, r := range list {
		if !r.Draft {
			return &list[i], nil
		}
		drafts = append(drafts, r)
	}
	return nil, drafts
}

// wanted is the release to be published. The title and the notes of a draft stay,
// unless notes were asked for.
func (t Target) wanted(draft *ci.Release) ci.ReleaseSpec {
	want := ci.ReleaseSpec{Tag: t.ShortRef(), Commit: t.Commit, Title: t.ShortRef(), Notes: t.Notes.Text, Prerelease: prerelease(t.Version)}
	if draft == nil {
		want.HostNotes = t.hostWrites(nil)
		return want
	}
	want.Draft = draft.ID
	if draft.Title != "" {
		want.Title = ""
	}
	switch {
	case draft.Notes != "" && t.notesFor(draft).Text == draft.Notes:
		want.Notes = ""
	case draft.Notes != "" && want.Notes == "":
		want.Notes = "\n" // none are wanted, and nothing at all would leave the draft's
	}
	return want
}

// hostWrites says whether the host is asked for the notes of a release.
func (t Target) hostWrites(draft *ci.Release) bool {
	return t.Notes.ByHost && t.Notes.Text == "" && (draft == nil || draft.Notes == "")
}

// publish asks the host once. A host that writes no notes leaves them empty.
func (w World) publish(ctx context.Context, t Target, draft *ci.Release, log flow.Log) error {
	r, ok := w.Host.(ci.Releaser)
	if !ok {
		return w.releaseByHand(t)
	}
	want := t.wanted(draft)
	if t.hostWrites(draft) {
		text, err := r.ReleaseNotes(ctx, want)
		if err != nil && !errors.As(err, new(*ci.UnsupportedError)) {
			return w.releaseRefused(t, err)
		}
		want.Notes = text
	}
	made, err := r.PublishRelease(ctx, want)
	if err != nil {
		return w.releaseRefused(t, err)
	}
	log(made.URL)
	return nil
}

// releaseCommand is what a person would type; where the host has no program of its
// own, the page is opened.
func (w World) releaseCommand(t Target, m *hostMemory) []string {
	if r, ok := w.Host.(ci.Releaser); ok {
		return typed(r.ReleaseCommand(t.wanted(m.draft())))
	}
	return []string{"python3", "-m", "webbrowser", w.releasePage(t)}
}

// releasePage is where a person publishes it. Of a host that is not known only its
// front is.
func (w World) releasePage(t Target) string {
	if r, ok := w.Host.(ci.Releaser); ok {
		return r.ReleaseURL(t.wanted(nil))
	}
	page := "https://" + w.Remote.Hostname() + "/" + w.Remote.Slug()
	if slices.Contains([]string{"github.com", "gitlab.com", "codeberg.org"}, w.Remote.Hostname()) {
		page = map[string]string{"gitlab.com": page + "/-"}[w.Remote.Hostname()] + "/releases/new"
	}
	return page
}

func (w World) releaseFact(t Target, r ci.Release) flow.Fact {
	return flow.Fact{Witness: "host." + w.Host.Name(), About: "release " + t.ShortRef(), Says: publishedBy(r), Where: r.URL}
}

func proofOf(t Target, r ci.Release) flow.Proof {
	return flow.Proof{What: fmt.Sprintf("release %s", t.ShortRef()), Where: r.URL}
}

// publishedBy tells when, and whose it is: who publishes another's draft no host says.
func publishedBy(r ci.Release) string {
	text := "published"
	if !r.Published.IsZero() {
		text += " at " + clock(r.Published)
	}
	if r.By != "" {
		text += ", made by " + r.By
	}
	return text
}

// hostMemory is what a step was told last. The draft is kept for the command that a
// person would type, and nothing decides from it.
type hostMemory struct {
	mu    sync.Mutex
	last  *ci.Release
	wrong string
}

func (m *hostMemory) draft() *ci.Release {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

func (m *hostMemory) saw(draft *ci.Release) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = draft
}

// refused is the host's no to an attempt; "" if there was none.
func (m *hostMemory) refused() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wrong
}

func (m *hostMemory) refuse(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrong = err.Error()
}
