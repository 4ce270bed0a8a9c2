package github

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// eventDispatch is what GitHub calls a run that was asked for.
const eventDispatch = "workflow_dispatch"

// Dispatch starts a workflow by its file's name. Which run comes of it GitHub would
// say where it is asked to; servers of one's own do not know the question.
func (p *Provider) Dispatch(ctx context.Context, want ci.DispatchSpec) error {
	what := "a run of " + want.File
	if p.o.Token.IsZero() {
		return &ci.NeedsTokenError{Provider: name, What: what}
	}
	body := gh.CreateWorkflowDispatchEventRequest{Ref: refName(want.Ref), Inputs: map[string]any{}}
	for k, v := range want.Inputs {
		body.Inputs[k] = v
	}
	_, _, err := p.client.Actions.CreateWorkflowDispatchEventByFileName(ctx, p.owner, p.repo, url.PathEscape(path.Base(want.File)), body)
	var answer *gh.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.Response.StatusCode == http.StatusUnprocessableEntity:
		return &ci.ConflictError{Provider: name, What: what, Text: answer.Message}
	}
	return ci.Forbidden(name, what, "the permission Actions: write of a fine-grained token or of a job, or the scope repo of a classic one", failure(what, err))
}

// NoDispatch says that a token is missing.
func (p *Provider) NoDispatch() string {
	if p.o.Token.IsZero() {
		return "GitHub starts a workflow only for a token, and there is none"
	}
	return ""
}

// DispatchURL is the workflow's page, which has a button for it.
func (p *Provider) DispatchURL(want ci.DispatchSpec) string {
	return p.o.UI + "/" + p.o.Slug + "/actions/workflows/" + url.PathEscape(path.Base(want.File))
}

// DispatchCommand is that of GitHub's own program.
func (p *Provider) DispatchCommand(want ci.DispatchSpec) []string {
	out := []string{"gh", "workflow", "run", path.Base(want.File), "--repo", p.forGH(), "--ref", refName(want.Ref)}
	for _, k := range slices.Sorted(maps.Keys(want.Inputs)) {
		out = append(out, "--raw-field", k+"="+want.Inputs[k])
	}
	return out
}

// forGH is the repository as gh wants it named.
func (p *Provider) forGH() string {
	if u, err := url.Parse(p.o.UI); err == nil && u.Host != "github.com" {
		return u.Host + "/" + p.o.Slug
	}
	return p.o.Slug
}
