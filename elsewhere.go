package main

import (
	"cmp"
	"context"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"

	"ferry/flow/ci/gitea"
	"ferry/flow/ci/quickbuild"
	"ferry/flow/ci/rules"
	"ferry/flow/config"
	"ferry/gitops"
	"ferry/keyring"
)

// onGitea says whether the remote's own Actions build the commit: its host is a
// Gitea by its name, or the commit has workflows that only a Gitea or Forgejo
// reads. On GitHub and GitLab nobody reads them.
func onGitea(tree fs.FS, remote *gitops.Remote) bool {
	has := func(dirs ...string) bool {
		return slices.ContainsFunc(dirs, func(dir string) bool {
			_, err := fs.Stat(tree, dir+"/workflows")
			return err == nil
		})
	}
	switch own := rules.Detect(nowhere{}, remote.Hostname()); {
	case len(own) == 0:
		return has(".gitea", ".forgejo")
	case own[0].Provider == "gitea":
		return has(".gitea", ".forgejo", ".github")
	}
	return false
}

// nowhere is a tree without a file: what is found in it is found by the host alone.
type nowhere struct{}

func (nowhere) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// openGitea is the API of the remote's own host, unless another is configured.
func openGitea(ctx context.Context, c config.Config, remote *gitops.Remote, client *http.Client) (*gitea.Provider, error) {
	api := giteaAt(c, remote)
	return gitea.New(gitea.Options{URL: api, UI: c.CI.UI, Slug: remote.Slug(), Token: giteaToken(ctx, c, api), HTTP: client, UserAgent: userAgent()})
}

func giteaAt(c config.Config, remote *gitops.Remote) string {
	return cmp.Or(strings.TrimRight(c.CI.URL, "/"), "https://"+cmp.Or(secureHost(remote.URL()), remote.Hostname())+"/api/v1")
}

// mayBeGitea says whether the remote's host is a Gitea by its name, or one whose
// name says nothing.
func mayBeGitea(remote *gitops.Remote) bool {
	own := rules.Detect(nowhere{}, remote.Hostname())
	return len(own) == 0 || own[0].Provider == "gitea"
}

// giteaToken is the environment's where the person named the host in their own
// settings, for the variable names none; else what the keyring has for that API.
func giteaToken(ctx context.Context, c config.Config, api string) keyring.Secret {
	var s keyring.Secret
	if namedByPerson(c) {
		s, _, _ = keyring.FromEnv(os.Getenv, "GITEA_TOKEN")
	}
	return orStored(ctx, s, api)
}

// namedByPerson says whether ci.url was set, and not by a file of the project.
func namedByPerson(c config.Config) bool { return c.CI.URL != "" && !c.FromProject("ci.url") }

// openQuickBuild is the configured server, with the login of the environment where
// the person named the server, or else of the keyring.
func openQuickBuild(ctx context.Context, c config.Config, client *http.Client) (*quickbuild.Provider, error) {
	server, user := strings.TrimRight(c.CI.URL, "/"), os.Getenv("QUICKBUILD_USER")
	var s keyring.Secret
	if namedByPerson(c) {
		s, _, _ = keyring.FromEnv(os.Getenv, "QUICKBUILD_PASSWORD")
	}
	if ring := keyring.System(os.Getenv); s.IsZero() && server != "" && user != "" && ring.Probe(ctx) == nil {
		s, _ = ring.Get(ctx, server, user)
	}
	return quickbuild.New(quickbuild.Options{URL: server, Configuration: c.CI.Configuration, User: user, Password: s, HTTP: client, UserAgent: userAgent()})
}
