package gitea

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// releaseDoc is a release.
type releaseDoc struct {
	ID         int64      `json:"id"`
	URL        string     `json:"html_url"`
	Tag        string     `json:"tag_name"`
	Target     string     `json:"target_commitish"`
	Title      string     `json:"name"`
	Notes      string     `json:"body"`
	Draft      bool       `json:"draft"`
	Prerelease bool       `json:"prerelease"`
	Published  *time.Time `json:"published_at"`
	Author     account    `json:"author"`
}

// release reads one. A draft is dated too, by when it was made.
func (d releaseDoc) release() (ci.Release, error) {
	if d.ID == 0 || d.Tag == "" || !d.Draft && d.Published == nil {
		return ci.Release{}, malformed("a release lacks its number, its tag or its date")
	}
	r := ci.Release{
		ID: strconv.FormatInt(d.ID, 10), URL: d.URL, Tag: d.Tag, Title: d.Title, Notes: d.Notes, Draft: d.Draft, Prerelease: d.Prerelease, By: d.Author.Login,
	}
	if r.Draft {
		r.Target = d.Target
	} else {
		r.Published = *d.Published
	}
	return r, nil
}

// Releases gives the release of a tag, of which there is one: published, or a draft.
// Servers find a draft by its tag or in the list alone, which is also proof that the
// repository's releases are shown.
func (p *Provider) Releases(ctx context.Context, tag string) ([]ci.Release, error) {
	r, err := p.oneRelease(ctx, p.at("releases", "tags", url.PathEscape(tag)), "the release of "+tag)
	switch {
	case err == nil && r.Tag != tag:
		return nil, malformed("the release is that of another tag")
	case err == nil && (!r.Draft || !p.o.Token.IsZero()):
		return []ci.Release{r}, nil
	case err != nil && !missing(err):
		return nil, err
	}
	var out []ci.Release
	err = p.eachRelease(ctx, url.Values{"draft": {"true"}}, func(r ci.Release) bool {
		if r.Tag == tag {
			out = append(out, r)
		}
		return !p.o.Token.IsZero()
	})
	return out, err
}

// AnyRelease looks at the newest that is no draft.
func (p *Provider) AnyRelease(ctx context.Context) (bool, error) {
	found := false
	err := p.eachRelease(ctx, url.Values{"draft": {"false"}}, func(r ci.Release) bool {
		found = found || !r.Draft // an old server filters by nothing
		return !found
	})
	return found, err
}

// eachRelease goes through those of a filter, newest first, until more has seen enough:
// it reads no further page then, and none beyond the newest few hundred.
func (p *Provider) eachRelease(ctx context.Context, q url.Values, more func(ci.Release) bool) error {
	err := p.pages(ctx, p.at("releases"), "the releases of "+p.o.Slug, q, func(reply ci.Reply) (bool, error) {
		var docs []releaseDoc
		if err := json.Unmarshal(reply.Body, &docs); err != nil || docs == nil {
			return false, malformed("the list of releases is missing")
		}
		on := len(docs) > 0
		for _, d := range docs {
			r, err := d.release()
			if err != nil {
				return false, err
			}
			on = more(r) && on
		}
		return on, nil
	})
	if errors.Is(err, errMore) {
		return nil
	}
	return err
}

func (p *Provider) oneRelease(ctx context.Context, at, what string) (ci.Release, error) {
	var doc releaseDoc
	if err := p.client.Get(ctx, at, what, &doc); err != nil {
		return ci.Release{}, err
	}
	return doc.release()
}

// PublishRelease publishes a draft or makes a release.
func (p *Provider) PublishRelease(ctx context.Context, want ci.ReleaseSpec) (ci.Release, error) {
	what := "the release of " + want.Tag
	if p.o.Token.IsZero() {
		return ci.Release{}, &ci.NeedsTokenError{Provider: name, What: what}
	}
	method, at := http.MethodPost, p.at("releases")
	if want.Draft != "" {
		method, at = http.MethodPatch, p.at("releases", url.PathEscape(want.Draft))
		switch now, err := p.oneRelease(ctx, at, "draft "+want.Draft); {
		case err != nil:
			return ci.Release{}, err
		case !now.Draft: // to change it would start what waits for edited releases
			return ci.Release{}, &ci.ConflictError{Provider: name, What: what, Text: "the draft was published by somebody else"}
		}
	}
	r, err := p.sendRelease(ctx, method, at, what, want)
	if err == nil && (r.Draft || r.Tag != want.Tag) {
		err = malformed("what was published is a draft, or of another tag")
	}
	return r, err
}

