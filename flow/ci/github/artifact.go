package github

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// Artifacts are those of all attempts at a run. What other services report about a
// commit is no run and keeps none.
func (p *Provider) Artifacts(ctx context.Context, b ci.Build) ([]ci.Artifact, error) {
	if b.Event == eventCheck || b.Event == eventStatus {
		return nil, nil
	}
	run, err := strconv.ParseInt(b.ID, 10, 64)
	if err != nil {
		return nil, &ci.NotFoundError{Provider: name, What: "run " + b.ID}
	}
	var out []ci.Artifact
	o := &gh.ListOptions{PerPage: searchSize}
	for range maxPages {
		doc, res, err := p.client.Actions.ListWorkflowRunArtifacts(ctx, p.owner, p.repo, run, o)
		switch {
		case err != nil:
			return nil, failure("the artifacts of run "+b.ID, err)
		case doc == nil || doc.TotalCount == nil || doc.Artifacts == nil:
			return nil, malformed("the list of artifacts is missing")
		}
		for _, a := range doc.Artifacts {
			if a.GetID() == 0 || a.Expired == nil {
				return nil, malformed("an artifact lacks its number, or whether it has expired")
			}
			out = append(out, ci.Artifact{ID: strconv.FormatInt(a.GetID(), 10), Name: a.GetName(), Size: a.GetSizeInBytes(), Expired: a.GetExpired()})
		}
		if o.Page = res.NextPage; o.Page == 0 {
			return out, nil
		}
	}
	return nil, malformed("there are more artifacts of this run than are read")
}

// OpenArtifact asks where the archive is, and reads it there: on another host, which
// must not see the token.
func (p *Provider) OpenArtifact(ctx context.Context, a ci.Artifact) (io.ReadCloser, error) {
	what := fmt.Sprintf("artifact %s (%s)", a.ID, a.Name)
	if p.o.Token.IsZero() {
		return nil, &ci.NeedsTokenError{Provider: name, What: "the artifacts of runs"}
	}
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil {
		return nil, &ci.NotFoundError{Provider: name, What: what}
	}
	at, res, err := p.client.Actions.DownloadArtifact(ctx, p.owner, p.repo, id, 3)
	switch {
	case err != nil && res != nil && res.StatusCode != http.StatusFound:
		return nil, ci.Refusal(name, what, res.Response, nil)
	case err != nil:
		return nil, failure(what, err)
	case at.Host == "" || at.User != nil || at.Scheme != "https" && !strings.HasPrefix(p.o.URL, at.Scheme+"://"):
		return nil, malformed("the archive is at an address that is not followed")
	}
	return ci.OpenStored(ctx, name, at, what, p.plain, p.o.UserAgent)
}
