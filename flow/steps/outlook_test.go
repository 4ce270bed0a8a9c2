package steps_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/flow/steps"
)

// publishes is a job that uploads an sdist for sure.
func publishes(job, file, index string) flow.Deployment {
	return flow.Deployment{Provider: "travis", Job: job, File: file, Line: 3, Index: index, Sure: true, Distributions: []string{"sdist"}}
}

func TestForeseen(t *testing.T) {
	t.Parallel()
	sure := publishes("py312", ".travis.yml", "")
	other := publishes("py313", ".travis.yml", "")
	staged := publishes("py313", ".travis.yml", "https://test.pypi.org/legacy/")
	wheels := other
	wheels.Distributions = []string{"bdist_wheel"}
	patient, late := sure, other
	patient.SkipsExisting, late.SkipsExisting = true, true
	open := sure
	open.Sure = false
	wrong := flow.Diagnostic{Code: "x", Severity: flow.SeverityError, File: ".travis.yml", Line: 7, Text: "it is wrong"}
	elsewhere := wrong
	elsewhere.File = ".github/workflows/docs.yml"
	for _, c := range []struct {
		says string
		o    flow.Outlook
		code string
		exit int
	}{
		{"one job", flow.Outlook{Deploys: []flow.Deployment{sure}}, "", 0},
		{"one for each index", flow.Outlook{Deploys: []flow.Deployment{sure, staged}}, "", 0},
		{"one sdist, and wheels beside it", flow.Outlook{Deploys: []flow.Deployment{sure, wheels}}, "", 0},
		{"two that skip what is there", flow.Outlook{Deploys: []flow.Deployment{patient, late}}, "", 0},
		{"two of the same", flow.Outlook{Deploys: []flow.Deployment{sure, other}}, flow.CodeManyJobs, 1},
		{"none", flow.Outlook{Skips: []flow.Deployment{sure}}, flow.CodeNoDeploy, 1},
		{"only perhaps", flow.Outlook{Deploys: []flow.Deployment{open}}, flow.CodeUndecided, 9},
		{"one, and one perhaps", flow.Outlook{Deploys: []flow.Deployment{sure, open}}, "", 0},
		{"an error in its file", flow.Outlook{Deploys: []flow.Deployment{sure}, Diagnostics: []flow.Diagnostic{wrong}}, flow.CodeCIFile, 1},
		{"an error in another file", flow.Outlook{Deploys: []flow.Deployment{sure}, Diagnostics: []flow.Diagnostic{elsewhere}}, "", 0},
		{"an error in a file that publishes from other refs", flow.Outlook{Deploys: []flow.Deployment{sure}, Skips: []flow.Deployment{publishes("docs", elsewhere.File, "")}, Diagnostics: []flow.Diagnostic{elsewhere}}, "", 0},
		{"nothing, and an error", flow.Outlook{Diagnostics: []flow.Diagnostic{elsewhere}}, flow.CodeCIFile, 1},
		{"a project that is refused", flow.Outlook{Deploys: []flow.Deployment{sure}, Checks: []flow.Check{{ID: "metadata", Result: flow.Bad, Evidence: "no"}}}, flow.CodeUnfit, 1},
		{"a gate that is closed", flow.Outlook{Deploys: []flow.Deployment{sure}, Checks: []flow.Check{{ID: "environment", Result: flow.Bad, Evidence: "no"}}}, flow.CodeGate, 1},
		{"a host that does not say", flow.Outlook{Deploys: []flow.Deployment{sure}, Checks: []flow.Check{{ID: "rules", Result: flow.NotChecked}}}, "", 0},
	} {
		p := steps.Foreseen(c.o)
		switch {
		case p == nil && c.code != "":
			t.Errorf("%s: nothing stands against it", c.says)
		case p != nil && (p.Code != c.code || flow.ExitCode(p) != c.exit || len(p.Now) == 0 || len(p.Next) == 0):
			t.Errorf("%s: got %s (%d) %q, now %q, next %q", c.says, p.Code, flow.ExitCode(p), p.Text, p.Now, p.Next)
		}
	}
}

// TestOutlookNamesItsReasons: with the words of the files and their lines.
func TestOutlookNamesItsReasons(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{".travis.yml": {Data: []byte(`language: python
python: ["3.11", "3.12"]
deploy:
  provider: pypi
  username: __token__
  on:
    branch: pypi-release
    python: "3.12"
`)}, "setup.py": {Data: []byte("from setuptools import setup\nsetup()\n")}}
	o, err := steps.Outlook(tree, rules.Event{What: "push", Ref: "refs/heads/pypi-release"}, "the work tree")
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Deploys) != 1 || !o.Deploys[0].Sure || len(o.Skips) != 1 {
		t.Fatalf("got %+v", o)
	}
	if why := strings.Join(o.Skips[0].Why, "; "); !strings.Contains(why, "3.12") || !strings.Contains(why, ".travis.yml:8") {
		t.Errorf("the other job is left out because %q", why)
	}
	if p := steps.Foreseen(o); p != nil {
		t.Errorf("got %s: %s", p.Code, p.Text)
	}
	broken := fstest.MapFS{".travis.yml": {Data: []byte("deploy: [\n")}}
	o, err = steps.Outlook(broken, rules.Event{What: "push", Ref: "refs/heads/pypi-release"}, "the work tree")
	if err != nil || !slices.ContainsFunc(o.Diagnostics, func(d flow.Diagnostic) bool { return d.File == ".travis.yml" && d.Severity == flow.SeverityError }) {
		t.Errorf("a file that cannot be parsed: %+v, %v", o, err)
	}
}

// TestOutlookNamesWhatElsePublishes: where the ref does not.
func TestOutlookNamesWhatElsePublishes(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{".github/workflows/r.yml": {Data: []byte(`on: {release: {types: [published]}}
jobs:
  pypi:
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
`)}}
	o, err := steps.Outlook(tree, rules.Event{What: "push", Ref: "refs/heads/pypi-release", Host: "github.com"}, "the work tree")
	if err != nil {
		t.Fatal(err)
	}
	p := steps.Foreseen(o)
	if p == nil || p.Code != flow.CodeNoDeploy || !strings.Contains(strings.Join(p.Lines, "\n"), "publishing a release on the host would publish, by pypi of .github/workflows/r.yml") {
		t.Errorf("got %+v", p)
	}
	if len(o.Skips) != 1 || strings.Contains(strings.Join(o.Skips[0].Why, " "), "uses pypa") {
		t.Errorf("the reasons of a no hold a yes: %+v", o.Skips)
	}
}