// sendRelease asks once. A server says with 404 that the commit is not there, and by
// the same that the releases are not for us.
func (p *Provider) sendRelease(ctx context.Context, method, at, what string, want ci.ReleaseSpec) (ci.Release, error) {
	fields := map[string]any{"tag_name": want.Tag, "target_commitish": want.Commit, "draft": false, "prerelease": want.Prerelease}
	for field, text := range map[string]string{"name": want.Title, "body": want.Notes} {
		if text != "" {
			fields[field] = text
		}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return ci.Release{}, err
	}
	reply, err := p.client.Do(ctx, ci.Request{Method: method, URL: at, What: what, Type: "application/json", Body: body,
		Also: []int{http.StatusCreated, http.StatusNotFound}})
	switch {
	case err == nil && reply.Status == http.StatusNotFound:
		err = absentTarget(what, reply.Body)
		fallthrough
	case err != nil:
		return ci.Release{}, ci.Forbidden(name, what, "the scope write:repository, and an account that may write there", err)
	}
	var doc releaseDoc
	if err := json.Unmarshal(reply.Body, &doc); err != nil {
		return ci.Release{}, &ci.MalformedError{Provider: name, Err: err}
	}
	return doc.release()
}

// absentTarget tells the two meanings of 404 apart by what the server says.
func absentTarget(what string, body []byte) error {
	var said struct{ Message string }
	_ = json.Unmarshal(body, &said) // an answer that is no JSON has no message
	if strings.HasPrefix(said.Message, "target ") {
		return &ci.ConflictError{Provider: name, What: what, Text: said.Message}
	}
	return &ci.NotFoundError{Provider: name, What: what}
}

// ReleaseNotes: the server writes none by its API.
func (p *Provider) ReleaseNotes(_ context.Context, want ci.ReleaseSpec) (string, error) {
	if p.o.Token.IsZero() {
		return "", &ci.NeedsTokenError{Provider: name, What: "the notes for " + want.Tag}
	}
	return "", &ci.UnsupportedError{Provider: name, What: "write the notes of a release", Page: p.ReleaseURL(want)}
}

// NoRelease says that a token is missing.
func (p *Provider) NoRelease() string {
	if p.o.Token.IsZero() {
		return "the server publishes a release only for a token, and there is none"
	}
	return ""
}

// ReleaseURL is the form for a new release, or that of the draft.
func (p *Provider) ReleaseURL(want ci.ReleaseSpec) string {
	page := p.o.UI + "/" + p.o.Slug + "/releases"
	if want.Draft != "" {
		return page + "/edit/" + url.PathEscape(want.Tag)
	}
	return page + "/new?" + url.Values{"tag": {want.Tag}}.Encode()
}

// ReleaseCommand is that of Gitea's own program. It finds a draft by its tag.
func (p *Provider) ReleaseCommand(want ci.ReleaseSpec) []string {
	head, more := []string{"tea", "releases", "create", "--repo", p.o.Slug, "--tag", want.Tag}, []string{"--title", cmp.Or(want.Title, want.Tag), "--note", want.Notes}
	if want.Draft == "" {
		if want.Prerelease {
			more = append(more, "--prerelease")
		}
		return slices.Concat(head, []string{"--target", want.Commit}, more)
	}
	more = []string{"--draft", "false", "--prerelease", strconv.FormatBool(want.Prerelease)}
	if want.Title != "" {
		more = append(more, "--title", want.Title)
	}
	if want.Notes != "" {
		more = append(more, "--note", want.Notes)
	}
	return slices.Concat([]string{"tea", "releases", "edit", "--repo", p.o.Slug, "--target", want.Commit}, more, []string{want.Tag})
}
