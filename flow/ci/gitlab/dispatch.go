package gitlab

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// Dispatch starts a pipeline, whose source GitLab calls api. Its jobs are those that
// .gitlab-ci.yml has for that; inputs are none of a workflow's.
func (p *Provider) Dispatch(ctx context.Context, want ci.DispatchSpec) error {
	const what = "a pipeline"
	switch {
	case p.o.Token.IsZero():
		return &ci.NeedsTokenError{Provider: name, What: what}
	case len(want.Inputs) > 0:
		return &ci.ConflictError{Provider: name, What: what, Text: "it is started without inputs"}
	}
	_, _, err := p.client.Pipelines.CreatePipeline(p.o.Slug, &gl.CreatePipelineOptions{Ref: gl.Ptr(refName(want.Ref))}, gl.WithContext(ctx))
	var answer *gl.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.Response != nil && answer.Response.StatusCode == http.StatusBadRequest:
		return &ci.ConflictError{Provider: name, What: what, Text: answer.Message}
	}
	return ci.Forbidden(name, what, "the scope api, and a role that may push to the branch", failure(what, err))
}

// NoDispatch says that a token is missing.
func (p *Provider) NoDispatch() string {
	if p.o.Token.IsZero() {
		return "GitLab starts a pipeline only for a token, and there is none"
	}
	return ""
}

// DispatchURL is the form for a new pipeline. One that is started there has the
// source web.
func (p *Provider) DispatchURL(want ci.DispatchSpec) string {
	return p.web("/pipelines/new?" + url.Values{"ref": {refName(want.Ref)}}.Encode())
}

// DispatchCommand is that of GitLab's own program.
func (p *Provider) DispatchCommand(want ci.DispatchSpec) []string {
	return []string{"glab", "ci", "run", "--repo", p.o.UI + "/" + p.o.Slug, "--branch", refName(want.Ref)}
}
