package gitea

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"ferry/flow/ci"
)

// pullDoc is a pull request.
type pullDoc struct {
	Number int     `json:"number"`
	URL    string  `json:"html_url"`
	State  string  `json:"state"`
	Merged bool    `json:"merged"`
	Head   pullEnd `json:"head"`
	Base   pullEnd `json:"base"`
}

// pullEnd is one of its branches.
type pullEnd struct {
	Ref  string `json:"ref"`
	Repo int64  `json:"repo_id"`
}

// Requests are the open pull requests from a branch of the repository. Servers list
// all of them and filter by no branch.
func (p *Provider) Requests(ctx context.Context, head string) ([]ci.MergeRequest, error) {
	var out []ci.MergeRequest
	err := p.pages(ctx, p.at("pulls"), "the pull requests", url.Values{"state": {"open"}}, func(reply ci.Reply) (bool, error) {
		var docs []pullDoc
		if err := json.Unmarshal(reply.Body, &docs); err != nil || docs == nil {
			return false, malformed("the list of pull requests is missing")
		}
		for _, doc := range docs {
			r, err := doc.request()
			switch {
			case err != nil:
				return false, err
			case r.Head == head && doc.Head.Repo == doc.Base.Repo:
				out = append(out, r)
			}
		}
		return len(docs) > 0, nil
	})
	return out, err
}

func (d pullDoc) request() (ci.MergeRequest, error) {
	if d.Number == 0 || d.Base.Ref == "" || d.State != "open" && d.State != "closed" {
		return ci.MergeRequest{}, malformed("a pull request lacks its number, its state or its branches")
	}
	r := ci.MergeRequest{Number: d.Number, URL: d.URL, Head: d.Head.Ref, Base: d.Base.Ref, State: ci.RequestOpen}
	switch {
	case d.Merged:
		r.State = ci.RequestMerged
	case d.State != "open":
		r.State = ci.RequestClosed
	}
	return r, nil
}

// Request opens a pull request.
func (p *Provider) Request(ctx context.Context, want ci.RequestSpec) (ci.MergeRequest, error) {
	body := map[string]string{"title": want.Title, "body": want.Body, "head": want.Head, "base": want.Base}
	return p.change(ctx, http.MethodPost, p.at("pulls"), "a pull request", body)
}

// CloseRequest closes a pull request. Its branch stays.
func (p *Provider) CloseRequest(ctx context.Context, r ci.MergeRequest) error {
	number := strconv.Itoa(r.Number)
	what := "pull request " + number
	now, err := p.change(ctx, http.MethodPatch, p.at("pulls", number), what, map[string]string{"state": "closed"})
	if err == nil && now.State == ci.RequestMerged {
		return &ci.ConflictError{Provider: name, What: what, Text: "it was merged"}
	}
	return err
}

// change sends a document once and reads the pull request that came of it. A server
// answers with 412 where one is merged.
func (p *Provider) change(ctx context.Context, method, at, what string, body map[string]string) (ci.MergeRequest, error) {
	if p.o.Token.IsZero() {
		return ci.MergeRequest{}, &ci.NeedsTokenError{Provider: name, What: what}
	}
	sent, err := json.Marshal(body)
	if err != nil {
		return ci.MergeRequest{}, err
	}
	reply, err := p.client.Do(ctx, ci.Request{Method: method, URL: at, What: what, Type: "application/json", Body: sent,
		Also: []int{http.StatusCreated, http.StatusPreconditionFailed}})
	var doc pullDoc
	switch {
	case err != nil:
		return ci.MergeRequest{}, ci.Forbidden(name, what, "the scope write:repository, and an account that may write there", err)
	case reply.Status == http.StatusPreconditionFailed:
		var said struct{ Message string }
		_ = json.Unmarshal(reply.Body, &said) // an answer that is no JSON has no message
		return ci.MergeRequest{}, &ci.ConflictError{Provider: name, What: what, Text: said.Message}
	}
	if err := json.Unmarshal(reply.Body, &doc); err != nil {
		return ci.MergeRequest{}, &ci.MalformedError{Provider: name, Err: err}
	}
	return doc.request()
}

// NoRequest says that a token is missing.
func (p *Provider) NoRequest() string {
	if p.o.Token.IsZero() {
		return "the server opens a pull request only for a token, and there is none"
	}
	return ""
}

// RequestURL is the page that compares two branches, with the form on it.
func (p *Provider) RequestURL(want ci.RequestSpec) string {
	return p.o.UI + "/" + p.o.Slug + "/compare/" + url.PathEscape(want.Base) + "..." + url.PathEscape(want.Head)
}

// RequestCommand is that of Gitea's own program.
func (p *Provider) RequestCommand(want ci.RequestSpec) []string {
	return []string{"tea", "pulls", "create", "--repo", p.o.Slug, "--head", want.Head, "--base", want.Base, "--title", want.Title, "--description", want.Body}
}
