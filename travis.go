package main

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"ferry/flow/ci"
	"ferry/flow/ci/travis"
	"ferry/flow/config"
	"ferry/gitops"
	"ferry/keyring"
)

// openTravis opens Travis at the API that is configured, else the one that the
// person's own travis client would ask about the repository.
func openTravis(ctx context.Context, c config.Config, remote *gitops.Remote, client *http.Client) (*travis.Provider, error) {
	cli := travisCLI(os.Getenv)
	api := travisAPI(os.Getenv, c, cli, remote.Slug())
	o := travis.Options{URL: api, UI: c.CI.UI, Slug: remote.Slug(), Token: travisToken(ctx, c, cli, api), HTTP: client, UserAgent: userAgent()}
	if remote.Hostname() == "github.com" {
		host := &lazyHost{token: githubHostToken, slug: remote.Slug(), client: client}
		o.Elsewhere = func(ctx context.Context, q ci.Query) ([]ci.Build, error) {
			p, err := host.provider(ctx)
			if err != nil {
				return nil, err
			}
			return p.TravisBuilds(ctx, q)
		}
	}
	return travis.New(o)
}

// travisAPI is the address of the API, without a slash at its end.
func travisAPI(env func(string) string, c config.Config, cli travis.CLI, slug string) string {
	return strings.TrimRight(cmp.Or(c.CI.URL, env("TRAVIS_ENDPOINT"), cli.Endpoint(slug), travis.DefaultURL), "/")
}

// travisToken is the environment's, the travis client's for just this API, or what
// ferry auth login stored for it. An API that only the project's file names gets none.
func travisToken(ctx context.Context, c config.Config, cli travis.CLI, api string) keyring.Secret {
	if c.CI.URL != "" && c.FromProject("ci.url") {
		return keyring.Secret{}
	}
	if s, _, ok := keyring.FromEnv(os.Getenv, "TRAVIS_TOKEN"); ok {
		return s
	}
	if s := cli.Token(api); !s.IsZero() {
		return s
	}
	return orStored(ctx, keyring.Secret{}, api)
}

// travisCLI is what the person's travis client knows; nothing if there is none.
func travisCLI(env func(string) string) travis.CLI {
	dir := env("TRAVIS_CONFIG_PATH")
	if dir == "" && env("HOME") != "" {
		dir = filepath.Join(env("HOME"), ".travis")
	}
	f, err := os.Open(filepath.Join(dir, "config.yml"))
	if err != nil || dir == "" {
		return travis.CLI{}
	}
	defer f.Close()
	cli, err := travis.ReadCLI(f)
	if err != nil {
		return travis.CLI{}
	}
	return cli
}
