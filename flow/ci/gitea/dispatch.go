package gitea

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"

	"ferry/flow/ci"
)

// dispatchDoc is the start of a workflow: go-gitea/gitea services/actions/workflow.go.
type dispatchDoc struct {
	Ref    string            `json:"ref"`
	Inputs map[string]string `json:"inputs,omitempty"`
}

func dispatched(want ci.DispatchSpec) dispatchDoc {
	return dispatchDoc{shortName(want.Ref), want.Inputs}
}

// Dispatch starts a workflow by its file's name. A server that cannot is an
// UnsupportedError with the page on which a person can.
func (p *Provider) Dispatch(ctx context.Context, want ci.DispatchSpec) error {
	what := "a run of " + want.File
	if p.o.Token.IsZero() {
		return &ci.NeedsTokenError{Provider: name, What: what}
	}
	body, err := json.Marshal(dispatched(want))
	if err != nil {
		return err
	}
	reply, err := p.client.Do(ctx, ci.Request{Method: http.MethodPost, URL: p.dispatches(want), What: what, Type: "application/json", Body: body,
		Also: []int{http.StatusCreated, http.StatusNoContent, http.StatusBadRequest, http.StatusUnprocessableEntity}})
	switch {
	case missing(err):
		return &ci.UnsupportedError{Provider: name, What: "start " + what, Page: p.DispatchURL(want)}
	case err != nil:
		return ci.Forbidden(name, what, "the scope write:repository, and an account that may write there", err)
	case reply.Status < http.StatusBadRequest:
		return nil
	}
	var said struct{ Message string }
	_ = json.Unmarshal(reply.Body, &said) // an answer that is no JSON has no message
	return &ci.ConflictError{Provider: name, What: what, Text: said.Message}
}

func (p *Provider) dispatches(want ci.DispatchSpec) string {
	return p.at("actions", "workflows", url.PathEscape(path.Base(want.File)), "dispatches")
}

// NoDispatch says that a token is missing.
func (p *Provider) NoDispatch() string {
	if p.o.Token.IsZero() {
		return "the server starts a workflow only for a token, and there is none"
	}
	return ""
}

// DispatchURL is the page of the workflow's runs, which has a button for it.
func (p *Provider) DispatchURL(want ci.DispatchSpec) string {
	return p.o.UI + "/" + p.o.Slug + "/actions?" + url.Values{"workflow": {path.Base(want.File)}}.Encode()
}

// DispatchCommand is a request: Gitea's own program of old knows none.
func (p *Provider) DispatchCommand(want ci.DispatchSpec) []string {
	body, err := json.Marshal(dispatched(want))
	if err != nil {
		return nil
	}
	return []string{"curl", "-X", "POST", "-H", "Authorization: token $GITEA_TOKEN", "-H", "Content-Type: application/json", "-d", string(body), p.dispatches(want)}
}
