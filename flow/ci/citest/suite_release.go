package citest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"ferry/flow/ci"
)

// suiteWanted is a release whose texts no reader may trust.
var suiteWanted = ci.ReleaseSpec{
	Tag: "v9.8.7", Commit: suiteSHA, Title: "Acme \"9.8.7\" \u202e7.8.9\x1b]0;owned\x07", Prerelease: true,
	Notes: "## 9.8.7\r\n\r\n- `$(rm -rf /)` & <b>bold</b>\n- \x1b[2J%00 \u2028 \\n {{7*7}}\n",
}

// suiteRelease publishes releases and finds them. Those of tags that only begin the
// same are others, and so are drafts on a host that has none.
func suiteRelease(ctx context.Context, b Bench) error {
	r, ok := b.Subject.(ci.Releaser)
	if !ok {
		return nil
	}
	if got, err := r.AnyRelease(ctx); err != nil || got {
		return breach(err, "one was published: %v", got)
	}
	b.Server.AddRelease(Release{Tag: "v9.8.70", Draft: true})
	b.Server.AddRelease(Release{Tag: "v9.8"})
	if got, err := r.AnyRelease(ctx); err != nil || !got {
		return breach(err, "one was published: %v", got)
	}
	if got, err := r.Releases(ctx, suiteWanted.Tag); err != nil || len(got) != 0 {
		return breach(err, "there is none: got %+v", got)
	}
	if r.NoRelease() != "" {
		return suiteTokenless(ctx, b, r)
	}
	for _, check := range []func(context.Context, Bench, ci.Releaser) error{suitePublished, suiteLost, suiteUnpublished, suiteDraft, suiteNotes, suiteUnread} {
		if err := check(ctx, b, r); err != nil {
			return err
		}
	}
	return nil
}

// suiteTokenless: nothing is sent, and no draft is shown.
func suiteTokenless(ctx context.Context, b Bench, r ci.Releaser) error {
	_, err := r.PublishRelease(ctx, suiteWanted)
	if !is[*ci.NeedsTokenError](err) || len(b.Server.Releases()) != 2 {
		return breach(err, "without a token: got %T", err)
	}
	_, err = r.ReleaseNotes(ctx, suiteWanted)
	if !is[*ci.NeedsTokenError](err) && !is[*ci.UnsupportedError](err) {
		return breach(err, "notes without a token: got %T", err)
	}
	if got, err := r.Releases(ctx, "v9.8.70"); err != nil || len(got) != 0 {
		return breach(err, "a draft without a token: got %+v", got)
	}
	return nil
}

// releaseOf is the one of a tag that the server has.
func (s *Server) releaseOf(tag string) Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.released(tag, true); r != nil {
		return *r
	}
	return Release{}
}

// suitePublished publishes one, finds it, and may not publish it again.
func suitePublished(ctx context.Context, b Bench, r ci.Releaser) error {
	want := suiteWanted
	made, err := r.PublishRelease(ctx, want)
	if err != nil || made.Tag != want.Tag || made.Title != want.Title || made.Notes != want.Notes || made.Draft || made.URL == "" || made.Published.IsZero() {
		return breach(err, "got %+v", made)
	}
	marked := b.Provider == onGitLab || made.Prerelease // GitLab marks none
	if got := b.Server.releaseOf(want.Tag); got.Title != want.Title || got.Notes != want.Notes || got.Target != want.Commit || got.Draft || !marked {
		return fmt.Errorf("on the server: %+v", got)
	}
	if sha, _, err := b.Server.tagAt(want.Tag, ""); err != nil || sha != want.Commit {
		return breach(err, "the tag is at %q", sha)
	}
	if got, err := r.Releases(ctx, want.Tag); err != nil || len(got) != 1 || got[0] != made {
		return breach(err, "it is not found: %+v", got)
	}
	if _, err := r.PublishRelease(ctx, want); !is[*ci.ConflictError](err) {
		return breach(err, "a second one: got %T", err)
	}
	return nil
}

// suiteLost: the answer is cut off, and the release is there.
func suiteLost(ctx context.Context, b Bench, r ci.Releaser) error {
	want := suiteWanted
	want.Tag, want.Prerelease = "v9.8.8", false
	b.Server.Fault(Fault{Kind: FaultTruncated})
	defer b.Server.ClearFaults()
	if _, err := r.PublishRelease(ctx, want); !is[*ci.MalformedError](err) {
		return breach(err, "a lost answer: got %T", err)
	}
	if got, err := r.Releases(ctx, want.Tag); err != nil || len(got) != 1 || got[0].Draft {
		return breach(err, "after a lost answer: %+v", got)
	}
	if _, err := r.PublishRelease(ctx, want); !is[*ci.ConflictError](err) {
		return breach(err, "after a lost answer: got %T", err)
	}
	return nil
}

