package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"ferry/flow/ci/github"
	"ferry/flow/ci/rules"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/keyring"
)

// jobToken tells, inside a job of GitHub Actions, whether a push to the job's own
// repository is made with the job's own token. Nil anywhere else: outside of a job,
// at another host or repository, by ssh.
func jobToken(env func(string) string, remote *gitops.Remote, client *http.Client) steps.JobToken {
	if !inOwnJob(env, remote) || !strings.HasPrefix(remote.URL(), "https://") {
		return nil
	}
	return func(ctx context.Context) (rules.Answer, string) {
		s, from := pushLogin(env, remote)
		if s.IsZero() {
			return rules.Undecided, "with what a push logs in is not known: " + from
		}
		return belongsTo(ctx, remote, client, s, from)
	}
}

// releaseToken tells the same of a release that is published. It goes by the API,
// whichever way a push goes.
func releaseToken(env func(string) string, remote *gitops.Remote, client *http.Client) steps.JobToken {
	if !inOwnJob(env, remote) {
		return nil
	}
	return func(ctx context.Context) (rules.Answer, string) {
		s, from, ok := keyring.FromEnv(env, "GH_TOKEN", "GITHUB_TOKEN")
		if !ok {
			return rules.Undecided, "the environment has no token"
		}
		return belongsTo(ctx, remote, client, s, from)
	}
}

// inOwnJob: we run in a job of GitHub Actions, for its own repository. Jobs of Gitea
// have the same variables.
func inOwnJob(env func(string) string, remote *gitops.Remote) bool {
	ours := strings.EqualFold(env("GITHUB_REPOSITORY"), remote.Slug()) && remote.Hostname() == "github.com"
	return env("GITHUB_ACTIONS") == "true" && env("GITEA_ACTIONS") == "" && ours
}

// belongsTo asks GitHub whether a token is the job's own.
func belongsTo(ctx context.Context, remote *gitops.Remote, client *http.Client, s keyring.Secret, from string) (rules.Answer, string) {
	p, err := github.New(github.Options{Slug: remote.Slug(), Token: s, HTTP: client, UserAgent: userAgent()})
	if err != nil {
		return rules.Undecided, err.Error()
	}
	who, err := p.Viewer(ctx)
	switch {
	case err != nil:
		return rules.Undecided, fmt.Sprintf("whose token %s has is not known: %v", from, err)
	case who == github.ActionsBot:
		return rules.Yes, from
	}
	return rules.No, fmt.Sprintf("that of %s belongs to %s", from, who)
}

// pushLogin is the login that a push begins with, as gitCredentials has them, as far
// as it is found without asking anybody.
func pushLogin(env func(string) string, remote *gitops.Remote) (s keyring.Secret, from string) {
	if remote.LogsInByHeader() {
		return remote.HeaderLogin(), "http.extraHeader"
	}
	s, from, ok := keyring.FromEnv(env, "GH_TOKEN", "GITHUB_TOKEN")
	if !ok {
		return keyring.Secret{}, "neither a header nor the environment has a login"
	}
	return s, from
}
