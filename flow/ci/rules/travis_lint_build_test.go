package rules_test

import (
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

func TestTravisLintBuild(t *testing.T) {
	t.Parallel()
	const head = "deploy:\n- provider: pypi\n  edge: true\n  on: {tags: true}\n"
	const check = "- git clone https://github.com/cloudify-cosmo/travis-utils.git\n- python travis-utils/validate_pypi.py || exit 1\n"
	runLint(t, []lintCase{
		{code: "travis-several-jobs-deploy", severity: rules.Warning, line: 2, ref: "tag:v1", src: head + "language: python\npython: ['3.12', '3.13']\n"},
		{code: "travis-two-deploys", severity: rules.Warning, line: 5, ref: "tag:v1", src: head + "- provider: pypi\n  edge: true\n  server: https://upload.pypi.org/legacy/\n  on: {tags: true}\n"},
		{code: "travis-none-deploys", severity: rules.Warning, line: 4, ref: "branch:pypi-release", src: head},
		{code: "travis-allow-failures", severity: rules.Warning, line: 7, ref: "tag:v1", src: head + "jobs:\n  include:\n  - env: A=1\n  allow_failures:\n  - env: A=1\n"},
		{code: "travis-branches-exclude-tags", severity: rules.Fatal, line: 6, src: head + "branches:\n  only: [master]\n"},
		{
			code: "travis-validate-script", severity: rules.Warning, line: 7,
			src: head + "script: tox\nafter_deploy:\n" + check, mended: head + "script: tox\n",
		},
		{
			code: "travis-validate-script", severity: rules.Warning, line: 6,
			src: head + "after_deploy:\n" + check + "- echo done\n", mended: head + "after_deploy:\n- echo done\n",
		},
		{code: "travis-sudo", severity: rules.Advice, line: 5, src: head + "sudo: false\n", mended: head},
		{code: "travis-org", severity: rules.Advice, line: 5, src: head + "# see https://travis-ci.org/o/r\n"},
		{code: "travis-skip-command", severity: rules.Fatal, line: 1, src: head, message: "a change [skip ci]"},
	})
}

// TestTravisLintExcludedRef is about a ref that is not built, where nothing
// deploys either.
func TestTravisLintExcludedRef(t *testing.T) {
	t.Parallel()
	c := lintCase{src: "branches:\n  only: [master]\n" + "deploy: {provider: pypi, edge: true, on: {branch: pypi-release}}\n", ref: "branch:pypi-release"}
	codes := diagnosed(t, c)
	if strings.Join(codes, " ") != "travis-branches-exclude-ref travis-none-deploys" {
		t.Errorf("got %v", codes)
	}
}

func diagnosed(t *testing.T, c lintCase) []string {
	t.Helper()
	found, err := rules.Diagnose(c.tree(), c.event())
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, d := range found {
		codes = append(codes, d.Code)
	}
	return codes
}

// TestTravisLintAdvice is about how to choose one of several jobs.
func TestTravisLintAdvice(t *testing.T) {
	t.Parallel()
	const deploy = "deploy: {provider: pypi, edge: true, on: {tags: true}}\n"
	for src, want := range map[string]string{
		"language: python\npython: ['3.12', '3.13']\n":              `on.python: "3.13"`,
		"env: [TOX_ENV=lint, TOX_ENV=py312]\n":                      "on.condition: $TOX_ENV = py312",
		"env: [TOKEN=lint, TOKEN=py312]\n":                          "jobs.include",
		"jobs: {include: [{name: a, os: osx}, {name: b, os: osx}]}": "jobs.include",
	} {
		found, err := rules.Diagnose(lintCase{src: deploy + src}.tree(), travisEvent("tag:v1"))
		if err != nil || len(found) != 1 || !strings.Contains(found[0].Fix, want) {
			t.Errorf("%s: %v, %+v", src, err, found)
		}
	}
}

// TestTravisLintClean holds a file to which nothing is to be said.
func TestTravisLintClean(t *testing.T) {
	t.Parallel()
	src := "language: python\npython: ['3.12', '3.13']\nbranches:\n  only: [master, '/^v\\d+\\.\\d+/']\ndeploy:\n- provider: pypi\n  edge: true\n  username: __token__\n  password: {secure: " + sealed(512) + "}\n  on:\n    tags: true\n    python: '3.13'\n    condition: '$TRAVIS_TAG =~ ^v[0-9]'\n"
	if codes := diagnosed(t, lintCase{src: src, ref: "tag:v1.0", files: []string{"setup.py", "pyproject.toml"}}); len(codes) > 0 {
		t.Errorf("got %v", codes)
	}
	if codes := diagnosed(t, lintCase{src: "deploy: {provider: pypi, edge: true, on: {tags: true}}\nbefore_deploy: make setup.py\n", files: []string{"pyproject.toml"}}); len(codes) > 0 {
		t.Errorf("got %v", codes)
	}
	for _, other := range []string{"a: b\n  c: d\n", "[]\n", "deploy: x\n", "deploy: [[]]\n"} {
		if codes := diagnosed(t, lintCase{src: other, ref: "tag:v1"}); len(codes) > 0 {
			t.Errorf("%q: got %v", other, codes)
		}
	}
}

// TestTravisWheelsOfTwoPythons: two jobs upload wheels to one index. They are
// rivals where the wheels have one Python, or where both upload an sdist.
func TestTravisWheelsOfTwoPythons(t *testing.T) {
	t.Parallel()
	job := func(python, what string) string {
		return "  - python: '" + python + "'\n    deploy: {provider: pypi, edge: true, on: {tags: true}, distributions: " + what + "}\n"
	}
	for _, c := range []struct {
		jobs  string
		rival bool
	}{
		{job("3.12", "sdist bdist_wheel") + job("2.7", "bdist_wheel"), false},
		{job("3.12", "sdist bdist_wheel") + job("3.11", "bdist_wheel"), true},
		{job("3.12", "sdist bdist_wheel") + job("2.7", "sdist bdist_wheel"), true},
		{job("3.12", "bdist_wheel") + job("3.11", "sdist"), false},
	} {
		codes := diagnosed(t, lintCase{src: "language: python\njobs:\n  include:\n" + c.jobs, ref: "tag:v1.0"})
		if got := strings.Contains(strings.Join(codes, " "), "two-deploys"); got != c.rival {
			t.Errorf("%sgot %v", c.jobs, codes)
		}
	}
}

// TestTravisLintAside is about a deploy that another push does: what is wrong
// with it is no error of this one, except that a secret lies open.
func TestTravisLintAside(t *testing.T) {
	t.Parallel()
	src := "deploy:\n- {provider: pypi, edge: true, on: {branch: rel}}\n- {provider: pypi, edge: true, server: 'https://testpypi.python.org/pypi', password: hunter2, on: {branch: test}}\n"
	for ref, want := range map[string]string{
		"branch:rel":  "travis-dead-server warning, travis-password-in-clear error",
		"branch:test": "travis-dead-server error, travis-password-in-clear error",
		"branch:none": "travis-dead-server error, travis-none-deploys warning, travis-password-in-clear error",
	} {
		found, err := rules.Diagnose(lintCase{src: src}.tree(), travisEvent(ref))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range found {
			got = append(got, d.Code+" "+string(d.Severity))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %s", ref, strings.Join(got, ", "))
		}
	}
}
