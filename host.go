package main

import (
	"context"
	"net/http"
	"sync"

	"ferry/flow/ci"
	"ferry/flow/ci/gitea"
	"ferry/flow/ci/github"
	"ferry/flow/ci/gitlab"
	"ferry/flow/config"
	"ferry/gitops"
	"ferry/keyring"
)

// gitHost is the API of the git host, where one is known: that of GitHub's, GitLab's
// or Gitea's CI where this is watched, for it builds nobody else's repositories, or github.com's own.
// Nil where there is none to ask.
func gitHost(remote *gitops.Remote, watched []ci.Provider, client *http.Client) ci.Host {
	for _, p := range watched {
		switch h := p.(type) {
		case *github.Provider:
			return h
		case *gitea.Provider:
			return h
		case *gitlab.Provider:
			return h
		}
	}
	if remote.Hostname() != "github.com" {
		return nil
	}
	return &lazyHost{token: githubHostToken, slug: remote.Slug(), client: client}
}

// chosen says where a person named the remote; "" if nobody did. The project's
// own file is in every clone, and speaks for nobody.
func chosen(c config.Config) string {
	if origin := c.Origin("release.remote"); origin != "default" && !c.FromProject("release.remote") {
		return origin
	}
	return ""
}

func githubHostToken(ctx context.Context) keyring.Secret {
	return orStored(ctx, githubToken(ctx, "github.com"), github.DefaultURL)
}

// lazyHost is github.com for a repository whose CI is elsewhere. It looks for a
// token when it is first asked, which is only before a release is triggered.
type lazyHost struct {
	slug   string
	token  func(context.Context) keyring.Secret
	client *http.Client

	mu sync.Mutex
	p  *github.Provider
}

// Name is that of the provider, so that a survey reads it once.
func (*lazyHost) Name() string { return "github" }

// Inspect asks what github.com says of the repository.
func (h *lazyHost) Inspect(ctx context.Context) (ci.Project, error) {
	p, err := h.provider(ctx)
	if err != nil {
		return ci.Project{}, err
	}
	return p.Inspect(ctx)
}

// RefRules asks what github.com forbids on a ref.
func (h *lazyHost) RefRules(ctx context.Context, ref string) (ci.RefRules, error) {
	p, err := h.provider(ctx)
	if err != nil {
		return ci.RefRules{}, err
	}
	return p.RefRules(ctx, ref)
}

func (h *lazyHost) provider(ctx context.Context) (*github.Provider, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.p != nil {
		return h.p, nil
	}
	p, err := github.New(github.Options{Slug: h.slug, Token: h.token(ctx), HTTP: h.client, UserAgent: userAgent()})
	if err == nil && ctx.Err() == nil { // a look that was cut short may have missed the token
		h.p = p
	}
	return p, err
}
