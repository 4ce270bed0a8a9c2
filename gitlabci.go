package main

import (
	"cmp"
	"context"
	"embed"
	"net/http"
	"os"
	"strings"

	"ferry/flow/ci/gitlab"
	"ferry/flow/ci/rules"
	"ferry/flow/config"
	"ferry/gitops"
	"ferry/keyring"
)

// mayBeGitLab says whether a .gitlab-ci.yml means something to the remote's host:
// it is a GitLab by its name, or one whose name says nothing.
func mayBeGitLab(remote *gitops.Remote) bool {
	own := rules.Detect(embed.FS{}, remote.Hostname()) // a tree without a file: the host alone
	return remote.Hostname() != "" && (len(own) == 0 || own[0].Provider == "gitlab")
}

// openGitLab is the remote's own host, unless another is configured.
func openGitLab(ctx context.Context, c config.Config, remote *gitops.Remote, files rules.Files, client *http.Client) (*gitlab.Provider, error) {
	at := gitlabAt(c, remote)
	var publishing []string
	for _, d := range files.Deploys {
		if d.Provider == "gitlab" {
			parts := strings.Split(d.Job, " / ") // the jobs that start its pipeline come first
			publishing = append(publishing, parts[len(parts)-1])
		}
	}
	return gitlab.New(gitlab.Options{URL: at, UI: c.CI.UI, Slug: remote.Slug(), Token: gitlabToken(ctx, c, at), HTTP: client, UserAgent: userAgent(), Publishing: publishing})
}

func gitlabAt(c config.Config, remote *gitops.Remote) string {
	return cmp.Or(strings.TrimSuffix(strings.TrimRight(c.CI.URL, "/"), "/api/v4"), "https://"+cmp.Or(secureHost(remote.URL()), remote.Hostname()))
}

// gitlabToken is the environment's for gitlab.com, or for the host that GITLAB_HOST
// or the person's own settings name; else what the keyring has for that host. What
// was made for one host is never sent to another.
func gitlabToken(ctx context.Context, c config.Config, at string) keyring.Secret {
	if c.CI.URL != "" && c.FromProject("ci.url") {
		return keyring.Secret{}
	}
	var s keyring.Secret
	host := strings.TrimPrefix(strings.TrimPrefix(os.Getenv("GITLAB_HOST"), "https://"), "http://")
	if _, bare, _ := strings.Cut(at, "://"); at == gitlab.DefaultURL || namedByPerson(c) || host != "" && strings.EqualFold(bare, strings.TrimRight(host, "/")) {
		s, _, _ = keyring.FromEnv(os.Getenv, "GITLAB_TOKEN")
	}
	return orStored(ctx, s, at)
}
