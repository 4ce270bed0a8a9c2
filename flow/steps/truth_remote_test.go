package steps_test

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/gitops"
	"ferry/keyring"
)

// remote: the checkout has another remote, at the same host. mark is what gh
// would write down of it.
func remote(name, slug, mark string) happens {
	return func(b *bench) {
		host, _, _ := strings.Cut(strings.TrimPrefix(b.world.Remote.URL(), "http://"), "/")
		text := "[remote \"" + name + "\"]\n\turl = http://ada:s3cret@" + host + "/" + slug + ".git\n"
		configure(b, text+marked(mark))
	}
}

func marked(mark string) string {
	if mark == "" {
		return ""
	}
	return "\tgh-resolved = " + mark + "\n"
}

// configure adds to the checkout's configuration, and opens the remote anew.
func configure(b *bench, text string) {
	f, err := os.OpenFile(filepath.Join(b.dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	must(b.t, err)
	_, err = f.WriteString(text)
	must(b.t, err)
	must(b.t, f.Close())
	b.world.Remote, err = b.world.Repo.Remote("origin", gitops.RemoteOptions{Timeout: 10 * time.Second})
	must(b.t, err)
}

// hosted: the git host has an API, which says this of the repository.
func hosted(token string, h citest.Hosted) happens {
	return func(b *bench) {
		b.ci.Host(h)
		p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: keyring.NewSecret(token), HTTP: &http.Client{Transport: wire{b.gates["ci"]}}, UserAgent: "ferry"})
		must(b.t, err)
		b.world.Host = p
	}
}

func chosen(b *bench) { b.world.Chosen = "flag --remote" }

func config(text string) happens { return func(b *bench) { configure(b, text) } }

func TestRemoteRules(t *testing.T) {
	byAPI := options{byTag: true}
	fork := hosted("", citest.Hosted{Parent: "base/acme-core"})
	rules := []rule{
		{says: "no fork", like: byAPI, world: []happens{hosted("", citest.Hosted{})}, want: flow.Done, tells: ".git, which is no fork"},
		{says: "no fork, whatever a remote is called", like: byAPI, world: []happens{hosted("", citest.Hosted{}), remote("upstream", "ada/acme-core", "base")}, want: flow.Done, tells: "which is no fork"},
		{says: "a fork", like: byAPI, world: []happens{fork}, want: flow.Conflict, code: flow.CodeFork, tells: "git remote add upstream https://github.com/base/acme-core.git"},
		{says: "a fork whose parent is a remote", like: byAPI, world: []happens{fork, remote("base", "base/acme-core", "")}, want: flow.Conflict, code: flow.CodeFork, tells: "ferry release --remote base\nferry release --remote origin"},
		{says: "a fork, and upstream is something else", like: byAPI, world: []happens{fork, remote("upstream", "ada/other", "")}, want: flow.Conflict, code: flow.CodeFork, tells: "git remote add base-acme-core https"},
		{says: "a fork by the person's choice", like: byAPI, world: []happens{fork, chosen}, want: flow.Done, tells: "a fork of base/acme-core, chosen by flag --remote"},
		{says: "archived", like: byAPI, world: []happens{hosted("", citest.Hosted{Archived: true})}, want: flow.Failed, code: flow.CodeArchived, tells: "acme/acme-core is archived"},
		{says: "archived, whatever the choice", like: byAPI, world: []happens{hosted("", citest.Hosted{Archived: true}), chosen}, want: flow.Failed, code: flow.CodeArchived},
		{says: "renamed", like: byAPI, world: []happens{hosted("", citest.Hosted{Renamed: "acme/core"})}, want: flow.Done, tells: "is called acme/core now; let the remote say so: git remote set-url origin https://github.com/acme/core.git"},
		{says: "the token may not push, and is not what pushes", like: byAPI, world: []happens{hosted("t", citest.Hosted{ReadOnly: true})}, want: flow.Done, tells: "another credential here"},
		{says: "the host is silent", like: byAPI, world: []happens{hosted("", citest.Hosted{}), down("ci", "500")}, want: flow.Done, tells: "not checked: github answered with HTTP 500"},
		{says: "the host is silent, and there is an upstream", like: byAPI, world: []happens{hosted("", citest.Hosted{}), remote("upstream", "ada/acme-core", ""), down("ci", "500")}, want: flow.Conflict, code: flow.CodeFork, tells: "not checked: github answered with HTTP 500"},

		{says: "no host to ask", want: flow.Done, tells: "not checked: no API of its host is known"},
		{says: "an upstream", world: []happens{remote("upstream", "ada/acme-core", "")}, want: flow.Conflict, code: flow.CodeFork, tells: "ferry release --remote upstream\nferry release --remote origin"},
		{says: "an upstream, and the person chose", world: []happens{remote("upstream", "ada/acme-core", ""), chosen}, want: flow.Done, tells: "not checked"},
		{says: "what gh calls the base", world: []happens{remote("main", "ada/acme-core", "base")}, want: flow.Conflict, code: flow.CodeFork, tells: "--remote main"},
		{says: "gh calls this one the base", world: []happens{remote("upstream", "ada/acme-core", ""), config("[remote \"origin\"]\n\tgh-resolved = base\n")}, want: flow.Done, tells: "not checked"},
		{says: "an upstream of another name", world: []happens{remote("upstream", "ada/toolbox", "")}, want: flow.Done},
		{says: "any other remote", world: []happens{remote("dana", "dana/acme-core", "")}, want: flow.Done},
		{says: "the same owner", world: []happens{remote("upstream", "ACME/acme-core", "")}, want: flow.Done},
		{says: "the remote unreadable", world: []happens{down("git", "500")}, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
		{says: "where a push goes, and why", world: []happens{elsewhere}, want: flow.Done, tells: "/acme/acme-core.git (by pushurl and insteadOf; its url is http://127.0.0.1"},
		{says: "a secret in the URL", world: []happens{config("[remote \"origin\"]\n\tpushurl = https://ada:s3cret@git.example.test/acme/acme-core.git\n")}, want: flow.Failed, code: flow.CodeRemoteSecret},
		{says: "triggered", world: []happens{remote("upstream", "ada/acme-core", ""), claim(1, ours, hour)}, want: flow.Done, tells: "the host is not asked"},
	}
	for i := range rules {
		rules[i].step = flow.CheckRemote
	}
	follow(t, rules)
}

// elsewhere: a push goes to the same place by another name.
func elsewhere(b *bench) {
	base := strings.Replace(strings.TrimSuffix(b.world.Remote.URL(), slug+".git"), "127.0.0.1", "localhost", 1)
	configure(b, "[url \""+base+"\"]\n\tinsteadOf = x:\n[remote \"origin\"]\n\tpushurl = x:"+slug+".git\n")
}

// TestTheTokenThatPushes may not: over https the API's token is what a push shows.
func TestTheTokenThatPushes(t *testing.T) {
	b := newBench(t, options{byTag: true})
	hosted("t", citest.Hosted{ReadOnly: true})(b)
	tls := httptest.NewTLSServer(b.gates["git"])
	t.Cleanup(tls.Close)
	cert := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw}), 0o600))
	t.Setenv("GIT_SSL_CAINFO", cert)
	configure(b, "[remote \"origin\"]\n\tpushurl = "+tls.URL+"/"+slug+".git\n")
	f := b.observe(flow.CheckRemote)
	if f.Status != flow.Failed || f.Problem.Code != flow.CodeReadOnly || f.Problem.Class != flow.ClassCredentials {
		t.Errorf("found %s: %s", f.Status, told(f))
	}
	speaks(t, f)
}

