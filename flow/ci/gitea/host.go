package gitea

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"ferry/flow/ci"
)

// repoDoc is a repository.
type repoDoc struct {
	Name        string   `json:"full_name"`
	URL         string   `json:"html_url"`
	Clone       string   `json:"clone_url"`
	SSH         string   `json:"ssh_url"`
	Default     string   `json:"default_branch"`
	Private     bool     `json:"private"`
	Fork        bool     `json:"fork"`
	Archived    bool     `json:"archived"`
	Actions     *bool    `json:"has_actions"`
	Parent      *repoDoc `json:"parent"`
	Permissions *struct {
		Push *bool `json:"push"`
	} `json:"permissions"`
}

// Inspect says whether the server shows the repository, and whether its Actions
// are on. One that was renamed is answered under its new name.
func (p *Provider) Inspect(ctx context.Context) (ci.Project, error) {
	doc, err := p.repository(ctx)
	if err != nil {
		return ci.Project{}, err
	}
	if doc.Name == "" {
		return ci.Project{}, malformed("the repository has no name")
	}
	return ci.Project{
		Slug: doc.Name, URL: doc.URL, Active: !doc.Archived && (doc.Actions == nil || *doc.Actions),
		DefaultBranch: doc.Default, Private: doc.Private, Host: p.hosted(doc),
	}, nil
}

// moved are the answers with which a server sends on to a repository's new name.
var moved = []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}

// repository follows one redirect, and none that leads out of the API.
func (p *Provider) repository(ctx context.Context) (doc repoDoc, err error) {
	what := "repository " + p.o.Slug
	reply, err := p.client.Do(ctx, ci.Request{URL: p.at(), What: what, Also: moved})
	if err == nil && reply.Status != http.StatusOK {
		to := p.within(reply.Header.Get("Location"))
		if to == "" {
			return doc, malformed("it sends on to another place, which is not followed")
		}
		reply, err = p.client.Do(ctx, ci.Request{URL: to, What: what})
	}
	if err != nil {
		return doc, err
	}
	if err := json.Unmarshal(reply.Body, &doc); err != nil {
		return doc, &ci.MalformedError{Provider: name, Err: err}
	}
	return doc, nil
}

// within gives the address of a redirect if it is a repository of the same API.
func (p *Provider) within(location string) string {
	base, err := url.Parse(p.o.URL + "/repos/")
	if err != nil {
		return ""
	}
	to, err := base.Parse(location)
	if err != nil || to.Scheme != base.Scheme || to.Host != base.Host || to.User != nil || !strings.HasPrefix(to.EscapedPath(), base.EscapedPath()) {
		return ""
	}
	return to.String()
}

// hosted is what the document tells of the repository's place among others. Who
// asks without a token has permissions that are nobody's.
func (p *Provider) hosted(d repoDoc) *ci.Hosted {
	h := &ci.Hosted{Fork: d.Fork, Archived: d.Archived, CloneURL: d.Clone, CloneSSH: d.SSH}
	if d.Parent != nil && d.Parent.Name != "" {
		h.Parent = &ci.Origin{Slug: d.Parent.Name, CloneURL: d.Parent.Clone, CloneSSH: d.Parent.SSH}
	}
	if d.Permissions != nil && !p.o.Token.IsZero() {
		h.MayPush = d.Permissions.Push
	}
	return h
}
