package steps_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
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
	"ferry/flow/ci/travis"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/gitops/gittest"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestMain keeps the machine's own configuration out.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "steps")
	if err != nil {
		panic(err)
	}
	for k, v := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"), "GIT_CONFIG_SYSTEM": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
	} {
		os.Setenv(k, v)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

const (
	slug      = "acme/acme-core"
	project   = "acme-core"
	version   = "1.4.0"
	branchRef = "refs/heads/pypi-release"
	tagRef    = "refs/tags/v1.4.0"
	claimRef  = "refs/releases/acme-core/1.4.0"
)

var day = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// options are what a bench is like from its beginning.
type options struct {
	byTag     bool // GitHub publishes from tags; else Travis from the branch
	byRelease bool // GitHub publishes from a release, and is asked for releases
	gitea     bool // the host is a Gitea, whose Actions run the workflows
	hosted    bool // GitHub is asked for releases after a tag
	noCI      bool // nobody to ask
	token     bool // GitHub is asked with a token, which it wants
	external  bool // something else makes the tag
	staged    bool // another index must hold the files first
	noJSON    bool // the index has no JSON API, and it is known
	maxAge    map[string]int
	lag       map[string]time.Duration
	artifacts []string
	hasty     string        // the witnesses whose clients wait hardly at all, because they are going to be silent
	silence   time.Duration // how long that is, if more

	private    bool // the index is not PyPI, and its rules are unknown
	spoilt     map[string]string
	maxFile    int64
	maxProject int64
	maxNew     int

	files   map[string]string // of our commit, besides the sample's
	subject string            // of our commit
	noClaim bool
}

// wait is how long the client of a witness waits for it.
func (o options) wait(witness string) time.Duration {
	if strings.Contains(o.hasty, witness) {
		return max(o.silence, 60*time.Millisecond)
	}
	return 10 * time.Second
}

// secret is what GitHub is asked with.
func (o options) secret() keyring.Secret {
	if !o.token && !o.byRelease && !o.hosted {
		return keyring.Secret{}
	}
	return keyring.NewSecret("the-token-of-a-maintainer")
}

// bench is a world with a step in it. The remote is on loopback; CI and index
// answer in memory. Nothing happens in it by itself: builds that a push starts
// stay queued, and time is told by what the world's things are dated.
type bench struct {
	t     testing.TB
	git   *gittest.Server
	ci    *citest.Server
	index *pypitest.Server
	stage *pypitest.Server // nil without staging
	gates map[string]*gate // git, ci, index

	dir                 string
	pypirc              string // the person's own
	dist                []*pypi.Artifact
	logins              int    // how often the token was asked for
	first, ours, theirs string // commits: main's first, main's head, and another maintainer's
	deaf                bool   // CI hears of no push
	world               steps.World
	intent              steps.Intent
	target              steps.Target
}

var sample = map[string]string{
	"pyproject.toml": "[project]\nname = \"acme-core\"\nversion = \"1.4.0\"\n",
	"README.md":      "acme\n",
}

const travisFile = `language: python
deploy:
  provider: pypi
  distributions: "sdist bdist_wheel"
  on:
    branch: pypi-release
`

const workflowFile = `on:
  push:
    tags: ["v*"]
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
`

func ciFiles(o options) map[string]string {
	if o.byRelease {
		return map[string]string{".github/workflows/publish.yml": strings.Replace(workflowFile, "push:\n    tags: [\"v*\"]", "release:\n    types: [published]", 1)}
	}
	if o.byTag {
		return map[string]string{".github/workflows/publish.yml": workflowFile}
	}
	return map[string]string{".travis.yml": travisFile, "setup.py": "from setuptools import setup\n\nsetup()\n"} // Travis' provider runs it
}

func newBench(t testing.TB, o options) *bench {
	t.Helper()
	b := &bench{t: t, dir: filepath.Join(t.TempDir(), "clone"), pypirc: filepath.Join(t.TempDir(), ".pypirc"), gates: map[string]*gate{}}
	b.git = gittest.New(gittest.Options{OnUpdate: b.updated})
	b.index = pypitest.New(pypitest.Options{MaxAge: o.maxAge, Lag: o.lag, Tokens: map[string][]string{accountToken: {"*"}, scopedToken: {"another"}}, Spoilt: o.spoilt,
		MaxFile: o.maxFile, MaxProject: o.maxProject, MaxNew: o.maxNew, Prohibited: []string{"kept-back"}})
	b.ci = citest.New(citest.Options{Slug: slug, UI: "https://ci.example.test", Token: o.secret(), After: func(time.Duration, func()) {}, Tag: b.hostTag, OnGitea: o.gitea,
		Checkout: func(sha string) (fs.FS, error) { return b.git.Tree(slug, sha) }})
	t.Cleanup(b.ci.Close)
	b.commits(o)
	b.open(o)
	b.aim(o)
	b.build()
	return b
}

func (b *bench) commits(o options) {
	b.first = b.git.Repo(slug, sample, gittest.At(day))
	subject := o.subject
	if subject == "" {
		subject = "Release 1.4.0"
	}
	b.ours = b.git.Commit(slug, "main", subject, ciFiles(o), day.Add(time.Hour))
	if o.files != nil {
		b.ours = b.git.Commit(slug, "main", subject, o.files, day.Add(2*time.Hour))
	}
	files := ciFiles(o)
	files["fix.txt"] = "fixed\n"
	b.theirs = b.git.Commit(slug, "topic", "Fix it", files, day.Add(3*time.Hour))
}

// open makes the clone and the clients.
func (b *bench) open(o options) {
	b.t.Helper()
	server := httptest.NewServer(b.gate("git", b.git))
	b.t.Cleanup(server.Close)
	must(b.t, gittest.Checkout(b.dir, server.URL+"/"+slug+".git", "main"))
	repo, err := gitops.Open(b.dir)
	must(b.t, err)
	remote, err := repo.Remote("origin", gitops.RemoteOptions{Timeout: o.wait("git")})
	must(b.t, err)
	conf := pypi.Config{Name: "pypi", Simple: "http://index.test/simple/", JSON: "http://index.test/pypi/", Upload: "http://index.localhost/legacy/",
		Transport: wire{b.gate("index", b.index)}, Timeout: o.wait("index")}
	if o.noJSON {
		conf.JSON = ""
	}
	if o.private {
		conf.Name = "corp"
	}
	b.world = steps.World{Repo: repo, Remote: remote, Index: pypi.NewIndex(conf), RunID: "run-1", Pypirc: b.pypirc,
		Waits: steps.Waits{Every: time.Second, Limit: time.Hour, Settle: time.Second, Fresh: time.Minute, ClaimGrace: 15 * time.Minute}}
	if o.staged {
		b.stage = pypitest.New(pypitest.Options{})
		b.world.Staging = pypi.NewIndex(pypi.Config{Name: "testpypi", Simple: "http://stage.test/simple/", JSON: "http://stage.test/pypi/", Upload: "http://stage.test/legacy/",
			Transport: wire{b.gate("stage", b.stage)}, Timeout: o.wait("index")})
	}
	if !o.noCI {
		b.world.CI = []ci.Provider{b.provider(o)}
	}
	if o.byRelease || o.hosted {
		b.world.Host, _ = b.world.CI[0].(ci.Host)
	}
}

// hostTag is what the host does in its repository for a release.
func (b *bench) hostTag(tag, target string) (sha string, made bool, err error) {
	at := b.git.Refs(slug)["refs/tags/"+tag]
	if at != "" || target == "" {
		return b.git.Peel(slug, at), false, nil
	}
	sha, made = b.git.NewRef(slug, "refs/tags/"+tag, target)
	return b.git.Peel(slug, sha), made, nil
}

func (b *bench) provider(o options) ci.Provider {
	b.t.Helper()
	client := func(h http.Handler) *http.Client {
		return &http.Client{Transport: wire{b.gate("ci", h)}, Timeout: o.wait("ci")}
	}
	if o.byTag || o.byRelease {
		p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: o.secret(), HTTP: client(b.ci.GitHub()), UserAgent: "ferry"})
		must(b.t, err)
		return p
	}
	p, err := travis.New(travis.Options{URL: "http://ci.test", UI: "https://ci.example.test", Slug: slug, HTTP: client(b.ci.Travis()), UserAgent: "ferry"})
	must(b.t, err)
	return p
}

