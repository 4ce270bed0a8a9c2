package main

import (
	"context"
	"net/url"
	"os"
	"strings"

	"ferry/flow/config"
	"ferry/gitops"
	"ferry/keyring"
)

// token is the credential for GitHub as a CI. A project's file may name another host, but
// what was made for the real one is never sent there.
func token(ctx context.Context, c config.Config) keyring.Secret {
	if c.CI.URL != "" && c.FromProject("ci.url") {
		return keyring.Secret{}
	}
	if c.CI.URL == "" {
		return githubHostToken(ctx)
	}
	return orStored(ctx, githubToken(ctx, apiHost(c.CI.URL)), strings.TrimRight(c.CI.URL, "/"))
}

// apiHost is the host that an API of GitHub belongs to: what gh keeps for another
// is never sent there.
func apiHost(api string) string {
	u, err := url.Parse(api)
	if err != nil || u.Host == "api.github.com" {
		return "github.com"
	}
	return u.Host
}

// orStored is the token that ferry auth login stored for an API, where there is
// none yet. A keyring that is locked is not opened for it: reading what is public
// needs no token.
func orStored(ctx context.Context, s keyring.Secret, api string) keyring.Secret {
	ring := keyring.System(os.Getenv)
	if !s.IsZero() || ring.Probe(ctx) != nil {
		return s
	}
	s, _ = ring.Get(ctx, api, "token")
	return s
}

// githubToken is the environment's, else gh's own.
func githubToken(ctx context.Context, host string) keyring.Secret {
	if s, _, ok := keyring.FromEnv(os.Getenv, "GH_TOKEN", "GITHUB_TOKEN"); ok {
		return s
	}
	s, _ := keyring.FromTool(ctx, os.Getenv, "github", "https://"+host)
	return s
}

// gitCredentials are for git over HTTP, in the order in which they are asked.
// Each token goes to its own host alone, and only by https: what the environment
// names for no host, GITEA_TOKEN for one, is not among them. ask may be nil: then
// nobody is asked. A person may mistype once.
func gitCredentials(root string, ask keyring.Prompter) []gitops.Source {
	sources := []gitops.Source{
		hostToken("github.com", "GH_TOKEN", "GITHUB_TOKEN"),
		hostToken("gitlab.com", "GITLAB_TOKEN"),
		ghLogin,
		gitops.NetrcLogin(),
		gitops.HelperLogin(root),
		storedLogin,
	}
	if ask != nil {
		sources = append(sources, gitops.TypedLogin(ask, root), gitops.TypedLogin(ask, root))
	}
	return sources
}

// hostToken is the environment's token for one host.
func hostToken(host string, names ...string) gitops.Source {
	return func(_ context.Context, address string) (gitops.Login, error) {
		if secureHost(address) != host {
			return gitops.Login{}, nil
		}
		s, name, _ := keyring.FromEnv(os.Getenv, names...)
		return gitops.Login{User: gitops.TokenUser(host), Secret: s, Source: name}, nil
	}
}

// ghLogin is what gh keeps for just this host. gh knows no ports, and takes an
// API's host for the host it belongs to: for those it is not asked.
func ghLogin(ctx context.Context, address string) (gitops.Login, error) {
	host := secureHost(address)
	if host == "" || strings.Contains(host, ":") || strings.HasPrefix(host, "api.") {
		return gitops.Login{}, nil
	}
	s, where := keyring.FromTool(ctx, os.Getenv, "github", "https://"+host)
	return gitops.Login{User: gitops.TokenUser("github.com"), Secret: s, Source: where}, nil
}

// storedLogin is what ferry auth login stored for GitHub. A keyring that is
// locked is not opened for it.
func storedLogin(ctx context.Context, address string) (gitops.Login, error) {
	if secureHost(address) != "github.com" {
		return gitops.Login{}, nil
	}
	s := orStored(ctx, keyring.Secret{}, "https://api.github.com")
	return gitops.Login{User: gitops.TokenUser("github.com"), Secret: s, Source: "the keyring"}, nil
}

// secureHost is the host of an https address, with its port if one is written.
func secureHost(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	return strings.ToLower(u.Host)
}