// TestTheHostIsAskedOnce a survey, together with what CI is asked, and never
// again once the release is triggered.
func TestTheHostIsAskedOnce(t *testing.T) {
	b := newBench(t, options{byTag: true})
	hosted("", citest.Hosted{})(b)
	var asked atomic.Int32
	next := b.gates["ci"].Handler
	b.gates["ci"].Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/repos/"+slug {
			asked.Add(1)
		}
		next.ServeHTTP(w, r)
	})
	b.world.CI = []ci.Provider{b.world.Host.(ci.Provider)}
	survey := func() int32 {
		asked.Store(0)
		ctx := flow.WithReading(t.Context())
		for _, id := range []flow.ID{flow.CheckRemote, flow.CheckCI} {
			if f := b.step(id).Observe(ctx); f.Status != flow.Done {
				t.Errorf("%s: %s %s", id, f.Status, f.Text)
			}
		}
		return asked.Load()
	}
	if n := survey(); n != 1 {
		t.Errorf("before: asked %d times", n)
	}
	built(ours, hour, ci.StatePassed)(b)
	if n := survey(); n != 0 {
		t.Errorf("after: asked %d times", n)
	}
}

// TestACancelledHost: what was not waited for is not known.
func TestACancelledHost(t *testing.T) {
	b := newBench(t, options{})
	ctx, cancel := context.WithCancel(t.Context())
	b.world.Host = leaving{cancel}
	if f := b.step(flow.CheckRemote).Observe(flow.WithReading(ctx)); f.Status != flow.Unknown {
		t.Errorf("found %s: %s", f.Status, f.Text)
	}
}

// leaving is a host during whose answer the person leaves.
type leaving struct{ leave func() }

func (leaving) Name() string { return "host" }

func (l leaving) Inspect(ctx context.Context) (ci.Project, error) {
	l.leave()
	return ci.Project{}, ctx.Err()
}
