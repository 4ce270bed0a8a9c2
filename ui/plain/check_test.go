package plain_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/ui/plain"
)

// outlook has one of everything, and names that would do things to a terminal.
func outlook() plain.Check {
	return plain.Check{
		Outlook: flow.Outlook{Ref: "refs/heads/pypi-release", From: "the work tree",
			Deploys: []flow.Deployment{
				{Provider: "travis", Job: "py312", File: ".travis.yml", Line: 19, Sure: true, Why: []string{"on.branch is pypi-release (.travis.yml:25)"}},
				{Provider: "github", Job: "publish\x1b[2J", Index: "https://test.pypi.org/legacy/", Environment: "pypi", File: ".github/workflows/a\nb.yml", Line: 4, Why: []string{"if: secrets.GO asks for what no file says"}},
			},
			Skips:       []flow.Deployment{{Provider: "travis", Job: "py39", Index: "https://pip.corp/", File: ".travis.yml", Line: 19, Why: []string{"on.condition is $TRAVIS_PYTHON_VERSION = 3.12, and it is 3.9 (.travis.yml:26)"}}},
			Undecided:   []string{"publish: if: secrets.GO asks for what no file says"},
			Instead:     []string{"refs/tags/v1.4.0 would publish"},
			Diagnostics: []flow.Diagnostic{{Code: "travis-sudo", Severity: flow.SeverityNote, File: ".travis.yml", Line: 2, Text: "sudo chooses nothing any more", Fix: "Take it away.", Mends: true}, {Code: "workflow-skip-existing", Severity: flow.SeverityWarning, File: "a.yml", Line: 9, Text: "files that exist are skipped"}, {Code: "unreadable", Severity: flow.SeverityError, File: "b.yml", Line: 1, Text: "the file cannot be read \u202e"}},
			Checks: []flow.Check{
				{ID: "project", Result: flow.Good, Evidence: "acme-core 1.4.0 (pyproject.toml [project])"},
				{ID: "rules", Result: flow.Bad, Evidence: `the rule "releases" of the host forbids the deletion of the ref`, Proof: []flow.Proof{{What: "rule releases", Where: "https://github.com/acme/acme-core/rules/1"}}},
				{ID: "environment", Result: flow.NotChecked, Evidence: "github shows no environment pypi"},
			}},
		Problem: &flow.Problem{Code: flow.CodeCIFile, Class: flow.ClassFailed, Retry: flow.RetrySafe, Text: "b.yml:1 the file cannot be read",
			Now: []string{"nothing was pushed, and nothing was changed"}, Lines: []string{"a line that shows it"}, Next: []string{"ferry check --fix", "ferry check --branch a-very-long-name-of-a-branch-that-is-not-broken --offline --json"}},
	}
}

func TestCheckFaces(t *testing.T) {
	for name, face := range map[string]plain.CheckFace{"lines": {}, "narrow": {Width: 60}, "ascii": {ASCII: true, Width: 80}, "accessible": {Accessible: true}} {
		var out bytes.Buffer
		if err := outlook().WriteText(&out, face); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\u202e") || strings.Contains(out.String(), "a\nb.yml") {
			t.Errorf("%s: text from outside reached the terminal: %q", name, out.String())
		}
		if face.ASCII && strings.ContainsFunc(out.String(), func(r rune) bool { return r >= 0x80 }) {
			t.Errorf("not ASCII: %q", out.String())
		}
		golden(t, "check."+name, out.String())
	}
}

func TestCheckDocument(t *testing.T) {
	var out bytes.Buffer
	if err := outlook().WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "check.json", out.String())
	if strings.Count(out.String(), "\n") != 1 || strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Errorf("not one plain line: %q", out.String())
	}
	out.Reset()
	if err := (plain.Check{}).WriteJSON(&out); err != nil || strings.Contains(out.String(), "null") {
		t.Errorf("got %s, %v", out.String(), err)
	}
	var doc struct {
		V    int
		Kind string
		Exit *int
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.V != 1 || doc.Kind != "check" || doc.Exit == nil || *doc.Exit != 0 {
		t.Errorf("of nothing wrong: %s, %v", out.String(), err)
	}
}
