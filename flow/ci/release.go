package ci

import (
	"context"
	"time"
)

// Releaser is a git host that keeps releases: a page with notes at a tag. Publishing
// one makes its tag where there is none, and the push of it that CI sees.
type Releaser interface {
	// Releases are those of a tag, by its short name: the published one, or while there
	// is none the drafts that the account of the token is shown.
	Releases(ctx context.Context, tag string) ([]Release, error)
	// AnyRelease says whether one was ever published here.
	AnyRelease(ctx context.Context) (bool, error)
	// PublishRelease asks once: it publishes the draft that the spec names, or makes
	// a release. That the tag has a published one is a ConflictError; a token that
	// may not is a PermissionError, and none at all a NeedsTokenError. After another
	// error it may be there: look.
	PublishRelease(ctx context.Context, want ReleaseSpec) (Release, error)
	// ReleaseNotes is the text that the host would write by itself, which saves
	// nothing. A host that writes none gives an UnsupportedError.
	ReleaseNotes(ctx context.Context, want ReleaseSpec) (string, error)
	// NoRelease says what keeps releases from being published, as far as it is known
	// without asking; "" if nothing does.
	NoRelease() string
	// ReleaseURL is the page on which a person publishes one.
	ReleaseURL(want ReleaseSpec) string
	// ReleaseCommand is what a person would type.
	ReleaseCommand(want ReleaseSpec) []string
}

// ReleaseSpec is a release to be published.
type ReleaseSpec struct {
	Tag, Commit  string // short name; full SHA at which the host makes a tag that is absent
	Title, Notes string // of a draft they stay as they are where these are empty
	Draft        string // the id of the draft to publish; "" makes a release
	Prerelease   bool
	HostNotes    bool // the notes that are empty here are the host's to write; only a command says so
}

// Release is one that a host shows. All of it is text from outside.
type Release struct {
	ID, URL, Tag, Title, Notes string
	Target                     string // a draft's: a commit or branch at which the tag would be made, if the host says
	Draft, Prerelease          bool
	By                         string
	Published                  time.Time // zero for a draft
}
