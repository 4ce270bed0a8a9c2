package steps

import (
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/flow/ci"
)

// tagGone: a release that was published is there, and its tag is not.
func (s PublishRelease) tagGone(r ci.Release) *flow.Problem {
	p := s.tag().moved(fmt.Sprintf("Release %s is published, and its tag is gone from %s", s.Target.ShortRef(), s.World.Remote.Name()))
	p.Now = []string{"somebody deleted the tag; CI was started when the release was published", "the release: " + r.URL, "nothing is published a second time"}
	p.Next = append(open(r.URL), "ferry status")
	return p
}

// gone: CI was started by a release that the host does not show any more.
func (s PublishRelease) gone() *flow.Problem {
	return &flow.Problem{Code: flow.CodeReleaseGone, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("CI was started by a release of %s, and the host shows none any more", s.Target.ShortRef()),
		Now:  []string{"somebody deleted it, or made it a draft again; publishing it once more would start a second build"},
		Next: append(open(s.World.releasePage(s.Target)), "ferry status")}
}

// severalDrafts: which of them is meant nobody but a person can say.
func severalDrafts(t Target, drafts []ci.Release) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeReleaseDrafts, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The host has %d drafts of release %s; which is meant cannot be told", len(drafts), t.ShortRef()),
		Now:  []string{"nothing was published; delete all but one of them"}}
	for _, d := range drafts {
		p.Lines = append(p.Lines, fmt.Sprintf("%q by %s: %s", d.Title, d.By, d.URL))
		p.Next = append(p.Next, open(d.URL)...)
	}
	return p
}

// open shows a page; nothing where its address is not known.
func open(page string) []string {
	if page == "" {
		return nil
	}
	return []string{"python3 -m webbrowser " + flow.Shell([]string{page})}
}

// hostLogin is the command that stores a token of the host.
func (w World) hostLogin() []string {
	if _, ok := w.Host.(ci.Releaser); !ok {
		return nil
	}
	return []string{"ferry auth login " + w.Host.Name()}
}

// releaseByHand: none can be published from here; a person can.
func (w World) releaseByHand(t Target) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeReleaseByHand, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("No release %s can be published from here: %s", t.ShortRef(), w.noRelease()),
		Now:  []string{"no release was published; a person does it on the page"}, Next: append(w.hostLogin(), open(w.releasePage(t))...)}
	if len(w.hostLogin()) > 0 {
		p.Class = flow.ClassCredentials
	}
	return p
}

// releaseUnread: whether there is a release is not known.
func (w World) releaseUnread(t Target, err error) *flow.Problem {
	p := ciProblem(err)
	p.Text = fmt.Sprintf("Whether release %s is published cannot be told: %v", t.ShortRef(), err)
	p.Now, p.Next = []string{"nothing was published on a guess"}, append(open(w.releasePage(t)), "ferry status")
	if errors.As(err, new(*ci.NeedsTokenError)) {
		p.Code, p.Class = flow.CodeCIRefused, flow.ClassCredentials
	}
	if p.Class == flow.ClassCredentials {
		p.Next = append(w.hostLogin(), p.Next...)
	}
	return p
}

// releaseRefused is a no of the host; where what came is no answer, a release may be
// there all the same.
func (w World) releaseRefused(t Target, err error) error {
	p := &flow.Problem{Code: flow.CodeReleaseRefused, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("Release %s was not published: %v", t.ShortRef(), err),
		Now:  []string{"the host refused it, and nothing came of it"}, Next: append(open(w.releasePage(t)), "ferry status")}
	switch {
	case mayNot(err):
		p.Class, p.Next = flow.ClassCredentials, append(w.hostLogin(), p.Next...)
	case errors.As(err, new(*ci.ConflictError)):
		p.Class = flow.ClassConflict
	case errors.As(err, new(*ci.NotFoundError)), errors.As(err, new(*ci.RateLimitError)), errors.As(err, new(*ci.UnsupportedError)):
	default:
		return fmt.Errorf("release: %w", err)
	}
	return p
}

// mayNot: it is about the token, or there is none.
func mayNot(err error) bool {
	return errors.As(err, new(*ci.NeedsTokenError)) || errors.As(err, new(*ci.PermissionError)) || errors.As(err, new(*ci.AuthError))
}
