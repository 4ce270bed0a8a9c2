package github

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// releasesNeed is what a token must have to publish one.
const releasesNeed = "the permission Contents: write of a fine-grained token, or the scope repo of a classic one; " +
	"and Workflows: write, or the scope workflow, where the commit changes a workflow"

// Releases gives the published release of a tag, or the drafts while there is none.
// GitHub finds no draft by its tag, and lists them for who may push: among its newest
// thousand, beyond which it lists nothing to anybody.
func (p *Provider) Releases(ctx context.Context, tag string) ([]ci.Release, error) {
	doc, _, err := p.client.Repositories.GetReleaseByTag(ctx, p.owner, p.repo, url.PathEscape(tag))
	if err == nil {
		r, err := release(doc)
		if err == nil && (r.Draft || r.Tag != tag) {
			err = malformed("the release of the tag is a draft, or another's")
		}
		return only(r, err)
	}
	var none *ci.NotFoundError
	if err := failure("the release of "+tag, err); !errors.As(err, &none) {
		return nil, err
	}
	var out []ci.Release
	err = p.eachRelease(ctx, func(r ci.Release) bool { // also proof that the repository is shown
		if r.Tag == tag {
			out = append(out, r)
		}
		return !p.o.Token.IsZero()
	})
	return out, err
}

func only(r ci.Release, err error) ([]ci.Release, error) {
	if err != nil {
		return nil, err
	}
	return []ci.Release{r}, nil
}

// AnyRelease looks at the newest, and further only where all of these are drafts.
func (p *Provider) AnyRelease(ctx context.Context) (bool, error) {
	found := false
	err := p.eachRelease(ctx, func(r ci.Release) bool {
		found = found || !r.Draft
		return !found
	})
	return found, err
}

// eachRelease goes through the releases, newest first, until more has seen enough: it
// reads no further page then.
func (p *Provider) eachRelease(ctx context.Context, more func(ci.Release) bool) error {
	o := &gh.ListOptions{PerPage: searchSize}
	for range maxPages {
		list, res, err := p.client.Repositories.ListReleases(ctx, p.owner, p.repo, o)
		switch {
		case err != nil:
			return failure("the releases of "+p.o.Slug, err)
		case list == nil: // an answer without a body is no empty list
			return malformed("the list of releases is missing")
		}
		on := true
		for _, doc := range list {
			r, err := release(doc)
			if err != nil {
				return err
			}
			on = more(r) && on
		}
		if o.Page = res.NextPage; o.Page == 0 || !on {
			return nil
		}
	}
	return nil
}

// release reads one.
func release(doc *gh.RepositoryRelease) (ci.Release, error) {
	if doc == nil || doc.ID == 0 || doc.TagName == "" || !doc.Draft && doc.PublishedAt == nil {
		return ci.Release{}, malformed("a release lacks its number, its tag or its date")
	}
	r := ci.Release{
		ID: strconv.FormatInt(doc.ID, 10), URL: doc.HTMLURL, Tag: doc.TagName, Title: doc.GetName(), Notes: doc.GetBody(),
		Draft: doc.Draft, Prerelease: doc.Prerelease, By: doc.GetAuthor().GetLogin(),
	}
	if r.Draft {
		r.Target = doc.TargetCommitish
	} else {
		r.Published = doc.PublishedAt.Time
	}
	return r, nil
}

// PublishRelease publishes a draft or makes a release. What is not the newest version
// does not become the latest one: GitHub compares them by itself.
func (p *Provider) PublishRelease(ctx context.Context, want ci.ReleaseSpec) (ci.Release, error) {
	what := "the release of " + want.Tag
	if p.o.Token.IsZero() {
		return ci.Release{}, &ci.NeedsTokenError{Provider: name, What: what}
	}
	doc, err := p.publishRelease(ctx, want, what)
	if err != nil {
		return ci.Release{}, err
	}
	r, err := release(doc)
	if err == nil && (r.Draft || r.Tag != want.Tag) {
		err = malformed("what was published is a draft, or of another tag")
	}
	return r, err
}

