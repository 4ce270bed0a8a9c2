package github

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// Requests are the open pull requests from a branch of the repository.
func (p *Provider) Requests(ctx context.Context, head string) ([]ci.MergeRequest, error) {
	o := &gh.PullRequestListOptions{State: "open", Head: p.owner + ":" + head, ListOptions: gh.ListOptions{PerPage: searchSize}}
	list, _, err := p.client.PullRequests.List(ctx, p.owner, p.repo, o)
	switch {
	case err != nil:
		return nil, failure("the pull requests from "+head, err)
	case list == nil: // an answer without a body is no empty list
		return nil, malformed("the list of pull requests is missing")
	}
	var out []ci.MergeRequest
	for _, doc := range list {
		r, err := request(doc)
		switch {
		case err != nil:
			return nil, err
		case r.Head == head && doc.GetHead().GetRepo().GetFullName() == doc.GetBase().GetRepo().GetFullName():
			out = append(out, r)
		}
	}
	return out, nil
}

// request reads a pull request.
func request(doc *gh.PullRequest) (ci.MergeRequest, error) {
	if doc.GetNumber() == 0 || doc.GetState() == "" || doc.GetHead().GetRef() == "" || doc.GetBase().GetRef() == "" {
		return ci.MergeRequest{}, malformed("a pull request lacks its number, its state or its branches")
	}
	r := ci.MergeRequest{Number: doc.GetNumber(), URL: doc.GetHTMLURL(), Head: doc.GetHead().GetRef(), Base: doc.GetBase().GetRef(), State: ci.RequestOpen}
	switch {
	case doc.MergedAt != nil || doc.GetMerged():
		r.State = ci.RequestMerged
	case doc.GetState() != "open":
		r.State = ci.RequestClosed
	}
	return r, nil
}

// Request opens a pull request.
func (p *Provider) Request(ctx context.Context, want ci.RequestSpec) (ci.MergeRequest, error) {
	const what = "a pull request"
	if p.o.Token.IsZero() {
		return ci.MergeRequest{}, &ci.NeedsTokenError{Provider: name, What: what}
	}
	doc, _, err := p.client.PullRequests.Create(ctx, p.owner, p.repo, &gh.NewPullRequest{Title: &want.Title, Head: &want.Head, Base: &want.Base, Body: &want.Body})
	if err != nil {
		return ci.MergeRequest{}, refused(what, pullsNeed, err)
	}
	return request(doc)
}

// CloseRequest closes a pull request. Its branch stays.
func (p *Provider) CloseRequest(ctx context.Context, r ci.MergeRequest) error {
	what := "pull request " + strconv.Itoa(r.Number)
	if p.o.Token.IsZero() {
		return &ci.NeedsTokenError{Provider: name, What: what}
	}
	doc, _, err := p.client.PullRequests.Edit(ctx, p.owner, p.repo, r.Number, &gh.PullRequest{State: gh.Ptr("closed")})
	if err != nil {
		return refused(what, pullsNeed, err)
	}
	now, err := request(doc)
	if err == nil && now.State == ci.RequestMerged {
		return &ci.ConflictError{Provider: name, What: what, Text: "it was merged"}
	}
	return err
}

// pullsNeed is what a token must have to open one.
const pullsNeed = "the permission Pull requests: write of a fine-grained token, or the scope repo of a classic one"

// refused reads a refusal to write. Of a document that does not fit GitHub's message
// is the same for all, and the errors below it say why.
func refused(what, needs string, err error) error {
	var answer *gh.ErrorResponse
	if errors.As(err, &answer) && answer.Response.StatusCode == http.StatusUnprocessableEntity {
		text := []string{answer.Message}
		for _, e := range answer.Errors {
			text = append(text, strings.TrimSpace(e.Message+" "+e.Field+" "+e.Code))
		}
		return &ci.ConflictError{Provider: name, What: what, Text: strings.Join(text, "; ")}
	}
	return ci.Forbidden(name, what, needs, failure(what, err))
}

// NoRequest says that a token is missing.
func (p *Provider) NoRequest() string {
	if p.o.Token.IsZero() {
		return "GitHub opens a pull request only for a token, and there is none"
	}
	return ""
}

// RequestURL is the page that compares two branches, with the form below.
func (p *Provider) RequestURL(want ci.RequestSpec) string {
	return p.o.UI + "/" + p.o.Slug + "/compare/" + url.PathEscape(want.Base) + "..." + url.PathEscape(want.Head) + "?expand=1"
}

// RequestCommand is that of GitHub's own program.
func (p *Provider) RequestCommand(want ci.RequestSpec) []string {
	return []string{"gh", "pr", "create", "--repo", p.ghRepo(), "--head", want.Head, "--base", want.Base, "--title", want.Title, "--body", want.Body}
}

// ghRepo is how GitHub's own program is told the repository.
func (p *Provider) ghRepo() string {
	if u, err := url.Parse(p.o.UI); err == nil && u.Host != "github.com" {
		return u.Host + "/" + p.o.Slug
	}
	return p.o.Slug
}
