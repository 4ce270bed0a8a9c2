package gitlab

import (
	"cmp"
	"context"
	"errors"
	"net/url"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// releasesNeed is what it takes to publish one.
const releasesNeed = "the scope api, at least the role of a developer, and leave to create the tag where tags are protected"

// Releases gives the release of a tag. GitLab has no drafts. A tag that it does not
// find has none only where the list of releases is shown.
func (p *Provider) Releases(ctx context.Context, tag string) ([]ci.Release, error) {
	doc, _, err := p.client.Releases.GetRelease(p.o.Slug, tag, gl.WithContext(ctx))
	if err == nil {
		r, err := release(doc)
		switch {
		case err != nil:
			return nil, err
		case r.Tag != tag:
			return nil, malformed("the release is that of another tag")
		}
		return []ci.Release{r}, nil
	}
	var none *ci.NotFoundError
	if err := failure("the release of "+tag, err); !errors.As(err, &none) {
		return nil, err
	}
	_, err = p.AnyRelease(ctx)
	return nil, err
}

// AnyRelease looks at the newest.
func (p *Provider) AnyRelease(ctx context.Context) (bool, error) {
	list, _, err := p.client.Releases.ListReleases(p.o.Slug, &gl.ListReleasesOptions{ListOptions: gl.ListOptions{PerPage: 1}}, gl.WithContext(ctx))
	switch {
	case err != nil:
		return false, failure("the releases of "+p.o.Slug, err)
	case list == nil: // an answer without a body is no empty list
		return false, malformed("the list of releases is missing")
	}
	return len(list) > 0, nil
}

// release reads one. Who asks without a part in the project is not told its commit.
func release(doc *gl.Release) (ci.Release, error) {
	if doc == nil || doc.TagName == "" || doc.ReleasedAt == nil {
		return ci.Release{}, malformed("a release lacks its tag or its date")
	}
	return ci.Release{
		ID: doc.TagName, URL: doc.Links.Self, Tag: doc.TagName, Title: doc.Name, Notes: doc.Description,
		By: doc.Author.Username, Published: *doc.ReleasedAt,
	}, nil
}

// PublishRelease makes a release. GitLab marks none as a pre-release.
func (p *Provider) PublishRelease(ctx context.Context, want ci.ReleaseSpec) (ci.Release, error) {
	what := "the release of " + want.Tag
	switch {
	case p.o.Token.IsZero():
		return ci.Release{}, &ci.NeedsTokenError{Provider: name, What: what}
	case want.Draft != "":
		return ci.Release{}, &ci.UnsupportedError{Provider: name, What: "publish a draft", Page: p.web("/releases")}
	}
	o := &gl.CreateReleaseOptions{TagName: &want.Tag, Ref: &want.Commit}
	if want.Title != "" {
		o.Name = &want.Title
	}
	if want.Notes != "" {
		o.Description = &want.Notes
	}
	doc, _, err := p.client.Releases.CreateRelease(p.o.Slug, o, gl.WithContext(ctx))
	if err != nil {
		return ci.Release{}, refused(what, releasesNeed, err)
	}
	r, err := release(doc)
	if err == nil && r.Tag != want.Tag {
		err = malformed("what was published is the release of another tag")
	}
	return r, err
}

// ReleaseNotes: GitLab knows only of commits that bear a trailer for it.
func (p *Provider) ReleaseNotes(_ context.Context, want ci.ReleaseSpec) (string, error) {
	if p.o.Token.IsZero() {
		return "", &ci.NeedsTokenError{Provider: name, What: "the notes for " + want.Tag}
	}
	return "", &ci.UnsupportedError{Provider: name, What: "write the notes of a release", Page: p.ReleaseURL(want)}
}

// NoRelease says that a token is missing.
func (p *Provider) NoRelease() string {
	if p.o.Token.IsZero() {
		return "GitLab publishes a release only for a token, and there is none"
	}
	return ""
}

// ReleaseURL is the form for a new release.
func (p *Provider) ReleaseURL(want ci.ReleaseSpec) string {
	return p.web("/releases/new?" + url.Values{"tag_name": {want.Tag}}.Encode())
}

// ReleaseCommand is that of GitLab's own program, which would change a release that is
// there and close milestones, if it were let.
func (p *Provider) ReleaseCommand(want ci.ReleaseSpec) []string {
	return []string{"glab", "release", "create", want.Tag, "--repo", p.o.UI + "/" + p.o.Slug, "--ref", want.Commit,
		"--name", cmp.Or(want.Title, want.Tag), "--notes", want.Notes, "--no-update", "--no-close-milestone"}
}
