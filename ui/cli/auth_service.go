package cli

import (
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/config"
)

// The services beside the indexes, and where their tokens are valid. Gitea and
// QuickBuild have no usual place: each stands on somebody's own server.
const (
	travisAPI = "https://api.travis-ci.com"
	githubAPI = "https://api.github.com"
	gitlabAPI = "https://gitlab.com"
)

// The services by name.
const (
	serviceGitea      = "gitea"
	serviceGitLab     = "gitlab"
	serviceQuickBuild = "quickbuild"
)

// services are the accounts at CI services and git hosts. One without an address
// is known by its name alone.
func (c *commands) services(conf config.Config) []account {
	out := []account{
		{name: "travis", service: ciURL(conf, "travis", travisAPI), user: apiUser, vars: []string{"TRAVIS_TOKEN"}},
		{name: "github", service: ciURL(conf, "github", githubAPI), user: apiUser, vars: []string{"GH_TOKEN", "GITHUB_TOKEN"}},
	}
	hosts := map[string]string{}
	if c.Auth.Hosts != nil {
		hosts = c.Auth.Hosts(c.flags.repo, conf.Release.Remote)
	}
	usual := hosts[serviceGitLab]
	if usual == "" {
		usual = gitlabAPI
	}
	lab := account{name: serviceGitLab, service: strings.TrimSuffix(ciURL(conf, serviceGitLab, usual), "/api/v4"), user: apiUser}
	if named := c.Env("GITLAB_HOST"); lab.service == gitlabAPI || named != "" && strings.EqualFold(lab.host(), bareHost(named)) || byPerson(conf, serviceGitLab) {
		lab.vars = []string{"GITLAB_TOKEN"}
	}
	return append(out, lab,
		ownServer(conf, account{name: serviceGitea, service: hosts[serviceGitea], user: apiUser, vars: []string{"GITEA_TOKEN"}}),
		ownServer(conf, account{name: serviceQuickBuild, user: c.Env("QUICKBUILD_USER"), vars: []string{"QUICKBUILD_PASSWORD"}, password: true}))
}

func bareHost(url string) string {
	_, host, ok := strings.Cut(url, "://")
	if !ok {
		host = url
	}
	return strings.TrimRight(host, "/")
}

// byPerson says whether the person's own settings name the server of a CI.
func byPerson(conf config.Config, name string) bool {
	return conf.CI.URL != "" && slices.Equal(conf.CI.Provider, []string{name}) && !conf.FromProject("ci.url")
}

// ownServer completes an account of a service that stands anywhere. What the
// environment holds names no server, so it counts only for one that the person
// named; what is stored is bound to its address, and may be for the project's.
func ownServer(conf config.Config, a account) account {
	if byPerson(conf, a.name) {
		a.service = strings.TrimRight(conf.CI.URL, "/")
		return a
	}
	a.vars = nil
	if a.service == "" && slices.Equal(conf.CI.Provider, []string{a.name}) {
		a.service = strings.TrimRight(conf.CI.URL, "/")
	}
	return a
}

// ciURL is where a CI's token is valid. A project's file cannot send it elsewhere.
func ciURL(conf config.Config, name, usual string) string {
	if !byPerson(conf, name) {
		return usual
	}
	return strings.TrimRight(conf.CI.URL, "/")
}

// placed says whether it is known whose account it is, and where.
func (a account) placed() bool { return a.service != "" && a.user != "" }

// place refuses an account of which that is not known.
func (a account) place() error {
	again := "ferry auth login " + a.name
	p := &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Retry: flow.RetrySafe, Now: []string{"nothing was stored"}}
	switch {
	case a.service == "" && a.name == serviceGitea:
		p.Text = "Which Gitea is meant is not known here: neither ci.url nor a remote names it"
		p.Next = []string{"FERRY_CI_PROVIDER=gitea FERRY_CI_URL=https://HOST/api/v1 " + again, "ferry -C DIR auth login gitea"}
	case a.service == "":
		p.Text = fmt.Sprintf("Which server of %s is meant is not known here: ci.url names it", a.name)
		p.Next = []string{"FERRY_CI_PROVIDER=" + a.name + " FERRY_CI_URL=https://HOST " + again}
	case a.user == "":
		p.Text = "Whose password is meant is not known here: QUICKBUILD_USER names the user"
		p.Next = []string{"QUICKBUILD_USER=NAME " + again}
	default:
		return nil
	}
	return p
}
