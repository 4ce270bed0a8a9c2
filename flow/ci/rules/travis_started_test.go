package rules_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

func TestTravisSkips(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]rules.Answer{
		"[ci skip]":                   rules.No,
		"[skip ci] words":             rules.No,
		"words\n\n[Skip Travis]":      rules.No,
		"[travis skip]":               rules.No,
		"[skip travis ci]":            rules.No,
		"[travis-ci skip]":            rules.No,
		"[skip travisci]":             rules.No,
		"[ci:skip]":                   rules.No,
		"skip ci":                     rules.Yes,
		"[skip it]":                   rules.Yes,
		"[skip actions] for the host": rules.Yes,
	} {
		e := travisEvent("branch:master")
		e.Message = message
		p := predict(t, "deploy: {provider: pypi}\n", e)
		if got := p.Jobs[0].Deploys(); got != want || want == rules.No && !strings.Contains(p.Jobs[0].Why[0].Text, "[") {
			t.Errorf("%q: %s, %+v", message, got, p.Jobs[0].Why)
		}
	}
}

// TestTravisStarts is about what starts Travis: pushes, and no other event.
func TestTravisStarts(t *testing.T) {
	t.Parallel()
	src := "deploy: {provider: pypi, on: {all_branches: true}}\nafter_success: twine upload dist/*\n"
	for _, c := range []struct {
		what, ref string
		jobs      int
	}{
		{"push", "refs/heads/x", 1},
		{"", "refs/tags/v1", 1},
		{"release", "refs/tags/v1", 0},
		{"workflow_dispatch", "refs/heads/x", 0},
		{"push", "refs/releases/p/1.0", 0},
		{"push", "", 0},
		{"pull_request", "refs/heads/x", 1},
	} {
		p := predict(t, src, rules.Event{What: c.what, Ref: c.ref})
		if len(p.Jobs) != c.jobs {
			t.Errorf("%+v makes %d jobs", c, len(p.Jobs))
		}
		if c.what == "pull_request" && p.Jobs[0].Uploads[0].Happens != rules.No {
			t.Errorf("a pull request deploys: %+v", p.Jobs)
		}
	}
}

func TestTravisReasons(t *testing.T) {
	t.Parallel()
	src := "branches:\n  only:\n  - master\nlanguage: python\ndeploy:\n  provider: pypi\n  server: https://i.example/\n  distributions: sdist bdist_wheel\n  on:\n    branch: master\n    repo: them/r\n"
	p := predict(t, src, travisEvent("branch:pypi-release"))
	j := p.Jobs[0]
	if j.Runs != rules.No || j.Why[0] != (rules.Reason{Text: "branches.only does not list pypi-release", File: ".travis.yml", Line: 2}) {
		t.Errorf("got %+v", j)
	}
	u := j.Uploads[0]
	want := []rules.Reason{
		{Text: "on.repo is them/r, this is o/r", File: ".travis.yml", Line: 11},
		{Text: "on.branch is master, the push is of pypi-release", File: ".travis.yml", Line: 10},
	}
	if len(u.Why) != 2 || u.Why[0] != want[0] || u.Why[1] != want[1] || u.Line != 6 {
		t.Errorf("got %+v", u)
	}
	if u.Index != "https://i.example/" || len(u.Distributions) != 2 || u.Trusted {
		t.Errorf("got %+v", u)
	}
}

// TestTravisSecrets keeps encrypted values out of everything that is told.
func TestTravisSecrets(t *testing.T) {
	t.Parallel()
	p := predict(t, "env:\n  global: [{secure: SEALED1}]\n  jobs: [{A: {secure: SEALED2}}, 'B=1']\n"+entry("tags: true, condition: $A = 1"), travisEvent("tag:v1"))
	for _, j := range p.Jobs {
		if strings.Contains(strings.Join([]string{j.Name, j.Matrix, j.Uploads[0].Why[0].Text}, " "), "SEALED") {
			t.Errorf("got %+v", j)
		}
	}
	if p.Jobs[0].Matrix != "A=(encrypted)" || p.Jobs[0].Deploys() != rules.Undecided {
		t.Errorf("got %+v", p.Jobs[0])
	}
}

func TestTravisUnreadable(t *testing.T) {
	t.Parallel()
	p := predict(t, "a: b\n  c: d\n", travisEvent("branch:master"))
	if len(p.Jobs) != 0 || len(p.Problems) != 1 || p.Problems[0].Line == 0 {
		t.Errorf("got %+v", p)
	}
	p, err := rules.Predict(fstest.MapFS{"other": {}}, travisEvent("branch:master"))
	if err != nil || len(p.Jobs)+len(p.Problems) != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
}

// TestTravisBounds is about files that ask for more than anybody builds.
func TestTravisBounds(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("- x\n", 300)
	p := predict(t, "language: python\npython:\n"+many+"env:\n"+strings.Repeat("- A=1\n", 300)+"import: other.yml\n", travisEvent("branch:master"))
	if len(p.Jobs) > 200 || len(p.Undecided) != 2 {
		t.Errorf("%d jobs, %+v", len(p.Jobs), p.Undecided)
	}
	bomb := "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\njobs: {include: [{y: *d}, {z: *d}]}\ndeploy: {provider: pypi}\n"
	if p := predict(t, bomb, travisEvent("branch:master")); len(p.Jobs) != 2 {
		t.Errorf("got %+v", p.Jobs)
	}
	predict(t, "a: &a\n  <<: *a\n  b: *a\njobs: {include: [*a]}\ndeploy: *a\nenv: *a\n", travisEvent("branch:master"))
}
