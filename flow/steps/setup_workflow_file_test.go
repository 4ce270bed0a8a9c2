package steps_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
)

const generated = ".github/workflows/publish-pypi.yml"

// TestWriteWorkflow: the file is shown, written as shown, found, and taken away
// again with the folders that were made for it, and no other.
func TestWriteWorkflow(t *testing.T) {
	t.Parallel()
	s := newTrusted(t, steps.PublishWorkflow, nil)
	must(t, os.RemoveAll(filepath.Join(s.dir, ".github")))
	before := s.everything()
	step := steps.NewWriteWorkflow(s.yard, s.setup, toPyPI)
	f := s.see(step)
	is(t, "nothing there", f, flow.Todo, "", "write "+generated, "PyPI when the branch pypi-release is pushed")
	if f.Diff == nil || f.Diff.Path != generated || !strings.Contains(f.Diff.Text, "+      id-token: write") || strings.Contains(f.Diff.Text, "\n-") {
		t.Errorf("the difference: %+v", f.Diff)
	}
	s.run(step)
	got, err := os.ReadFile(filepath.Join(s.dir, generated))
	if err != nil || string(got) != s.workflow(toPyPI, "", "") {
		t.Errorf("%v\n%s", err, got)
	}
	is(t, "written", s.see(step), flow.Done, "", generated+" does it", "trusted publishing")
	must(t, step.Undo(t.Context(), func(string) {}))
	if after := s.everything(); after != before {
		t.Errorf("left behind:\n%s", after)
	}
}

// TestWriteWorkflowFinds what other files do in a lane, and what stands in the way.
func TestWriteWorkflowFinds(t *testing.T) {
	t.Parallel()
	const travis = "language: python\ndeploy:\n  provider: pypi\n  on: {branch: pypi-release}\n"
	for says, c := range map[string]struct {
		world func(*trusted)
		lane  steps.Lane
		want  flow.Status
		code  string
		tells string
	}{
		"another workflow does it":   {nil, byTag, flow.Done, "", ".github/workflows/publish.yml does it"},
		"a person edited it":         {func(s *trusted) { s.put(generated, s.workflow(toPyPI, "'3.x'", "'3.13'")) }, toPyPI, flow.Done, "", generated + " does it"},
		"Travis publishes already":   {func(s *trusted) { s.put(".travis.yml", travis) }, toPyPI, flow.Conflict, flow.CodeSetupRival, ".travis.yml publishes to PyPI already"},
		"Travis from another branch": {func(s *trusted) { s.put(".travis.yml", travis) }, toTest, flow.Todo, "", "TestPyPI"},
		"two do":                     {func(s *trusted) { s.put(generated, s.workflow(byTag, "", "")) }, byTag, flow.Conflict, flow.CodeSetupRival, "2 jobs publish"},
		"it may": {func(s *trusted) {
			s.put(generated, s.workflow(toPyPI, "    needs: build\n", "    needs: build\n    if: vars.GO == 'yes'\n"))
		}, toPyPI, flow.Conflict, flow.CodeSetupRival, "may publish"},
		"with a token":                {func(s *trusted) { s.put(".github/workflows/up.yml", withToken) }, toPyPI, flow.Conflict, flow.CodeSetupRival, "a stored token"},
		"it does something else":      {func(s *trusted) { s.put(generated, "on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n") }, toPyPI, flow.Conflict, flow.CodeSetupOther, "it publishes nothing to PyPI"},
		"it is for the other index":   {func(s *trusted) { s.put(generated, s.workflow(toTest, "", "")) }, toPyPI, flow.Conflict, flow.CodeSetupOther, "test.pypi.org"},
		"it cannot be read":           {func(s *trusted) { s.put(generated, "on: [push\n") }, toPyPI, flow.Conflict, flow.CodeSetupOther, "cannot be read"},
		"another one cannot be read":  {func(s *trusted) { s.put(".github/workflows/bad.yml", "on: [push\n") }, toPyPI, flow.Todo, "", "not checked: .github/workflows/bad.yml"},
		"the ref cannot stand in one": {nil, steps.Lane{Index: "pypi", Start: toPyPI.Start, Ref: "a b"}, flow.Failed, flow.CodeSetupUnfit, "cannot stand in a CI file"},
	} {
		s := newTrusted(t, steps.PublishWorkflow, nil)
		if c.world != nil {
			c.world(s)
		}
		is(t, says, s.see(steps.NewWriteWorkflow(s.yard, s.setup, c.lane)), c.want, c.code, c.tells)
	}
}

