package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
)

const pipeline = ".gitlab-ci.yml"

// onGitLab is a repository without other CI files, whose pipeline is committed.
func onGitLab(t *testing.T, text string) *trusted {
	files := map[string]string{"go.txt": "go\n"}
	if text != "" {
		files[pipeline] = text
	}
	s := newTrusted(t, steps.PublishGitLab, files)
	must(t, os.RemoveAll(filepath.Join(s.dir, ".github")))
	return s
}

// TestWriteGitLab: both lanes go into the one file, what it held stays as it was,
// and comes back.
func TestWriteGitLab(t *testing.T) {
	t.Parallel()
	for says, old := range map[string]string{"none": "", "one": "# ours\ntest:\n  script: [tox]", "Windows": "test:\r\n  script: [tox]\r\n"} {
		s := onGitLab(t, old)
		before := s.everything()
		step := steps.NewWriteGitLab(s.yard, s.setup)
		f := s.see(step)
		is(t, says, f, flow.Todo, "", "TestPyPI and PyPI")
		if f.Diff == nil || strings.Contains(f.Diff.Text, "\n-test") {
			t.Errorf("%s: %+v", says, f.Diff)
		}
		s.run(step)
		got, err := os.ReadFile(filepath.Join(s.dir, pipeline))
		if err != nil || !strings.HasPrefix(string(got), old) || !strings.Contains(string(got), "publish-testpypi:") || !strings.Contains(string(got), "publish-pypi:") {
			t.Errorf("%s: %v\n%s", says, err, got)
		}
		is(t, says, s.see(step), flow.Done, "", "to TestPyPI with trusted publishing", "to PyPI with trusted publishing")
		must(t, step.Undo(t.Context(), func(string) {}))
		if after := s.everything(); after != before {
			t.Errorf("%s: left behind:\n%s", says, after)
		}
	}
}

// TestWriteGitLabFinds what the file does already, and why nothing can be added.
func TestWriteGitLabFinds(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		file  string
		want  flow.Status
		code  string
		tells string
	}{
		"a stored token":     {"up:\n  rules: [{if: '$CI_COMMIT_BRANCH == \"pypi-release\"'}]\n  script: [twine upload dist/*]\n  variables: {TWINE_PASSWORD: $T}\n", flow.Conflict, flow.CodeSetupRival, "a stored token"},
		"tabs":               {"test:\n\tscript: [tox]\n", flow.Conflict, flow.CodeSetupOther, "cannot be read"},
		"a job of that name": {"publish-pypi:\n  script: [make]\n  rules: [{if: '$CI_COMMIT_TAG'}]\n", flow.Conflict, flow.CodeSetupOther, "has a job publish-pypi already"},
		"no pipelines":       {"workflow:\n  rules:\n    - if: $CI_COMMIT_TAG\ntest:\n  script: [tox]\n", flow.Failed, flow.CodeSetupOther, "no one job would publish to TestPyPI"},
	} {
		s := onGitLab(t, c.file)
		is(t, says, s.see(steps.NewWriteGitLab(s.yard, s.setup)), c.want, c.code, c.tells)
	}
}

// TestWriteGitLabMeanwhile: who agreed to one change did not agree to another.
func TestWriteGitLabMeanwhile(t *testing.T) {
	t.Parallel()
	s := onGitLab(t, "")
	step := steps.NewWriteGitLab(s.yard, s.setup)
	is(t, "at first", s.see(step), flow.Todo, "")
	s.put(pipeline, "test:\n  script: [tox]\n")
	stays(t, s, flow.CodeSetupChanged, func() error { return step.Run(t.Context(), func(string) {}) })
	must(t, os.Remove(filepath.Join(s.dir, pipeline)))
	is(t, "again", s.see(step), flow.Todo, "")
	s.put(".git/info/exclude", pipeline+"\n") // then it is none that somebody works on
	s.put(pipeline, "test:\n  script: [tox]\n")
	is(t, "there is one since", s.see(step), flow.Conflict, flow.CodeSetupChanged)
	is(t, "and then", s.see(step), flow.Todo, "")
}

// TestWriteGitLabHalf: what one lane has already is left, and the other is added.
func TestWriteGitLabHalf(t *testing.T) {
	t.Parallel()
	s := onGitLab(t, "")
	g, err := s.setup.Rules(toPyPI).GitLab(nil)
	must(t, err)
	s.put(pipeline, string(g.Text))
	is(t, "not committed", s.see(steps.NewWriteGitLab(s.yard, steps.Setup{Name: project, Version: version, How: steps.PublishGitLab, Lanes: []steps.Lane{toPyPI}})), flow.Done, "", "does it")
	step := steps.NewWriteGitLab(s.yard, s.setup)
	is(t, "not committed, and one lane lacks", s.see(step), flow.Failed, flow.CodeSetupDirty, "differs from the commit")
	s = onGitLab(t, string(g.Text))
	step = steps.NewWriteGitLab(s.yard, s.setup)
	is(t, "one lane lacks", s.see(step), flow.Todo, "", "the jobs that publish to TestPyPI")
	s.run(step)
	is(t, "both", s.see(step), flow.Done, "")
	s.put(pipeline, "other: {script: [x]}\n")
	stays(t, s, flow.CodeSetupChanged, func() error { return step.Undo(t.Context(), func(string) {}) })
}
