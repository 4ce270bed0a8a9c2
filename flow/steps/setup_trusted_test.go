package steps_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/ci/rules"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
	"ferry/keyring"
	"ferry/pypi"
)

// The lanes of both flows of a set-up.
var (
	toPyPI = steps.Lane{Index: "pypi", Start: rules.StartBranch, Ref: "pypi-release"}
	toTest = steps.Lane{Index: "testpypi", Start: rules.StartBranch, Ref: "pypi-test"}
	byTag  = steps.Lane{Index: "pypi", Start: rules.StartTag, Ref: "v{version}"}
)

// trusted is a bench on which a repository is set up for trusted publishing. Its
// first commit has a workflow that publishes from tags, and nothing else.
type trusted struct {
	*bench
	yard  steps.Yard
	setup steps.Setup
}

func newTrusted(t testing.TB, how steps.Publishing, files map[string]string) *trusted {
	b := newBench(t, options{byTag: true, files: files})
	s := &trusted{bench: b, setup: steps.Setup{Name: project, Version: version, Default: "main", How: how, Lanes: []steps.Lane{toTest, toPyPI}}}
	test := pypi.NewIndex(pypi.Config{Name: "testpypi", Simple: "http://index.test/simple/", JSON: "http://index.test/pypi/", Upload: "http://index.localhost/legacy/", Transport: wire{b.gates["index"]}})
	s.yard = steps.Yard{World: b.world, Indexes: map[string]*pypi.Index{"pypi": b.world.Index, "testpypi": test}, Service: s.github("token")}
	return s
}

// github is the service as somebody with a token sees it; "" is none.
func (s *trusted) github(token string) *github.Provider {
	return s.onGitHub(s.gate("ci", s.ci.GitHub()), token)
}

func (s *trusted) onGitHub(api http.Handler, token string) *github.Provider {
	p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: keyring.NewSecret(token), UserAgent: "ferry",
		HTTP: &http.Client{Transport: wire{api}, Timeout: 10 * time.Second}})
	must(s.t, err)
	return p
}

// put writes a file into the work tree.
func (s *trusted) put(file, text string) {
	name := filepath.Join(s.dir, filepath.FromSlash(file))
	must(s.t, os.MkdirAll(filepath.Dir(name), 0o700))
	must(s.t, os.WriteFile(name, []byte(text), 0o600))
}

// workflow is the file as it is generated for a lane, changed a little.
func (s *trusted) workflow(l steps.Lane, old, now string) string {
	g, err := s.setup.Rules(l).Workflow()
	must(s.t, err)
	return strings.ReplaceAll(string(g.Text), old, now)
}

// everything is what a step could change, with folders and environments.
func (s *trusted) everything() string {
	out := fmt.Sprintf("%s%+v\n", s.state(), s.ci.Environments())
	must(s.t, filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && !strings.Contains(path, ".git"+string(filepath.Separator)) {
			out += strings.TrimPrefix(path, s.dir) + "\n"
		}
		return err
	}))
	return out
}

func (s *trusted) see(step flow.Step) flow.Finding {
	return step.Observe(flow.WithReading(s.t.Context()))
}

func (s *trusted) run(step flow.Step) {
	s.t.Helper()
	must(s.t, step.Run(flow.WithReading(s.t.Context()), func(string) {}))
}

// is holds a finding against what it should be.
func is(t *testing.T, what string, f flow.Finding, want flow.Status, code string, tells ...string) {
	t.Helper()
	said := f.Text + "\n" + f.Warning
	if f.Problem != nil {
		said += "\n" + strings.Join(append(f.Problem.Lines, f.Problem.Now...), "\n")
	}
	if f.Status != want || (f.Problem != nil) != (code != "") || code != "" && f.Problem.Code != code {
		t.Errorf("%s: %s %s, problem %+v; want %s %s", what, f.Status, said, f.Problem, want, code)
	}
	for _, words := range tells {
		if !strings.Contains(said, words) {
			t.Errorf("%s: %q is not in %q", what, words, said)
		}
	}
}

// TestTrustedLaws: the steps of trusted publishing obey the laws of all steps.
func TestTrustedLaws(t *testing.T) {
	for name, c := range map[string]struct {
		how    steps.Publishing
		effect flow.Effect
		step   func(*trusted) flow.Step
		spoil  func(*trusted)
	}{
		"workflow": {steps.PublishWorkflow, flow.Local, func(s *trusted) flow.Step { return steps.NewWriteWorkflow(s.yard, s.setup, toPyPI) },
			func(s *trusted) { s.put(".github/workflows/publish-pypi.yml", "on: push\n") }},
		"gitlab": {steps.PublishGitLab, flow.Local, func(s *trusted) flow.Step { return steps.NewWriteGitLab(s.yard, s.setup) },
			func(s *trusted) { s.put(".gitlab-ci.yml", "publish-pypi:\n  script: [make]\n") }},
		"environment": {steps.PublishWorkflow, flow.Shared, func(s *trusted) flow.Step { return steps.NewMakeEnvironment(s.yard, s.setup, toPyPI) },
			func(s *trusted) { s.ci.Guard(nil, []citest.Environment{{Name: "pypi", Policies: []string{"other"}}}) }},
		"publisher": {steps.PublishWorkflow, flow.Reads, func(s *trusted) flow.Step { return steps.NewTrustPublisher(s.yard, s.setup, toPyPI) },
			func(s *trusted) { _ = s.index.Quarantine(project, "spam") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
				s := newTrusted(t, c.how, nil)
				if name == "publisher" {
					s.index.Publish(project, "1.0", day)
				}
				return flowtest.World{Step: c.step(s), State: s.everything, Effect: c.effect, Spoil: func() { c.spoil(s) }}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