func (p *Provider) publishRelease(ctx context.Context, want ci.ReleaseSpec, what string) (*gh.RepositoryRelease, error) {
	latest := "legacy"
	if want.Prerelease {
		latest = "false"
	}
	var doc *gh.RepositoryRelease
	var err error
	if want.Draft == "" {
		doc, _, err = p.client.Repositories.CreateRelease(ctx, p.owner, p.repo, gh.CreateReleaseRequest{
			TagName: want.Tag, TargetCommitish: &want.Commit, Name: text(want.Title), Body: text(want.Notes),
			Draft: gh.Ptr(false), Prerelease: &want.Prerelease, MakeLatest: &latest,
		})
		return doc, unpublished(what, err)
	}
	id, err := p.draft(ctx, want.Draft, what)
	if err != nil {
		return nil, err
	}
	doc, _, err = p.client.Repositories.UpdateRelease(ctx, p.owner, p.repo, id, gh.UpdateReleaseRequest{
		TagName: &want.Tag, TargetCommitish: &want.Commit, Name: text(want.Title), Body: text(want.Notes),
		Draft: gh.Ptr(false), Prerelease: &want.Prerelease, MakeLatest: &latest,
	})
	return doc, unpublished(what, err)
}

// draft is the number of one that is still a draft: to change what is published
// already would start what waits for edited releases.
func (p *Provider) draft(ctx context.Context, id, what string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, &ci.NotFoundError{Provider: name, What: "draft " + id}
	}
	doc, _, err := p.client.Repositories.GetRelease(ctx, p.owner, p.repo, n)
	switch {
	case err != nil:
		return 0, failure("draft "+id, err)
	case doc == nil || doc.ID != n:
		return 0, malformed("the draft is another one")
	case !doc.Draft:
		return 0, &ci.ConflictError{Provider: name, What: what, Text: "the draft was published by somebody else"}
	}
	return n, nil
}

// text is a field that is left out where there is nothing to say.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// unpublished reads a refusal, and nothing else.
func unpublished(what string, err error) error {
	if err == nil {
		return nil
	}
	return refused(what, releasesNeed, err)
}

// ReleaseNotes asks GitHub for what changed since the release before.
func (p *Provider) ReleaseNotes(ctx context.Context, want ci.ReleaseSpec) (string, error) {
	what := "the notes for " + want.Tag
	if p.o.Token.IsZero() {
		return "", &ci.NeedsTokenError{Provider: name, What: what}
	}
	doc, _, err := p.client.Repositories.GenerateReleaseNotes(ctx, p.owner, p.repo, gh.GenerateNotesRequest{TagName: want.Tag, TargetCommitish: &want.Commit})
	switch {
	case err != nil:
		return "", unpublished(what, err)
	case doc == nil:
		return "", malformed("the notes are missing")
	}
	return doc.Body, nil
}

// NoRelease says that a token is missing.
func (p *Provider) NoRelease() string {
	if p.o.Token.IsZero() {
		return "GitHub publishes a release only for a token, and there is none"
	}
	return ""
}

// ReleaseURL is the form for a new release, filled in but for the notes, or the list
// with the drafts.
func (p *Provider) ReleaseURL(want ci.ReleaseSpec) string {
	page := p.o.UI + "/" + p.o.Slug + "/releases"
	if want.Draft != "" {
		return page
	}
	q := url.Values{"tag": {want.Tag}, "target": {want.Commit}, "title": {cmp.Or(want.Title, want.Tag)}}
	if want.Prerelease {
		q.Set("prerelease", "1")
	}
	return page + "/new?" + q.Encode()
}

// ReleaseCommand is that of GitHub's own program. It finds a draft by its tag.
func (p *Provider) ReleaseCommand(want ci.ReleaseSpec) []string {
	verb, more := "create", []string{"--title", cmp.Or(want.Title, want.Tag)}
	switch {
	case want.Draft != "":
	case want.HostNotes && want.Notes == "":
		more = append(more, "--generate-notes")
	default:
		more = append(more, "--notes", want.Notes)
	}
	if want.Draft != "" {
		verb, more = "edit", changed(want)
	}
	if want.Prerelease {
		more = append(more, "--prerelease")
	}
	return slices.Concat([]string{"gh", "release", verb, want.Tag, "--repo", p.ghRepo(), "--target", want.Commit}, more)
}

// changed are the flags for what does not stay as it is in a draft.
func changed(want ci.ReleaseSpec) []string {
	out := []string{"--draft=false"}
	if want.Title != "" {
		out = append(out, "--title", want.Title)
	}
	if want.Notes != "" {
		out = append(out, "--notes", want.Notes)
	}
	return out
}