const withToken = `on: {push: {branches: [pypi-release]}}
jobs:
  up:
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
        with: {password: "${{ secrets.PYPI }}"}
`

// TestWriteWorkflowWaits: a step that comes before is waited for.
func TestWriteWorkflowWaits(t *testing.T) {
	t.Parallel()
	s := newTrusted(t, steps.PublishWorkflow, nil)
	step := steps.NewWriteWorkflow(s.yard, s.setup, toPyPI)
	step.After = []flow.Step{steps.NewWriteWorkflow(s.yard, s.setup, toTest)}
	f := s.see(step)
	is(t, "the one before is not done", f, flow.Todo, "", "after this: write")
	if f.Diff != nil {
		t.Error("it shows what it would not write yet")
	}
	s.run(step.After[0])
	is(t, "the one before is done", s.see(step), flow.Todo, "", "write "+generated)
}

// TestWriteWorkflowDirty: what is deleted and not committed is being worked on.
func TestWriteWorkflowDirty(t *testing.T) {
	t.Parallel()
	s := newTrusted(t, steps.PublishWorkflow, map[string]string{generated: "on: push\n"})
	must(t, os.Remove(filepath.Join(s.dir, generated)))
	is(t, "deleted", s.see(steps.NewWriteWorkflow(s.yard, s.setup, toPyPI)), flow.Failed, flow.CodeSetupDirty, "differs from the commit")
}

// TestWriteWorkflowMeanwhile: what appears after the look is not written over, and
// what was changed after the writing is not taken away.
func TestWriteWorkflowMeanwhile(t *testing.T) {
	t.Parallel()
	s := newTrusted(t, steps.PublishWorkflow, nil)
	step := steps.NewWriteWorkflow(s.yard, s.setup, toPyPI)
	s.see(step)
	s.put(generated, "mine\n")
	stays(t, s, flow.CodeSetupChanged, func() error { return step.Run(t.Context(), func(string) {}) })
	must(t, os.Remove(filepath.Join(s.dir, generated)))
	s.see(step)
	s.run(step)
	s.put(generated, s.workflow(toPyPI, "3.x", "3.13"))
	stays(t, s, flow.CodeSetupChanged, func() error { return step.Undo(t.Context(), func(string) {}) })
	stays(t, s, flow.CodeSetupNotOurs, func() error {
		return steps.NewWriteWorkflow(s.yard, s.setup, toPyPI).Undo(t.Context(), func(string) {})
	})
}

// stays says that an attempt is refused with a code, and changes nothing.
func stays(t *testing.T, s *trusted, code string, attempt func() error) {
	t.Helper()
	before := s.everything()
	var p *flow.Problem
	if err := attempt(); !errors.As(err, &p) || p.Code != code || len(p.Now) == 0 || len(p.Next) == 0 {
		t.Errorf("got %v, want %s", err, code)
	}
	if s.everything() != before {
		t.Error("something was changed")
	}
}

// TestWriteWorkflowInside: a link out of the tree is not followed.
func TestWriteWorkflowInside(t *testing.T) {
	t.Parallel()
	s := newTrusted(t, steps.PublishWorkflow, nil)
	outside := t.TempDir()
	must(t, os.RemoveAll(filepath.Join(s.dir, ".github")))
	if err := os.Symlink(outside, filepath.Join(s.dir, ".github")); err != nil {
		t.Skip("no links here")
	}
	step := steps.NewWriteWorkflow(s.yard, s.setup, toPyPI)
	_ = s.see(step)
	if err := step.Run(t.Context(), func(string) {}); err == nil {
		t.Error("it was written")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside: %v %v", entries, err)
	}
}
