package steps_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/ci/travis"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/keyring"
)

// asGitHub: the host is GitHub, its CI is asked as well, and both by this token.
func asGitHub(token string) happens {
	return func(b *bench) {
		p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: keyring.NewSecret(token), HTTP: &http.Client{Transport: wire{b.gates["ci"]}}, UserAgent: "ferry"})
		must(b.t, err)
		b.world.Host, b.world.CI = p, []ci.Provider{p}
	}
}

// ruled: the host has this set of rules.
func ruled(target, match, types, bypass string) happens {
	return func(b *bench) {
		b.ci.Guard([]citest.Ruleset{{Name: "releases", Target: target, Match: match, Types: strings.Fields(types), Bypass: bypass}}, nil)
	}
}

// guarded: the host has these environments.
func guarded(envs ...citest.Environment) happens {
	return func(b *bench) { b.ci.Guard(nil, envs) }
}

// branchWorkflow publishes from the release branch, in an environment.
const branchWorkflow = `on:
  push:
    branches: [pypi-release]
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: pypi
    permissions: {id-token: write}
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
`

// onBranch is a repository on GitHub whose workflow publishes from the branch, onTag from tags.
var (
	onBranch = options{byTag: true, files: map[string]string{".github/workflows/publish.yml": branchWorkflow}}
	onTag    = options{byTag: true, files: map[string]string{".github/workflows/publish.yml": strings.Replace(branchWorkflow, "branches: [pypi-release]", `tags: ["v*"]`, 1)}}
)

// hostRule is a rule of the host, and what a release and a check make of it.
type hostRule struct {
	says   string
	like   options
	world  []happens
	step   flow.ID
	code   string      // of the problem; "" goes on
	tells  string      // of the step
	check  string      // id of the check that speaks of it
	result flow.Result // of that check
}