// suiteUnpublished goes through what a host refuses: nothing may come of it.
func suiteUnpublished(ctx context.Context, b Bench, r ci.Releaser) error {
	want, before := suiteWanted, len(b.Server.Releases())
	want.Tag, want.Commit = "v9.8.9", "no-such-branch"
	if _, err := r.PublishRelease(ctx, want); err == nil {
		return fmt.Errorf("one was published at a commit that is not there")
	}
	want.Commit = suiteSHA
	host := b.Server.hostedNow()
	b.Server.Host(Hosted{ReadOnly: true})
	_, err := r.PublishRelease(ctx, want)
	b.Server.Host(host)
	if e, ok := as[*ci.PermissionError](err); !ok || e.Needs == "" {
		return breach(err, "by who may only read: got %T", err)
	}
	if b.Wrong != nil {
		wrong, ok := b.Wrong.(ci.Releaser)
		if !ok {
			return fmt.Errorf("with a wrong token it is no Releaser")
		}
		if _, err := wrong.PublishRelease(ctx, want); !is[*ci.AuthError](err) {
			return breach(err, "with a wrong token: got %T", err)
		}
	}
	if sha, _, err := b.Server.tagAt(want.Tag, ""); err != nil || sha != "" || len(b.Server.Releases()) != before {
		return breach(err, "something came of a refusal: the tag is at %q", sha)
	}
	return nil
}

// suiteDraft publishes a draft of somebody's, which keeps its words.
func suiteDraft(ctx context.Context, b Bench, r ci.Releaser) error {
	id := strconv.FormatInt(b.Server.AddRelease(Release{Tag: "v9.9.0", Title: "kept", Notes: "kept notes", Target: "main", Draft: true}), 10)
	want := ci.ReleaseSpec{Tag: "v9.9.0", Commit: suiteSHA, Draft: id}
	got, err := r.Releases(ctx, want.Tag)
	if b.Provider == onGitLab {
		_, no := r.PublishRelease(ctx, want)
		if err != nil || len(got) != 0 || !is[*ci.UnsupportedError](no) {
			return breach(err, "drafts: got %+v, %T", got, no)
		}
		return nil
	}
	if err != nil || len(got) != 1 || !got[0].Draft || got[0].ID != id || got[0].Target != "main" || got[0].Title != "kept" || got[0].URL == "" || !got[0].Published.IsZero() {
		return breach(err, "the draft: got %+v", got)
	}
	host := b.Server.hostedNow()
	b.Server.Host(Hosted{ReadOnly: true})
	hidden, err := r.Releases(ctx, want.Tag)
	b.Server.Host(host)
	if err != nil || len(hidden) != 0 {
		return breach(err, "who may not push sees a draft: %+v", hidden)
	}
	made, err := r.PublishRelease(ctx, want)
	if err != nil || made.Draft || made.ID != id || made.Title != "kept" || made.Notes != "kept notes" {
		return breach(err, "got %+v", made)
	}
	if sha, _, err := b.Server.tagAt(want.Tag, ""); err != nil || sha != suiteSHA {
		return breach(err, "the tag of the draft is at %q", sha)
	}
	if _, err := r.PublishRelease(ctx, want); !is[*ci.ConflictError](err) {
		return breach(err, "the draft again: got %T", err)
	}
	return nil
}

// suiteNotes: a host writes them or says that it cannot.
func suiteNotes(ctx context.Context, b Bench, r ci.Releaser) error {
	want, before := suiteWanted, len(b.Server.Releases())
	want.Tag = "v10"
	text, err := r.ReleaseNotes(ctx, want)
	if e, ok := as[*ci.UnsupportedError](err); ok && e.Page == "" || !ok && (err != nil || text == "") {
		return breach(err, "got %q", text)
	}
	if len(b.Server.Releases()) != before {
		return fmt.Errorf("asking for notes made a release")
	}
	return nil
}

// suiteUnread: what cannot be read is not absent.
func suiteUnread(ctx context.Context, b Bench, r ci.Releaser) error {
	defer b.Server.ClearFaults()
	for _, c := range []struct {
		fault Fault
		right func(error) bool
	}{
		{Fault{Kind: FaultHTML}, is[*ci.MalformedError]},
		{Fault{Kind: FaultTruncated}, is[*ci.MalformedError]},
		{Fault{Kind: FaultStatus, Status: http.StatusBadGateway}, is[*ci.UnreachableError]},
	} {
		for _, ask := range []func() error{
			func() error { _, err := r.Releases(ctx, suiteWanted.Tag); return err },
			func() error { _, err := r.AnyRelease(ctx); return err },
		} {
			b.Server.Fault(c.fault)
			if err := ask(); !c.right(err) {
				return breach(err, "%s: got %T", c.fault.Kind, err)
			}
		}
	}
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		b.Server.Fault(Fault{Kind: FaultStatus, Status: status, Times: -1})
		if got, err := r.Releases(ctx, "v10"); err == nil {
			return fmt.Errorf("status %d: got %+v", status, got)
		}
		b.Server.ClearFaults()
	}
	return nil
}