// fixed is a ref by configuration.
func fixed(ref string) func(name, version string) (string, error) {
	return func(string, string) (string, error) { return ref, nil }
}

func (b *bench) aim(o options) {
	b.t.Helper()
	b.intent = steps.Intent{Trigger: "auto", BranchRef: fixed(branchRef), TagRef: fixed(tagRef), Claim: !o.noClaim, Artifacts: o.artifacts}
	if o.noCI {
		b.intent.Trigger = "branch"
	}
	if o.external {
		b.intent.Trigger = "external"
	}
	var err error
	b.target, err = b.world.Aim(b.t.Context(), b.intent, b.ours)
	must(b.t, err)
}

func (b *bench) updated(u gittest.Update) {
	if u.Pushed && !b.deaf {
		b.ci.Push(u.Ref, u.Old, b.git.Peel(slug, u.New))
	}
}

// step makes one of the steps for the bench's target.
func (b *bench) step(id flow.ID) flow.Step {
	w, t := b.world, b.target
	return map[flow.ID]flow.Step{
		flow.CheckTree: steps.CheckTree{World: w, Target: t}, flow.CheckVersion: steps.CheckVersion{World: w, Target: t},
		flow.CheckRemote: steps.CheckRemote{World: w, Target: t},
		flow.CheckCI:     steps.CheckCI{World: w, Target: t}, flow.CheckFree: steps.CheckFree{World: w, Target: t},
		flow.Claim: steps.NewClaim(w, t), flow.PushBranch: steps.PushBranch{World: w, Target: t},
		flow.PublishRelease: steps.NewPublishRelease(w, t), flow.HostRelease: steps.NewHostRelease(w, t),
		flow.PushTag: steps.PushTag{World: w, Target: t}, flow.AwaitCI: steps.AwaitCI{World: w, Target: t},
		flow.ConfirmIndex: steps.ConfirmIndex{World: w, Target: t}, flow.DeleteBranch: steps.DeleteBranch{World: w, Target: t},
		flow.AbandonBranch: steps.AbandonBranch{World: w, Target: t},
		flow.AwaitTrigger:  steps.AwaitTrigger{World: w, Target: t},
		flow.CheckStaging:  stagingStep(w, t),
		flow.RemovePypirc:  steps.RemovePypirc{World: w, Target: t, Once: steps.ConfirmIndex{World: w, Target: t}},
		upload:             steps.Upload{World: w, Files: b.dist, Login: b.login},
		register:           steps.Register{World: w, Name: t.Name, Account: "maintainer", Way: steps.ByUpload, Sdist: b.sdist(), Login: b.login},
	}[id]
}

