package main

import (
	"context"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/github"
)

// tokenPatience is how long a question that names no limit may look for the token.
const tokenPatience = 5 * time.Second

// Releases asks github.com for the releases of a tag.
func (h *lazyHost) Releases(ctx context.Context, tag string) ([]ci.Release, error) {
	p, err := h.provider(ctx)
	if err != nil {
		return nil, err
	}
	return p.Releases(ctx, tag)
}

// AnyRelease asks github.com whether one was ever published.
func (h *lazyHost) AnyRelease(ctx context.Context) (bool, error) {
	p, err := h.provider(ctx)
	if err != nil {
		return false, err
	}
	return p.AnyRelease(ctx)
}

// PublishRelease publishes one on github.com.
func (h *lazyHost) PublishRelease(ctx context.Context, want ci.ReleaseSpec) (ci.Release, error) {
	p, err := h.provider(ctx)
	if err != nil {
		return ci.Release{}, err
	}
	return p.PublishRelease(ctx, want)
}

// ReleaseNotes asks github.com for the notes that it would write.
func (h *lazyHost) ReleaseNotes(ctx context.Context, want ci.ReleaseSpec) (string, error) {
	p, err := h.provider(ctx)
	if err != nil {
		return "", err
	}
	return p.ReleaseNotes(ctx, want)
}

// NoRelease says that a token is missing. Nothing is known of a repository that
// github.com cannot have.
func (h *lazyHost) NoRelease() string {
	ctx, cancel := context.WithTimeout(context.Background(), tokenPatience) //nolint:forbidigo // who asks this has none to give
	defer cancel()
	p, err := h.provider(ctx)
	if err != nil {
		return ""
	}
	return p.NoRelease()
}

// ReleaseURL is the page on github.com, for which no token is looked for.
func (h *lazyHost) ReleaseURL(want ci.ReleaseSpec) string {
	p, err := github.New(github.Options{Slug: h.slug})
	if err != nil {
		return ""
	}
	return p.ReleaseURL(want)
}

// ReleaseCommand is that of GitHub's own program.
func (h *lazyHost) ReleaseCommand(want ci.ReleaseSpec) []string {
	p, err := github.New(github.Options{Slug: h.slug})
	if err != nil {
		return nil
	}
	return p.ReleaseCommand(want)
}
