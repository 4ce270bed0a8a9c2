package rules_test

import (
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

const (
	build  = "name: Build\non: {push: {branches: [main, next]}}\njobs: {b: {steps: []}}\n"
	afterB = "on: {workflow_run: {workflows: [Build], types: [completed]MORE}}\n"
)

func TestPredictChains(t *testing.T) {
	t.Parallel()
	succeeded := "if: github.event.workflow_run.conclusion == 'success' && github.event.workflow_run.head_branch == 'main'"
	for _, c := range []struct {
		name, more, job, event, want, says string
		first                              string
	}{
		{name: "after another", event: "branch main", want: "a", says: "after Build"},
		{name: "not started before", event: "tag v1", want: "", says: "no such workflow starts"},
		{name: "its conclusion", job: succeeded, event: "branch main", want: "a"},
		{name: "its branch", job: succeeded, event: "branch next", want: ""},
		{name: "its failure", job: "if: github.event.workflow_run.conclusion == 'failure'", event: "branch main", want: ""},
		{name: "branches", more: ", branches: [main]", event: "branch main", want: "a"},
		{name: "other branches", more: ", branches: [main]", event: "branch next", want: "", says: "not among those"},
		{name: "branches and a tag", more: ", branches: [main]", event: "tag v1", want: "a?", says: "of a tag", first: "name: Build\non: push\njobs: {b: {steps: []}}\n"},
		{name: "the ref is the default branch", job: "if: github.ref == 'refs/heads/main' && github.event_name == 'workflow_run'", event: "branch next", want: "a"},
		{name: "all of it skipped", job: succeeded, event: "branch main", want: "", first: "name: Build\non: push\njobs: {b: {if: false, steps: []}}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := build
			if c.first != "" {
				first = c.first
			}
			p := predictTree(t, treeOf(map[string]string{hub + "b.yml": first, hub + "r.yml": strings.Replace(afterB, "MORE", c.more, 1) + jobA(c.job)}), eventOf(c.event))
			if got := publishing(p); got != c.want || !strings.Contains(reasons(p), c.says) {
				t.Errorf("got %q, want %q\n%s", got, c.want, reasons(p))
			}
		})
	}
}

// TestChainsEnd: three may follow one another, and a circle does not go round.
func TestChainsEnd(t *testing.T) {
	t.Parallel()
	files := map[string]string{hub + "0.yml": "name: w0\non: push\njobs: {b: {steps: []}}\n"}
	for _, n := range []string{"1", "2", "3", "4"} {
		before := string(rune(n[0] - 1))
		files[hub+n+".yml"] = "name: w" + n + "\non: {workflow_run: {workflows: [w" + before + ", w4]}}\n" + jobA("name: j"+n)
	}
	if got := publishing(predictTree(t, treeOf(files), eventOf("branch main"))); got != "j1, j2, j3" {
		t.Errorf("got %q", got)
	}
}

const calling = "on: push\njobs:\n  c:\n    IF\n    uses: ./.github/workflows/p.yml\n    with: {to: pypi}\n"

func TestPredictCalls(t *testing.T) {
	t.Parallel()
	called := "on: {workflow_call: {inputs: {to: {type: string}, dry: {type: boolean, default: false}}}}\n" + jobA("if: inputs.to == 'pypi' && !inputs.dry")
	for _, c := range []struct{ name, caller, called, event, want, says string }{
		{name: "called with inputs", caller: "if: github.ref_type == 'tag'", called: called, event: "tag v1", want: "c / a", says: "job c calls .github/workflows/p.yml"},
		{name: "the caller's condition", caller: "if: github.ref_type == 'tag'", called: called, event: "branch main", want: "", says: "does not hold"},
		{name: "the caller's matrix", caller: "strategy: {matrix: {i: [1, 2]}}", called: called, event: "tag v1", want: "c (1) / a, c (2) / a"},
		{name: "what cannot be called", called: "on: push\n" + jobA(""), event: "tag v1", want: "a", says: "no on: workflow_call"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := predictTree(t, treeOf(map[string]string{hub + "c.yml": strings.Replace(calling, "    IF\n", "    "+c.caller+"\n", 1), hub + "p.yml": c.called}), eventOf(c.event))
			if got := publishing(p); got != c.want || !strings.Contains(reasons(p), c.says) {
				t.Errorf("got %q, want %q\n%s", got, c.want, reasons(p))
			}
		})
	}
}

func TestPredictCallsElsewhere(t *testing.T) {
	t.Parallel()
	p := predictTree(t, oneWorkflow("on: push\njobs:\n  c:\n    uses: o/r/.github/workflows/p.yml@v1\n"), eventOf("branch main"))
	if len(p.Jobs) != 1 || p.Jobs[0].Runs != rules.Yes || len(p.Undecided) != 1 || !strings.Contains(p.Undecided[0].Text, "o/r/.github/workflows/p.yml@v1") {
		t.Errorf("got %+v", p)
	}
	p = predictTree(t, treeOf(map[string]string{hub + "a.yml": "on: [push, workflow_call]\njobs:\n  c: {uses: ./.github/workflows/a.yml}\n  d: {uses: ./.github/workflows/a.yml}\n"}), eventOf("branch main"))
	if len(p.Jobs) > 1000 || len(p.Undecided) == 0 {
		t.Errorf("a circle of calls gives %d jobs and %d reasons", len(p.Jobs), len(p.Undecided))
	}
}
