package rules_test

import (
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// TestSetupGitLabBelow: what a file holds stays byte for byte, and one job
// publishes afterwards.
func TestSetupGitLabBelow(t *testing.T) {
	t.Parallel()
	s := rules.Setup{Project: "acme", Start: rules.StartTag, Ref: "v{version}"}
	for name, c := range map[string]struct{ file, says string }{
		"none":              {"", "stage: deploy"},
		"tests":             {"test:\n  script: [tox]\n", "stage: deploy"},
		"no end of line":    {"test:\n  script: [tox]", "stage: deploy"},
		"Windows":           {"test:\r\n  script: [tox]\r\n", "stage: deploy\r\n"},
		"stages of its own": {"stages: [check, publish]\ntest:\n  stage: check\n  script: [tox]\n", "stage: publish"},
		"other stages":      {"stages: [one, two, three]\ntest:\n  stage: one\n  script: [tox]\n", "stage: three"},
		"stages turned":     {"stages: [deploy, build]\ntest:\n  stage: build\n  script: [tox]\n", "stage: build"},
		"a default":         {"default:\n  before_script: [make secrets]\n  image: ruby\ntest:\n  script: [tox]\n", "default: false"},
		"anchors":           {".a: &a\n  tags: [x]\ntest:\n  <<: *a\n  script:\n    - |\n      tox\n\n", "stage: deploy"},
		"an older job":      {"test:\n  script: [tox]\n  only: [branches]\n", "stage: deploy"},
	} {
		g, err := s.GitLab([]byte(c.file))
		if err != nil || !strings.HasPrefix(string(g.Text), c.file) || !strings.Contains(string(g.Text), c.says) {
			t.Errorf("%s: %v\n%s", name, err, g.Text)
			continue
		}
		if bare := strings.Count(string(g.Text), "\n") - strings.Count(string(g.Text), "\r\n"); name == "Windows" && bare > 0 {
			t.Errorf("%d lines end otherwise", bare)
		}
		e := s.On("1.2.3")
		e.DefaultBranch = "main"
		if wrong := published(treeOf(map[string]string{g.Path: string(g.Text)}), e, s); wrong != "" {
			t.Errorf("%s: %s\n%s", name, wrong, g.Text)
		}
	}
}

// TestSetupGitLabTwice: both indexes of a repository stand in one file.
func TestSetupGitLabTwice(t *testing.T) {
	t.Parallel()
	release := rules.Setup{Project: "acme", Start: rules.StartTag, Ref: "v{version}"}
	rehearsal := rules.Setup{Project: "acme", Start: rules.StartPush, Ref: "main", Test: true}
	first, err := release.GitLab(nil)
	if err != nil {
		t.Fatal(err)
	}
	both, err := rehearsal.GitLab(first.Text)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []rules.Setup{release, rehearsal} {
		e := s.On("1.0")
		e.DefaultBranch = "main"
		if wrong := published(treeOf(map[string]string{both.Path: string(both.Text)}), e, s); wrong != "" {
			t.Errorf("%s: %s\n%s", e.Ref, wrong, both.Text)
		}
	}
}

// TestSetupGitLabRefuses a file below which the jobs would change what it means.
func TestSetupGitLabRefuses(t *testing.T) {
	t.Parallel()
	s := rules.Setup{Project: "acme", Start: rules.StartTag, Ref: "v{version}"}
	for name, file := range map[string]string{
		"broken":              "test: [\n",
		"in one line":         "{test: {script: [tox]}}\n",
		"a list":              "- test\n",
		"two documents":       "spec:\n  inputs: {}\n---\ntest:\n  script: [tox]\n",
		"an end":              "test:\n  script: [tox]\n...\n",
		"kept ends of lines":  "test:\n  script:\n    - |+\n      tox\n",
		"a job of that name":  "publish-pypi:\n  script: [make]\n",
		"stages by reference": "stages: [$A]\ntest:\n  script: [tox]\n",
		"indented":            "  test:\n    script: [tox]\n",
		"tabs":                "test:\n\tscript: [tox]\n",
	} {
		if g, err := s.GitLab([]byte(file)); err == nil {
			t.Errorf("%s: it was written\n%s", name, g.Text)
		}
	}
}

// TestLookAt: whether a file is there, and how it publishes.
func TestLookAt(t *testing.T) {
	t.Parallel()
	s := rules.Setup{Project: "acme", Start: rules.StartBranch, Ref: "pypi-release"}
	g, err := s.Workflow()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files map[string]string
		found bool
		says  []string
		wrong bool
	}{
		"none":       {files: map[string]string{hub + "other.yml": string(g.Text)}},
		"ours":       {files: map[string]string{g.Path: string(g.Text)}, found: true, says: []string{"job Publish publishes to PyPI with trusted publishing, in environment pypi, for a push of the branch pypi-release"}},
		"tests":      {files: map[string]string{g.Path: "on: push\njobs: {a: {runs-on: x, steps: [{run: tox}]}}\n"}, found: true},
		"a token":    {files: map[string]string{g.Path: "on: push\njobs: {a: {runs-on: x, steps: [{run: twine upload d/*, env: {TWINE_PASSWORD: '${{ secrets.T }}'}}]}}\n"}, found: true, says: []string{"job a publishes to PyPI with a stored token, for a push of the branch pypi-release", "job a publishes to PyPI with a stored token, for a push of the tag v1"}},
		"perhaps":    {files: map[string]string{g.Path: "on: push\njobs: {a: {if: vars.X, runs-on: x, steps: [{run: twine upload -r testpypi d/*}]}}\n"}, found: true, says: []string{"job a may publish to https://test.pypi.org/legacy/ with a stored token, for a push of the branch pypi-release", "job a may publish to https://test.pypi.org/legacy/ with a stored token, for a push of the tag v1"}},
		"unreadable": {files: map[string]string{g.Path: "on: push: x\n"}, found: true, wrong: true},
	} {
		x, err := rules.LookAt(treeOf(c.files), g.Path, eventOf("branch pypi-release"), eventOf("tag v1"))
		var got []string
		for _, p := range x.Publishes {
			got = append(got, p.String())
		}
		if err != nil || x.Found != c.found || strings.Join(got, "\n") != strings.Join(c.says, "\n") || len(x.Unreadable) > 0 != c.wrong {
			t.Errorf("%s: %v, %+v\n%s", name, err, x, strings.Join(got, "\n"))
		}
	}
}
