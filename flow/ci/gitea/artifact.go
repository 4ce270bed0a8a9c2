package gitea

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"ferry/flow/ci"
)

// artifactsDoc is a list of what is kept of a run.
type artifactsDoc struct {
	Total     *int `json:"total_count"`
	Artifacts []struct {
		ID      int64  `json:"id"`
		Name    string `json:"name"`
		Size    int64  `json:"size_in_bytes"`
		Expired *bool  `json:"expired"`
	} `json:"artifacts"`
}

// Artifacts are those of a run. Servers that are older, and Forgejo, list none.
func (p *Provider) Artifacts(ctx context.Context, b ci.Build) ([]ci.Artifact, error) {
	none := &ci.UnsupportedError{Provider: name, What: "list artifacts", Page: b.URL}
	if b.Event == eventStatus {
		return nil, nil // another service's, which keeps nothing here
	}
	if _, err := strconv.ParseInt(b.ID, 10, 64); err != nil {
		return nil, none // pieced together from tasks
	}
	var out []ci.Artifact
	err := p.pages(ctx, p.at("actions", "runs", b.ID, "artifacts"), "the artifacts of run "+b.ID, url.Values{}, func(reply ci.Reply) (bool, error) {
		var doc artifactsDoc
		if err := json.Unmarshal(reply.Body, &doc); err != nil || doc.Total == nil {
			return false, malformed("the list of artifacts is missing")
		}
		for _, a := range doc.Artifacts {
			if a.ID == 0 || a.Expired == nil {
				return false, malformed("an artifact lacks its number, or whether it has expired")
			}
			out = append(out, ci.Artifact{ID: strconv.FormatInt(a.ID, 10), Name: a.Name, Size: a.Size, Expired: *a.Expired})
		}
		return len(doc.Artifacts) > 0 && len(out) < *doc.Total, nil
	})
	if missing(err) {
		return nil, none
	}
	return out, err
}

// OpenArtifact reads an archive where the server sends to, which is told no token: the
// address itself is the leave to read.
func (p *Provider) OpenArtifact(ctx context.Context, a ci.Artifact) (io.ReadCloser, error) {
	what := fmt.Sprintf("artifact %s (%s)", a.ID, a.Name)
	if p.o.Token.IsZero() {
		return nil, &ci.NeedsTokenError{Provider: name, What: "the artifacts of runs"}
	}
	if _, err := strconv.ParseInt(a.ID, 10, 64); err != nil {
		return nil, &ci.NotFoundError{Provider: name, What: what}
	}
	return p.client.Open(ctx, p.at("actions", "artifacts", a.ID, "zip"), what, p.o.HTTP, p.o.UserAgent)
}
