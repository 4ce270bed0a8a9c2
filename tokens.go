package main

import (
	"cmp"
	"context"
	"net/url"
	"os"
	"strings"

	"ferry/flow/config"
	"ferry/gitops"
	"ferry/keyring"
)

// token is the credential for a CI. A project's file may name another host, but
// what was made for the real one is never sent there.
func token(ctx context.Context, c config.Config, remote *gitops.Remote, provider string) keyring.Secret {
	origin := c.Origin("ci.url")
	if c.CI.URL != "" && (strings.HasPrefix(origin, "ferry.toml") || strings.HasPrefix(origin, "pyproject.toml")) {
		return keyring.Secret{}
	}
	if provider == "travis" {
		s, _, _ := keyring.FromEnv(os.Getenv, "TRAVIS_TOKEN")
		return orStored(ctx, s, provider, cmp.Or(strings.TrimRight(c.CI.URL, "/"), "https://api.travis-ci.com"))
	}
	s := githubToken(ctx, remote.Host())
	if c.CI.URL == "" && remote.Host() != "github.com" {
		return s
	}
	return orStored(ctx, s, provider, cmp.Or(strings.TrimRight(c.CI.URL, "/"), "https://api.github.com"))
}

// orStored is the token that the tool of an API keeps, or that ferry auth login
// stored, where there is none yet. A keyring that is locked is not opened for
// it: reading what is public needs no token.
func orStored(ctx context.Context, s keyring.Secret, provider, api string) keyring.Secret {
	if s.IsZero() && provider == "travis" {
		s, _ = keyring.FromTool(ctx, os.Getenv, provider, api)
	}
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

// gitCredentials are for pushing over HTTP: the environment's token on GitHub,
// else what git's own helpers know.
func gitCredentials(root string) gitops.Credentials {
	return func(ctx context.Context, address string) (string, keyring.Secret, error) {
		if u, err := url.Parse(address); err == nil && u.Hostname() == "github.com" {
			if s := githubToken(ctx, u.Hostname()); !s.IsZero() {
				return "x-access-token", s, nil
			}
		}
		user, secret, err := gitops.CredentialFill(ctx, root, address)
		if err != nil && ctx.Err() == nil {
			return "", keyring.Secret{}, nil // without credentials; the remote says if it wants some
		}
		return user, secret, err
	}
}
