package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/flow/steps"
)

// both lanes by Travis, from a branch each.
const travisBoth = `language: python
python: "3.12"
script: skip
deploy:
  - provider: pypi
    server: https://test.pypi.org/legacy/
    username: __token__
    distributions: sdist
    on:
      branch: pypi-test
  - provider: pypi
    username: __token__
    distributions: sdist
    on:
      branch: pypi-release
`

// write puts a file into the work tree.
func (y *yard) write(name, text string) {
	at := filepath.Join(y.dir, filepath.FromSlash(name))
	must(y.t, os.MkdirAll(filepath.Dir(at), 0o700))
	must(y.t, os.WriteFile(at, []byte(text), 0o600))
}

func travisIs(text string) func(*yard) { return func(y *yard) { y.write(".travis.yml", text) } }

const byHand = `on:
  push:
    branches: [pypi-release]
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: twine upload -r pypi dist/*.tar.gz
`

func TestCheckSetup(t *testing.T) {
	replace := func(old, now string) func(*yard) {
		text := strings.Replace(travisBoth, old, now, 1)
		if text == travisBoth {
			t.Fatalf("%q is not there", old)
		}
		return travisIs(text)
	}
	for name, c := range map[string]struct {
		begin  []func(*yard)
		after  flow.Status
		status flow.Status
		code   string
		says   string
		warns  string
	}{
		"as it is to be":       {begin: []func(*yard){travisIs(travisBoth)}, status: flow.Done, says: "a push of pypi-release publishes to pypi by"},
		"not written yet":      {after: flow.Todo, status: flow.Todo, says: "after this: .travis.yml"},
		"not known":            {after: flow.Unknown, status: flow.Unknown},
		"one lane alone":       {status: flow.Failed, code: flow.CodeNoDeploy, says: "pypi-test"},
		"the other index":      {begin: []func(*yard){replace("    server: https://test.pypi.org/legacy/\n", "")}, status: flow.Failed, code: flow.CodeSetupWrongIndex, says: "and not to testpypi"},
		"a matrix":             {begin: []func(*yard){replace(`python: "3.12"`, `python: ["3.11", "3.12"]`)}, status: flow.Failed, code: flow.CodeManyJobs, says: "2 jobs"},
		"a second CI":          {begin: []func(*yard){travisIs(travisBoth), func(y *yard) { y.write(".github/workflows/old.yml", byHand) }}, status: flow.Failed, code: flow.CodeManyJobs},
		"not decided":          {begin: []func(*yard){replace("      branch: pypi-release", "      branch: pypi-release\n      condition: $MAYBE = yes")}, status: flow.Unknown, code: flow.CodeUndecided},
		"unreadable":           {begin: []func(*yard){travisIs("deploy: [\n")}, status: flow.Failed, code: flow.CodeCIFile},
		"tags to PyPI as well": {begin: []func(*yard){travisIs(travisBoth + "  - provider: pypi\n    distributions: sdist\n    on:\n      tags: true\n")}, status: flow.Done, warns: "a push of a tag, such as v1.2.3, publishes to https://upload.pypi.org/legacy too"},
		"any branch as well":   {begin: []func(*yard){travisIs(travisBoth + "  - provider: pypi\n    distributions: sdist\n    on:\n      branch: main\n")}, status: flow.Done, warns: "a push of main publishes to https://upload.pypi.org/legacy too"},
		"whatever is there":    {begin: []func(*yard){travisIs(travisBoth), func(y *yard) { y.s.How = steps.PublishElse }}, status: flow.Done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, options{})
			for _, h := range c.begin {
				h(y)
			}
			var after []flow.Step
			if c.after != "" {
				after = append(after, y.before(c.after, ".travis.yml"))
			}
			f := y.see(t, steps.NewCheckSetup(y.y, y.s, after...))
			if f.Status != c.status || !strings.Contains(f.Text, c.says) || !strings.Contains(f.Warning, c.warns) || c.warns == "" && f.Warning != "" || c.code != "" && f.Problem.Code != c.code {
				t.Fatalf("%s %q %q %+v", f.Status, f.Text, f.Warning, f.Problem)
			}
			if f.Status == flow.Done && (len(f.Proof) != 2 || f.Proof[1].Where != "ferry check --branch pypi-release" || len(f.Facts) != 2 || !strings.HasPrefix(f.Facts[0].Where, ".travis.yml:")) {
				t.Errorf("%+v %+v", f.Proof, f.Facts)
			}
		})
	}
}

// TestCheckSetupOfWorkflows: what is written for trusted publishing is what the
// proof finds, from a branch and from a tag.
func TestCheckSetupOfWorkflows(t *testing.T) {
	for name, lanes := range map[string][]steps.Lane{
		"branches": {{Index: "testpypi", Start: rules.StartBranch, Ref: "pypi-test"}, {Index: "pypi", Start: rules.StartBranch, Ref: "pypi-release"}},
		"tags":     {{Index: "testpypi", Start: rules.StartPush, Ref: "main"}, {Index: "pypi", Start: rules.StartTag, Ref: "v{version}"}},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t, options{byTag: true})
			must(t, os.Remove(filepath.Join(y.dir, ".github", "workflows", "publish.yml")))
			y.s.How, y.s.Lanes = steps.PublishWorkflow, lanes
			for _, l := range lanes {
				w, err := y.s.Rules(l).Workflow()
				must(t, err)
				y.write(w.Path, string(w.Text))
			}
			f := y.see(t, steps.NewCheckSetup(y.y, y.s))
			if f.Status != flow.Done || f.Warning != "" || len(f.Proof) != 2 {
				t.Errorf("%s %q %q %+v", f.Status, f.Text, f.Warning, f.Problem)
			}
			if name == "tags" && f.Proof[1].Where != "ferry check --tag v1.4.0" {
				t.Errorf("%+v", f.Proof)
			}
		})
	}
}

// TestCheckSetupOfNothing: without a lane there is nothing to prove, and what
// publishes is told all the same.
func TestCheckSetupOfNothing(t *testing.T) {
	y := newYard(t, options{})
	y.s.Lanes = nil
	s := steps.NewCheckSetup(y.y, y.s)
	if f := y.see(t, s); f.Status != flow.Done || !strings.Contains(f.Warning, "a push of pypi-release publishes") || flow.Shell(s.Command()) != "ferry check" {
		t.Errorf("%s %q %q", f.Status, f.Text, f.Warning)
	}
}

func TestCheckSetupLaws(t *testing.T) {
	law(t, flow.Reads, travisIs(travisBoth), func(y *yard) flow.Step { return steps.NewCheckSetup(y.y, y.s) }, travisIs("deploy: [\n"))
	law(t, flow.Reads, func(*yard) {}, func(y *yard) flow.Step {
		return steps.NewCheckSetup(y.y, y.s, y.before(flow.Todo, "write it"))
	}, nil)
}
