package steps_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/github"
	"ferry/flow/ci/rules"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
	"ferry/keyring"
)

const setupBranch = "ferry-setup"

// bound is a bench whose repository is set up for GitHub Actions: the files are
// written, and nothing is committed yet.
type bound struct {
	*bench
	yard  steps.Yard
	setup steps.Setup
}

func newBound(t testing.TB) *bound {
	t.Helper()
	needsTheProgram(t)
	b := newBench(t, options{noCI: true})
	y := &bound{bench: b, yard: steps.Yard{World: b.world}}
	y.yard.Host = y.host("token")
	y.setup = steps.Setup{Name: project, Version: version, Default: "main", How: steps.PublishWorkflow, Branch: setupBranch, Request: true,
		Lanes: []steps.Lane{{Index: "testpypi", Start: rules.StartPush, Ref: "main"}, {Index: "pypi", Start: rules.StartTag, Ref: "v{version}"}}}
	for _, l := range y.setup.Lanes {
		w, err := y.setup.Rules(l).Workflow()
		must(t, err)
		y.put(w.Path, string(w.Text))
	}
	return y
}

func needsTheProgram(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal("git is not installed, and FERRY_REAL=require")
		}
		t.Skip("git is not installed")
	}
}

// host is the API of the git host as somebody with that token sees it.
func (y *bound) host(token string) *github.Provider {
	p, err := github.New(github.Options{URL: "http://ci.test", UI: "https://github.example", Slug: slug, Token: keyring.NewSecret(token), UserAgent: "ferry",
		HTTP: &http.Client{Transport: wire{y.gate("host", y.ci.GitHub())}, Timeout: 10 * time.Second}})
	must(y.t, err)
	return p
}

