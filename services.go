package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/github"
	"ferry/flow/ci/rules"
	"ferry/flow/config"
	"ferry/gitops"
)

// services opens the CIs that a checkout may be built by.
type services struct {
	conf   config.Config
	remote *gitops.Remote
	files  rules.Files
	client *http.Client
}

// watched are the CIs to watch: those that are configured, else those whose
// files the commit has.
func (s services) watched(ctx context.Context) ([]ci.Provider, error) {
	names := s.conf.CI.Provider
	if len(names) == 0 || names[0] == "auto" {
		names = slices.DeleteFunc(slices.Clone(s.files.Providers), func(n string) bool {
			return s.conf.CI.URL == "" && (n == "github" && s.remote.Host() != "github.com" || n == "gitlab" && !mayBeGitLab(s.remote))
		})
	}
	if s.conf.CI.URL != "" && len(names) > 1 { // a token goes to no other service's address
		return nil, badCI(fmt.Errorf("ci.url is the address of one service, and %s are watched; name one in ci.provider", strings.Join(names, " and ")))
	}
	var out []ci.Provider
	for _, name := range names {
		if name == "none" {
			continue
		}
		p, err := s.open(ctx, name)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// open opens one by its name, watched or not.
func (s services) open(ctx context.Context, name string) (ci.Provider, error) {
	p, err := s.dial(ctx, name)
	if err != nil {
		return nil, badCI(err)
	}
	return p, nil
}

func (s services) dial(ctx context.Context, name string) (ci.Provider, error) {
	conf := s.seenBy(name)
	switch name {
	case "travis":
		return openTravis(ctx, conf, s.remote, s.client)
	case "github":
		return openGitHub(ctx, conf, s.remote, s.client)
	case "gitlab":
		return openGitLab(ctx, conf, s.remote, s.files, s.client)
	case "gitea":
		return openGitea(ctx, conf, s.remote, s.client)
	case "quickbuild":
		return openQuickBuild(ctx, conf, s.client)
	}
	return nil, fmt.Errorf("provider %q is not known to this version", name)
}

// seenBy is the configuration for one service. ci.url is the address of the CI that
// ci.provider names, or whose files the commit has: another's token must not go
// there, and nothing of it is there. Without either it can only be the git host's.
func (s services) seenBy(name string) config.Config {
	conf, names := s.conf, s.conf.CI.Provider
	if len(names) == 0 || names[0] == "auto" {
		if onThisMachine(conf.CI.URL) {
			return conf
		}
		if names = s.files.Providers; len(names) == 0 {
			names = []string{"github", "gitlab", "gitea"}
		}
	}
	if !slices.Contains(names, name) {
		conf.CI.URL, conf.CI.UI = "", ""
	}
	return conf
}

func openGitHub(ctx context.Context, c config.Config, remote *gitops.Remote, client *http.Client) (*github.Provider, error) {
	return github.New(github.Options{URL: c.CI.URL, UI: c.CI.UI, Slug: remote.Slug(), Token: token(ctx, c), HTTP: client, UserAgent: userAgent()})
}

// server is QuickBuild where it is configured; nil where it is not.
func (s services) server(ctx context.Context) (ci.Configurer, error) {
	if !slices.Contains(s.conf.CI.Provider, "quickbuild") {
		return nil, nil //nolint:nilnil // no server is no error
	}
	p, err := openQuickBuild(ctx, s.conf, s.client)
	if err != nil {
		return nil, badCI(err)
	}
	return p, nil
}

func badCI(err error) error {
	return &flow.Problem{Code: flow.CodeConfig, Class: flow.ClassUsage, Text: fmt.Sprintf("CI cannot be watched: %v", err),
		Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{"ferry --help"}, Err: err}
}

// onThisMachine says whether an address leads nowhere else: what is sent there stays.
func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}
