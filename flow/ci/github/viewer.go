package github

import (
	"context"

	"ferry/flow/ci"
)

// ActionsBot is who the token of a job of GitHub Actions belongs to. What it pushes
// starts no workflow: docs.github.com, "GITHUB_TOKEN". That of another App, which
// looks the same, has another owner, and its pushes do.
const ActionsBot = "github-actions[bot]"

// Viewer says who the token belongs to, on github.com. The REST API answers that to
// people alone.
func (p *Provider) Viewer(ctx context.Context) (string, error) {
	const what = "the owner of the token"
	if p.o.Token.IsZero() {
		return "", &ci.NeedsTokenError{Provider: name, What: what}
	}
	req, err := p.client.NewRequest(ctx, "POST", "graphql", map[string]string{"query": "query { viewer { login } }"})
	if err != nil {
		return "", failure(what, err)
	}
	var doc struct {
		Data struct {
			Viewer struct{ Login string }
		}
	}
	if _, err := p.client.Do(req, &doc); err != nil {
		return "", failure(what, err)
	}
	if doc.Data.Viewer.Login == "" {
		return "", malformed(what + " is missing")
	}
	return doc.Data.Viewer.Login, nil
}