func (y *bound) put(name, text string) {
	y.t.Helper()
	path := filepath.Join(y.dir, filepath.FromSlash(name))
	must(y.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(y.t, os.WriteFile(path, []byte(text), 0o644))
}

func (y *bound) git(args ...string) string {
	y.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = y.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		y.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// all is what the three steps could change: HEAD, refs here and there, the index, the
// status, the files, and the requests.
func (y *bound) all() string {
	var out strings.Builder
	cmd := exec.Command("git", "symbolic-ref", "-q", "HEAD")
	cmd.Dir = y.dir
	head, _ := cmd.Output()
	fmt.Fprintf(&out, "%s%s\n%s\n%s\n%s\n", head, y.git("rev-parse", "HEAD"), y.git("for-each-ref"), y.git("ls-files", "-s"), y.git("status", "--porcelain", "-uall"))
	for _, ref := range sorted(y.bench.git.Refs(slug)) {
		fmt.Fprintln(&out, ref, y.bench.git.Refs(slug)[ref])
	}
	for _, p := range y.ci.Pulls() {
		if p.State == ci.RequestOpen { // a host forgets none; one that is closed asks for nothing
			fmt.Fprintln(&out, p.Number, p.Head, p.Base)
		}
	}
	must(y.t, filepath.WalkDir(y.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %x\n", path, sha256.Sum256(data))
		return err
	}))
	return out.String()
}

// chain gives the three steps, each after the one before.
func (y *bound) chain() (*steps.CommitSetup, *steps.PushSetup, *steps.OpenRequest) {
	c := steps.NewCommitSetup(y.yard, y.setup)
	p := steps.NewPushSetup(y.yard, y.setup, c)
	return c, p, steps.NewOpenRequest(y.yard, y.setup, p)
}

func (y *bound) see(s flow.Step) flow.Finding {
	y.t.Helper()
	return s.Observe(flow.WithReading(y.t.Context()))
}

func (y *bound) run(ss ...flow.Step) {
	y.t.Helper()
	for _, s := range ss {
		must(y.t, s.Run(flow.WithReading(y.t.Context()), func(string) {}))
	}
}

// found holds a finding against what it should be.
func (y *bound) found(f flow.Finding, want flow.Status, code string, tells ...string) {
	y.t.Helper()
	said, got := f.Text, ""
	if f.Problem != nil {
		got = f.Problem.Code
		said += "\n" + strings.Join(append(append(f.Problem.Lines, f.Problem.Now...), f.Problem.Next...), "\n")
	}
	if f.Status != want || got != code {
		y.t.Errorf("%s %s %s; want %s %s", f.Status, got, said, want, code)
	}
	for _, words := range tells {
		if !strings.Contains(said, words) {
			y.t.Errorf("%q is not in %q", words, said)
		}
	}
	if f.Problem != nil && (len(f.Problem.Now) == 0 || len(f.Problem.Next) == 0 || f.Problem.Retry == "") {
		y.t.Errorf("no way out of %q", f.Text)
	}
}

func TestSetupToRemoteLaws(t *testing.T) {
	for name, c := range map[string]struct {
		effect flow.Effect
		step   func(*bound) flow.Step
		spoil  func(*bound)
	}{
		"commit": {flow.Local, func(y *bound) flow.Step { c, _, _ := y.chain(); return c }, func(y *bound) { y.git("branch", setupBranch) }},
		"push": {flow.Shared, func(y *bound) flow.Step {
			c, p, _ := y.chain()
			y.run(c)
			return p
		}, func(y *bound) {
			y.bench.git.Commit(slug, setupBranch, "Another's", map[string]string{"x": "x"}, day.Add(5*time.Hour))
		}},
		"request": {flow.Shared, func(y *bound) flow.Step {
			c, p, r := y.chain()
			y.run(c, p)
			return r
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
				y := newBound(t)
				w := flowtest.World{Step: c.step(y), State: y.all, Effect: c.effect}
				if c.spoil != nil {
					w.Spoil = func() { c.spoil(y) }
				}
				return w, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSetupReachesTheHost: from the files to the open request, and all the way back.
func TestSetupReachesTheHost(t *testing.T) {
	t.Parallel()
	y := newBound(t)
	y.put("README.md", "my own work\n")
	y.git("add", "README.md")
	before := y.all()
	commit, push, request := y.chain()
	y.found(y.see(commit), flow.Todo, "", ".github/workflows/publish-pypi.yml", "publish-testpypi.yml", setupBranch, "ci: publish acme-core to TestPyPI and PyPI by GitHub Actions")
	y.found(y.see(push), flow.Todo, "", "after this: commit")
	y.found(y.see(request), flow.Todo, "", "after this: commit")
	y.run(commit)
	y.found(y.see(commit), flow.Done, "", "on "+setupBranch)
	y.found(y.see(request), flow.Todo, "", "after this: push")
	y.run(push, request)
	y.found(y.see(push), flow.Done, "")
	y.found(y.see(request), flow.Done, "", "https://")
	if got := y.git("log", "-1", "--format=%B"); got != y.setup.Message() {
		t.Errorf("the message is %q", got)
	}
	if p := y.ci.Pulls()[0]; p.Base != "main" || p.Head != setupBranch || p.Title+" "+p.Body != strings.ReplaceAll(y.setup.Message(), "\n\n", " ") {
		t.Errorf("the request is %+v", p)
	}
	for _, s := range []flow.Undoer{request, push, commit} {
		must(t, s.Undo(flow.WithReading(t.Context()), func(string) {}))
	}
	if after := y.all(); after != before {
		t.Errorf("left behind\n%s\ninstead of\n%s", after, before)
	}
}

// TestAnotherRunTakesNothingBack: the way is told instead.
func TestAnotherRunTakesNothingBack(t *testing.T) {
	t.Parallel()
	y := newBound(t)
	commit, push, request := y.chain()
	y.run(commit, push, request)
	before := y.all()
	commit, push, request = y.chain()
	for _, s := range []flow.Undoer{request, push, commit} {
		var p *flow.Problem
		if err := s.Undo(t.Context(), func(string) {}); !errors.As(err, &p) || p.Code != flow.CodeSetupNotOurs || len(p.Next) == 0 {
			t.Errorf("got %v", err)
		}
	}
	if y.all() != before {
		t.Error("something was changed")
	}
}

// TestMessages of each way to publish.
func TestMessages(t *testing.T) {
	t.Parallel()
	branch := steps.Lane{Index: "pypi", Start: rules.StartBranch, Ref: "pypi-release"}
	for _, c := range []struct {
		how   steps.Publishing
		lanes []steps.Lane
		want  string
	}{
		{steps.PublishSealed, []steps.Lane{{Index: "testpypi", Start: rules.StartBranch, Ref: "pypi-test"}, branch},
			"ci: publish acme-core to TestPyPI and PyPI by Travis CI\n\nA push to the branch pypi-test publishes to TestPyPI.\n\nA push to the branch pypi-release publishes to PyPI.\n\nferry check says what a push would start; ferry release makes a release."},
		{steps.PublishGitLab, []steps.Lane{{Index: "pypi", Start: rules.StartTag, Ref: "v{version}"}},
			"ci: publish acme-core to PyPI by GitLab CI\n\nA pushed tag such as v1.2.3 publishes to PyPI.\n\nferry check says what a push would start; ferry release makes a release."},
		{steps.PublishElse, []steps.Lane{branch},
			"ci: publish acme-core to PyPI by ferry release\n\nA server runs ferry release, which publishes to PyPI.\n\nferry status shows how far it is."},
	} {
		if got := (steps.Setup{Name: project, How: c.how, Lanes: c.lanes}).Message(); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}