var hostRules = []hostRule{
	{"none", onBranch, []happens{asGitHub("")}, flow.CheckRemote, "", "which is no fork", "rules", flow.Good},
	{"deletion, and nobody says who may pass", onBranch, []happens{asGitHub(""), ruled("branch", "refs/heads/pypi-*", "deletion", "never")}, flow.CheckRemote, "", "forbids the deletion of the ref, and whether", "rules", flow.NotChecked},
	{"deletion, never", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/pypi-*", "deletion", "never")}, flow.CheckRemote, flow.CodeRuleset, `the rule "releases" of the host forbids the deletion`, "rules", flow.Bad},
	{"deletion, by pull request only", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/pypi-*", "deletion", "pull_requests_only")}, flow.CheckRemote, flow.CodeRuleset, "FERRY_RELEASE_KEEP_BRANCH=true ferry release", "rules", flow.Bad},
	{"deletion, and the account may", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/pypi-*", "deletion", "always")}, flow.CheckRemote, "", "which is no fork", "rules", flow.Good},
	{"deletion, and the branch is kept", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/pypi-*", "deletion", "never"), branchKept}, flow.CheckRemote, "", "which is no fork", "rules", flow.Good},
	{"deletion by ssh, by whoever", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/pypi-*", "deletion", "never"), bySSH}, flow.CheckRemote, flow.CodeRuleset, "deletion", "rules", flow.Bad},
	{"creation, never", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/pypi-release", "creation update", "never")}, flow.CheckRemote, flow.CodeRuleset, "forbids the creation", "rules", flow.Bad},
	{"creation by ssh, by an account that is not asked", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/pypi-release", "creation", "never"), bySSH}, flow.CheckRemote, "", "whether the account that pushes may pass it", "rules", flow.NotChecked},
	{"of another branch", onBranch, []happens{asGitHub("t"), ruled("branch", "refs/heads/main", "creation deletion", "never")}, flow.CheckRemote, "", "which is no fork", "rules", flow.Good},
	{"creation of the tag", onTag, []happens{asGitHub("t"), ruled("tag", "refs/tags/v*", "creation deletion", "never")}, flow.CheckRemote, flow.CodeRuleset, "forbids the creation", "rules", flow.Bad},
	{"deletion of the tag, which nobody wants", onTag, []happens{asGitHub("t"), ruled("tag", "refs/tags/v*", "deletion update", "never")}, flow.CheckRemote, "", "which is no fork", "rules", flow.Good},
	{"rules of branches are none of tags", onTag, []happens{asGitHub("t"), ruled("branch", "refs/heads/*", "creation", "never")}, flow.CheckRemote, "", "which is no fork", "rules", flow.Good},

	{"an environment that is not there", onBranch, []happens{asGitHub("t")}, flow.CheckCI, "", "it is not there yet", "environment", flow.NotChecked},
	{"one for every ref", onBranch, []happens{asGitHub("t"), guarded(citest.Environment{Name: "pypi"})}, flow.CheckCI, "", "whoever may push can publish", "environment", flow.Good},
	{"one with people before it", onBranch, []happens{asGitHub("t"), guarded(citest.Environment{Name: "pypi", Reviewers: []string{"dana", "erin"}, Wait: 30 * time.Minute})}, flow.CheckCI, "", "after a review by @dana or @erin, after 30m", "environment", flow.Good},
	{"one for tags alone", onBranch, []happens{asGitHub("t"), guarded(citest.Environment{Name: "pypi", Policies: []string{"tag:v*"}})}, flow.CheckCI, flow.CodeGate, "lets only tag v* deploy, and refs/heads/pypi-release is none", "environment", flow.Bad},
	{"one for tags, and a tag", onTag, []happens{asGitHub("t"), guarded(citest.Environment{Name: "pypi", Policies: []string{"main", "tag:v*"}})}, flow.CheckCI, "", "pypi lets refs/tags/v1.4.0 deploy", "environment", flow.Good},
	{"one for branches, and a tag", onTag, []happens{asGitHub("t"), guarded(citest.Environment{Name: "pypi", Policies: []string{"v*", "**/*"}})}, flow.CheckCI, flow.CodeGate, "lets only branch v*, branch **/* deploy", "environment", flow.Bad},
	{"one for the branch", onBranch, []happens{asGitHub("t"), guarded(citest.Environment{Name: "pypi", Policies: []string{"pypi-*"}})}, flow.CheckCI, "", "pypi lets refs/heads/pypi-release deploy", "environment", flow.Good},
	{"one for protected branches", onBranch, []happens{asGitHub("t"), guarded(citest.Environment{Name: "pypi", Protected: true})}, flow.CheckCI, "", "whether refs/heads/pypi-release will be one is not told", "environment", flow.NotChecked},
	{"another one is there", onBranch, []happens{asGitHub("t"), guarded(citest.Environment{Name: "other", Policies: []string{"x"}})}, flow.CheckCI, "", "shows no environment pypi", "environment", flow.NotChecked},

	{"Travis builds no pushes", options{}, []happens{byTravis("t"), pushesOff}, flow.CheckCI, flow.CodeNoDeploy, `its setting "Build pushed branches" is off`, "travis", flow.Bad},
	{"Travis tells its settings to nobody without a token", options{}, []happens{pushesOff}, flow.CheckCI, "", "travis publishes from pypi-release", "travis", flow.Good},
}

func branchKept(b *bench) { b.target.KeepBranch, b.intent.KeepBranch = true, true }

// bySSH: what is asked goes by the API, and what is pushed by another way.
func bySSH(b *bench) {
	configure(b, "[remote \"origin\"]\n\tpushurl = ssh://git@git.example.test/"+slug+".git\n")
}

func byTravis(token string) happens {
	return func(b *bench) {
		p, err := travis.New(travis.Options{URL: "http://ci.test", UI: "https://ci.example.test", Slug: slug, Token: keyring.NewSecret(token), HTTP: &http.Client{Transport: wire{b.gates["ci"]}}, UserAgent: "ferry"})
		must(b.t, err)
		b.world.CI = []ci.Provider{p}
	}
}

func pushesOff(b *bench) { b.ci.SetScript(citest.Script{NoPushes: true}) }

// TestHostRules: each is found by a check, and by the preflight of a release.
func TestHostRules(t *testing.T) {
	for _, r := range hostRules {
		t.Run(r.says, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, r.like)
			for _, h := range r.world {
				h(b)
			}
			o, err := b.world.Check(flow.WithReading(t.Context()), b.intent, os.DirFS(b.dir), steps.CheckOptions{})
			must(t, err)
			if c := checkOf(o, r.check); c.Result != r.result || c.Evidence == "" {
				t.Errorf("check: %s %q, want %s", c.Result, c.Evidence, r.result)
			}
			if p := steps.Foreseen(o); (p != nil) != (r.result == flow.Bad) || p != nil && p.Code != r.foreseen() {
				t.Errorf("foreseen: %+v", p)
			}
			if strings.HasPrefix(b.world.Remote.URL(), "ssh") { // a release could not list the refs here
				return
			}
			f := b.observe(r.step)
			if code(f) != r.code || (f.Status == flow.Done) != (r.code == "") || !strings.Contains(told(f), r.tells) {
				t.Errorf("release: %s %s %q\nwant %s %q", f.Status, code(f), told(f), r.code, r.tells)
			}
			speaks(t, f)
		})
	}
}

func (r hostRule) foreseen() string {
	if r.check == "travis" {
		return flow.CodeNoDeploy
	}
	return r.code
}

func checkOf(o flow.Outlook, id string) flow.Check {
	for _, c := range o.Checks {
		if c.ID == id {
			return c
		}
	}
	return flow.Check{}
}

// TestCheckAsksNobody when it is told so, and whatever there is to ask.
func TestCheckAsksNobody(t *testing.T) {
	b := newBench(t, onBranch)
	asGitHub("t")(b)
	before := b.ci.Asked()
	o, err := b.world.Check(t.Context(), b.intent, os.DirFS(b.dir), steps.CheckOptions{Unasked: "nobody is asked"})
	must(t, err)
	if c := checkOf(o, "host"); b.ci.Asked() != before || c.Result != flow.NotChecked || c.Evidence != "nobody is asked" {
		t.Errorf("%d requests, %+v", b.ci.Asked()-before, c)
	}
	b.world.Remote = (*gitops.Remote)(nil)
	if o, err = b.world.Check(t.Context(), b.intent, os.DirFS(b.dir), steps.CheckOptions{Unasked: "no remote"}); err != nil || len(o.Deploys) != 1 {
		t.Errorf("without a remote: %+v, %v", o.Deploys, err)
	}
}