func (b *bench) observe(id flow.ID) flow.Finding {
	b.t.Helper()
	return b.step(id).Observe(flow.WithReading(b.t.Context()))
}

// state is everything that a step could change, as text.
func (b *bench) state() string {
	var out strings.Builder
	for _, ref := range sorted(b.git.Refs(slug)) {
		sha := b.git.Refs(slug)[ref]
		fmt.Fprintln(&out, ref, b.git.Peel(slug, sha), sha == b.git.Peel(slug, sha))
	}
	for _, r := range b.ci.Releases() {
		fmt.Fprintln(&out, "release", r.Tag, r.Draft, r.Title, r.Notes)
	}
	fmt.Fprintln(&out, len(b.ci.Builds()), "builds,", len(b.index.Uploads()), "uploads")
	rc, _ := os.ReadFile(b.pypirc)
	fmt.Fprintf(&out, "%q\n", rc)
	must(b.t, filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %x\n", strings.TrimPrefix(path, b.dir), sha256.Sum256(data))
		return err
	}))
	return out.String()
}

// gate stands before a witness and can keep it from speaking.
type gate struct {
	http.Handler
	mode atomic.Value // "", silent, 500 or html
}

func (b *bench) gate(name string, h http.Handler) *gate {
	b.gates[name] = &gate{Handler: h}
	return b.gates[name]
}

// shut lets a witness answer in one of the gate's ways; "" is the truth again.
func (b *bench) shut(witness, mode string) {
	b.gates[witness].mode.Store(mode)
	if stage := b.gates["stage"]; stage != nil && witness == "index" {
		stage.mode.Store(mode)
	}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch mode, _ := g.mode.Load().(string); mode {
	case "silent":
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	case "500":
		http.Error(w, "out of order", http.StatusInternalServerError)
	case "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><title>Sign in</title></html>")
	case "panic":
		panic("a witness that no client expects")
	default:
		g.Handler.ServeHTTP(w, r)
	}
}

// wire carries requests to a handler in memory.
type wire struct{ h http.Handler }

func (t wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := context.Cause(r.Context()); err != nil { // as a real transport does
		return nil, err
	}
	asked := r.Clone(r.Context())
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	rec.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		t.h.ServeHTTP(rec, asked)
	}()
	select {
	case <-answered:
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	res := rec.Result()
	res.Request = r
	return res, nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
