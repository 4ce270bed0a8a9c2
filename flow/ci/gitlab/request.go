package gitlab

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// Requests are the open merge requests from a branch of the project.
func (p *Provider) Requests(ctx context.Context, head string) ([]ci.MergeRequest, error) {
	o := &gl.ListProjectMergeRequestsOptions{ListOptions: gl.ListOptions{PerPage: 100}, State: gl.Ptr("opened"), SourceBranch: &head}
	list, _, err := p.client.MergeRequests.ListProjectMergeRequests(p.o.Slug, o, gl.WithContext(ctx))
	switch {
	case err != nil:
		return nil, failure("the merge requests from "+head, err)
	case list == nil: // an answer without a body is no empty list
		return nil, malformed("the list of merge requests is missing")
	}
	var out []ci.MergeRequest
	for _, doc := range list {
		r, err := request(doc)
		switch {
		case err != nil:
			return nil, err
		case r.Head == head && doc.SourceProjectID == doc.TargetProjectID:
			out = append(out, r)
		}
	}
	return out, nil
}

// requestStates are GitLab's words. One that is locked is being merged.
var requestStates = map[string]ci.RequestState{"opened": ci.RequestOpen, "locked": ci.RequestOpen, "closed": ci.RequestClosed, "merged": ci.RequestMerged}

// request reads a merge request.
func request(doc *gl.BasicMergeRequest) (ci.MergeRequest, error) {
	if doc == nil || doc.IID == 0 || doc.SourceBranch == "" || doc.TargetBranch == "" || requestStates[doc.State] == "" {
		return ci.MergeRequest{}, malformed("a merge request lacks its number, its state or its branches")
	}
	return ci.MergeRequest{Number: int(doc.IID), URL: doc.WebURL, Head: doc.SourceBranch, Base: doc.TargetBranch, State: requestStates[doc.State]}, nil
}

// Request opens a merge request.
func (p *Provider) Request(ctx context.Context, want ci.RequestSpec) (ci.MergeRequest, error) {
	const what = "a merge request"
	if p.o.Token.IsZero() {
		return ci.MergeRequest{}, &ci.NeedsTokenError{Provider: name, What: what}
	}
	o := &gl.CreateMergeRequestOptions{Title: &want.Title, Description: &want.Body, SourceBranch: &want.Head, TargetBranch: &want.Base}
	doc, _, err := p.client.MergeRequests.CreateMergeRequest(p.o.Slug, o, gl.WithContext(ctx))
	if err != nil {
		return ci.MergeRequest{}, refused(what, mergesNeed, err)
	}
	return request(&doc.BasicMergeRequest)
}

// CloseRequest closes a merge request. Its branch stays.
func (p *Provider) CloseRequest(ctx context.Context, r ci.MergeRequest) error {
	what := "merge request " + strconv.Itoa(r.Number)
	if p.o.Token.IsZero() {
		return &ci.NeedsTokenError{Provider: name, What: what}
	}
	o := &gl.UpdateMergeRequestOptions{StateEvent: gl.Ptr("close")}
	doc, _, err := p.client.MergeRequests.UpdateMergeRequest(p.o.Slug, int64(r.Number), o, gl.WithContext(ctx))
	if err != nil {
		return refused(what, mergesNeed, err)
	}
	now, err := request(&doc.BasicMergeRequest)
	if err == nil && now.State == ci.RequestMerged {
		return &ci.ConflictError{Provider: name, What: what, Text: "it was merged"}
	}
	return err
}

// mergesNeed is what it takes to open one.
const mergesNeed = "the scope api, and at least the role of a developer"

// refused reads a refusal to write. What does not fit is told in one message, or a
// list of them.
func refused(what, needs string, err error) error {
	var answer *gl.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		switch answer.Response.StatusCode {
		case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
			return &ci.ConflictError{Provider: name, What: what, Text: answer.Message}
		}
	}
	return ci.Forbidden(name, what, needs, failure(what, err))
}

// NoRequest says that a token is missing.
func (p *Provider) NoRequest() string {
	if p.o.Token.IsZero() {
		return "GitLab opens a merge request only for a token, and there is none"
	}
	return ""
}

// RequestURL is the form for a new merge request, with the branches filled in.
func (p *Provider) RequestURL(want ci.RequestSpec) string {
	return p.web("/merge_requests/new?" + url.Values{"merge_request[source_branch]": {want.Head}, "merge_request[target_branch]": {want.Base}}.Encode())
}

// RequestCommand is that of GitLab's own program.
func (p *Provider) RequestCommand(want ci.RequestSpec) []string {
	return []string{"glab", "mr", "create", "--repo", p.o.UI + "/" + p.o.Slug, "--source-branch", want.Head, "--target-branch", want.Base,
		"--title", want.Title, "--description", want.Body, "--yes"}
}
