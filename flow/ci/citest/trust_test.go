package citest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"io/fs"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/rules"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// identityKey is made once: that takes a while.
var identityKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// trusted is a repository whose file was generated, a CI with identities, and an
// index that believes them.
type trusted struct {
	*testing.T
	index *pypitest.Server
	x     *pypi.Index
	ci    *citest.Server
}

// quick is one job that takes no time.
var quick = citest.Script{Attempts: []citest.Attempt{{Jobs: []citest.Job{{Name: "publish", For: time.Millisecond}}}}}

// demo is what the files are generated for.
var demo = rules.Setup{Project: "De-Mo", Start: rules.StartBranch, Ref: "pypi-release"}

func newTrusted(t *testing.T, form string, s rules.Setup, change func(string) string) *trusted {
	t.Helper()
	w := &trusted{T: t, index: pypitest.New(pypitest.Options{Issuers: citest.Issuers(identityKey())})}
	up := httptest.NewServer(w.index)
	t.Cleanup(up.Close)
	g, err := s.Workflow()
	if form == "gitlab" {
		g, err = s.GitLab(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	files := tree(g.Path, change(string(g.Text)))
	w.ci = citest.New(citest.Options{Slug: slug, UploadURL: up.URL + "/legacy/", Identity: identityKey(), Log: t.Logf, Script: quick, Uploads: map[string]string{"https://test.pypi.org/legacy/": up.URL + "/legacy/"},
		Checkout: func(string) (fs.FS, error) { return files, nil }})
	t.Cleanup(w.ci.Close)
	w.x = pypi.NewIndex(pypi.Config{Name: "pypi", Simple: up.URL + "/simple/", JSON: up.URL + "/pypi/", Upload: up.URL + "/legacy/", Timeout: 10 * time.Second})
	return w
}

func asItIs(s string) string { return s }

// trust enters what the generated file asks for.
func (w *trusted) trust(p rules.Publisher) {
	w.Helper()
	if err := w.index.Trust(pypitest.Publisher{PendingPublisher: pypi.PendingPublisher(p), OwnerID: citest.OwnerID}); err != nil {
		w.Fatal(err)
	}
}

// push waits for the build of a ref, and gives its state and all that it printed.
func (w *trusted) push(ref string) (ci.State, string) {
	w.Helper()
	w.ci.Push(ref, zero, sha)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); ; {
		if bs := w.ci.Builds(); len(bs) > 0 && bs[0].State.Final() {
			return bs[0].State, w.ci.Printed(bs[0].ID)
		}
		select {
		case <-end:
			w.Fatalf("never final: %+v", w.ci.Builds())
		case <-tick.C:
		}
	}
}

// uploaded are the names of the files that the index took.
func (w *trusted) uploaded() (names []string) {
	for _, u := range w.index.Uploads() {
		if u.Status == 200 {
			names = append(names, u.Filename)
		}
	}
	slices.Sort(names)
	return names
}

// TestTrustedPublishing: what is generated publishes a project that was not there,
// and on GitHub the index says afterwards who did it, from which commit.
func TestTrustedPublishing(t *testing.T) {
	t.Parallel()
	tag := rules.Setup{Project: "De-Mo", Start: rules.StartTag, Ref: "v{version}"}
	for says, c := range map[string]struct {
		form, ref string
		s         rules.Setup
		kind      string
	}{
		"GitHub, branch": {"github", branch, demo, "GitHub"},
		"GitHub, tag":    {"github", "refs/tags/v1.2.0", tag, "GitHub"},
		"GitLab, branch": {"gitlab", branch, demo, ""},
		"GitLab, tag":    {"gitlab", "refs/tags/v1.2.0", tag, ""},
	} {
		w := newTrusted(t, c.form, c.s, asItIs)
		w.ci.Guard(nil, []citest.Environment{{Name: "pypi", Policies: []string{map[string]string{branch: "pypi-release", "refs/tags/v1.2.0": "tag:v[0-9]*"}[c.ref]}}})
		p := c.s.WorkflowPublisher(slug)
		if c.form == "gitlab" {
			p = c.s.GitLabPublisher(slug)
		}
		w.trust(p)
		state, log := w.push(c.ref)
		if got := w.uploaded(); state != ci.StatePassed || !slices.Equal(got, []string{"de_mo-1.2.0rc1-py3-none-any.whl", "de_mo-1.2.0rc1.tar.gz"}) {
			t.Errorf("%s: %s, %q\n%s", says, state, got, log)
			continue
		}
		w.provenance(says, c.kind, p, c.ref)
	}
}

// provenance holds what the index keeps against what happened.
func (w *trusted) provenance(says, kind string, want rules.Publisher, ref string) {
	w.Helper()
	page, err := w.x.Simple(w.Context(), "de-mo")
	if err != nil || len(page.Files) != 2 {
		w.Fatalf("%s: %+v %v", says, page, err)
	}
	for _, f := range page.Files {
		p, found, err := w.x.Provenance(w.Context(), f)
		if err != nil || found != (kind != "") {
			w.Errorf("%s: %v %v", says, found, err)
		}
		for _, b := range p.Bundles {
			at := b.Attested[0]
			if b.Publisher != (pypi.Publisher{Kind: kind, Repository: slug, Workflow: want.Workflow, Environment: "pypi"}) || len(b.Attested) != 1 ||
				at.File != f.Name || at.SHA256 != f.SHA256 || at.Commit != sha || at.Ref != ref || at.Repository != "https://github.com/"+slug {
				w.Errorf("%s: %+v", says, b)
			}
		}
	}
}

// TestUntrusted: whatever is not as it was entered ends the job, with the words of
// whoever refuses, and nothing is uploaded.
func TestUntrusted(t *testing.T) {
	t.Parallel()
	const none = "* `invalid-publisher`: valid token, but no corresponding publisher (Publisher with matching claims was not found)"
	swap := func(old, now string) func(string) string {
		return func(s string) string { return strings.ReplaceAll(s, old, now) }
	}
	entered := func(by func(*rules.Publisher)) func(*trusted) {
		return func(w *trusted) { p := demo.WorkflowPublisher(slug); by(&p); w.trust(p) }
	}
	asIs := entered(func(*rules.Publisher) {})
	gitlab := func(w *trusted) { w.trust(demo.GitLabPublisher(slug)) }
	for says, c := range map[string]struct {
		form   string
		change func(string) string
		world  func(*trusted)
		words  string
	}{
		"nothing entered":        {"github", asItIs, func(*trusted) {}, none},
		"another environment":    {"github", swap("name: 'pypi'", "name: 'prod'"), asIs, none},
		"no environment":         {"github", swap("    environment:\n      name: 'pypi'\n      url: https://pypi.org/project/de-mo/\n", ""), asIs, none},
		"another workflow":       {"github", asItIs, entered(func(p *rules.Publisher) { p.Workflow = "release.yml" }), none},
		"another repository":     {"github", asItIs, entered(func(p *rules.Publisher) { p.Repository = "demo2" }), none},
		"no permission":          {"github", swap("      id-token: write", "      contents: read"), asIs, "missing or insufficient OIDC token permissions"},
		"another project's name": {"github", asItIs, entered(func(p *rules.Publisher) { p.Project = "demo-2" }), "Non-user identities cannot create new projects"},
		"a ref that may not": {"github", asItIs, func(w *trusted) {
			asIs(w)
			w.ci.Guard(nil, []citest.Environment{{Name: "pypi", Policies: []string{"main", "tag:pypi-release"}}})
		}, `Branch "pypi-release" is not allowed to deploy to pypi due to environment protection rules.`},
		"only protected branches":    {"github", asItIs, func(w *trusted) { asIs(w); w.ci.Guard(nil, []citest.Environment{{Name: "pypi", Protected: true}}) }, "is not allowed to deploy"},
		"GitLab, nothing entered":    {"gitlab", asItIs, func(*trusted) {}, none},
		"GitLab, no token":           {"gitlab", swap("PYPI_ID_TOKEN", "OTHER"), gitlab, "GitLab: Environment variable PYPI_ID_TOKEN not found"},
		"GitLab, other environment":  {"gitlab", swap("name: 'pypi'", "name: 'prod'"), gitlab, none},
		"GitLab, but GitHub's entry": {"gitlab", asItIs, asIs, none},
	} {
		w := newTrusted(t, c.form, demo, c.change)
		c.world(w)
		state, log := w.push(branch)
		if got := w.uploaded(); state != ci.StateFailed || len(got) > 0 || !strings.Contains(log, c.words) {
			t.Errorf("%s: %s, %q, want %s\n%s", says, state, got, c.words, log)
		}
	}
}

// TestEnvironmentIsMade: the first job that names one makes it, open to all.
func TestEnvironmentIsMade(t *testing.T) {
	t.Parallel()
	w := newTrusted(t, "github", demo, asItIs)
	w.trust(demo.WorkflowPublisher(slug))
	if state, log := w.push(branch); state != ci.StatePassed {
		t.Fatal(log)
	}
	if envs := w.ci.Environments(); len(envs) != 1 || envs[0].Name != "pypi" || envs[0].Custom {
		t.Errorf("%+v", envs)
	}
}

// TestWithoutAttestations: the file may ask for none.
func TestWithoutAttestations(t *testing.T) {
	t.Parallel()
	w := newTrusted(t, "github", demo, func(s string) string { return s + "        with:\n          attestations: false\n" })
	w.trust(demo.WorkflowPublisher(slug))
	if state, log := w.push(branch); state != ci.StatePassed {
		t.Fatal(log)
	}
	w.provenance("none", "", rules.Publisher{}, branch)
}
