package steps_test

import (
	"net/http"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/citest"
	"ferry/flow/steps"
)

// TestMakeEnvironment: it is made for the release ref alone, and what stays
// possible is said.
func TestMakeEnvironment(t *testing.T) {
	t.Parallel()
	s := newTrusted(t, steps.PublishWorkflow, nil)
	before := s.everything()
	step := steps.NewMakeEnvironment(s.yard, s.setup, toPyPI)
	is(t, "none", s.see(step), flow.Todo, "", "create the environment pypi", "branch pypi-release")
	s.run(step)
	f := s.see(step)
	is(t, "made", f, flow.Done, "", "lets only branch pypi-release deploy", "whoever may push to the repository can publish to PyPI by that ref")
	if len(f.Proof) != 1 || f.Proof[0].Where == "" {
		t.Errorf("proof: %+v", f.Proof)
	}
	must(t, step.Undo(t.Context(), func(string) {}))
	if after := s.everything(); after != before {
		t.Errorf("left behind:\n%s", after)
	}
	stays(t, s, flow.CodeSetupNotOurs, func() error { return step.Undo(t.Context(), func(string) {}) })
}

// TestMakeEnvironmentFinds what is there, and what a token may not see or do.
func TestMakeEnvironmentFinds(t *testing.T) {
	t.Parallel()
	const anyone = "whoever may push to the repository can publish to PyPI by a workflow on a ref of their own"
	open := []citest.Environment{{Name: "pypi", Policies: []string{"pypi-release"}}}
	for says, c := range map[string]struct {
		world func(*trusted)
		lane  steps.Lane
		want  flow.Status
		code  string
		tells []string
		quiet bool // there is nothing to warn of
	}{
		"open to all":     {world: guard(nil, citest.Environment{Name: "pypi"}), lane: toPyPI, want: flow.Todo, tells: []string{"to which every ref may deploy now"}},
		"for another ref": {world: guard(nil, citest.Environment{Name: "pypi", Policies: []string{"main"}}), lane: toPyPI, want: flow.Conflict, code: flow.CodeSetupEnvironment, tells: []string{"would open it further"}},
		"for others too":  {world: guard(nil, citest.Environment{Name: "pypi", Policies: []string{"pypi-release", "main"}}), lane: toPyPI, want: flow.Done, tells: []string{"besides what was asked for, the branch main passes it"}},
		"for tags":        {world: guard(nil), lane: steps.Lane{Index: "pypi", Start: byTag.Start, Ref: "release-{version}"}, want: flow.Todo, tells: []string{"tag release-[0-9]*"}},
		"a reviewer":      {world: guard(nil, citest.Environment{Name: "pypi", Policies: []string{"pypi-release"}, Reviewers: []string{"ada"}}), lane: toPyPI, want: flow.Done, tells: []string{"after a review by @ada"}, quiet: true},
		"a rule":          {world: guard([]citest.Ruleset{{Name: "release", Target: "branch", Match: "refs/heads/pypi-*", Types: []string{"creation"}}}, open...), lane: toPyPI, want: flow.Done, quiet: true},
		"another rule":    {world: guard([]citest.Ruleset{{Name: "release", Target: "branch", Match: "refs/heads/main", Types: []string{"creation"}}}, open...), lane: toPyPI, want: flow.Done, tells: []string{"no rule that the host shows limits who may push the branch pypi-release"}},
		"no token":        {world: func(s *trusted) { s.yard.Service = s.github("") }, lane: toPyPI, want: flow.Done, tells: []string{"not made: there is no token", anyone}},
		"may only read":   {world: func(s *trusted) { s.ci.Host(citest.Hosted{ReadOnly: true}) }, lane: toPyPI, want: flow.Done, tells: []string{"may only read", anyone}},
		"nobody to ask":   {world: func(s *trusted) { s.yard.Service = nil }, lane: toPyPI, want: flow.Done, tells: []string{"no host is known", anyone}},
		"none is named":   {lane: byTag, want: flow.Done, tells: []string{"names no environment"}},
		"silence":         {world: func(s *trusted) { s.shut("ci", "500") }, lane: toPyPI, want: flow.Unknown, code: flow.CodeSetupEnvironment, tells: []string{"cannot be read"}},
	} {
		s := newTrusted(t, steps.PublishWorkflow, nil)
		if c.world != nil {
			c.world(s)
		}
		f := s.see(steps.NewMakeEnvironment(s.yard, s.setup, c.lane))
		is(t, says, f, c.want, c.code, c.tells...)
		if c.quiet && f.Warning != "" {
			t.Errorf("%s: warns %q", says, f.Warning)
		}
	}
}

func guard(rules []citest.Ruleset, envs ...citest.Environment) func(*trusted) {
	return func(s *trusted) { s.ci.Guard(rules, envs) }
}

// TestMakeEnvironmentRefused: a token that may push and may not administrate ends
// the attempt, not the plan.
func TestMakeEnvironmentRefused(t *testing.T) {
	t.Parallel()
	s := newTrusted(t, steps.PublishWorkflow, nil)
	api := s.ci.GitHub()
	s.yard.Service = s.onGitHub(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			w.Header().Set("Content-Type", "application/json")
			http.Error(w, `{"message":"Resource not accessible by personal access token"}`, http.StatusForbidden)
			return
		}
		api.ServeHTTP(w, r)
	}), "token")
	step := steps.NewMakeEnvironment(s.yard, s.setup, toPyPI)
	is(t, "before", s.see(step), flow.Todo, "", "create the environment")
	s.run(step)
	is(t, "after", s.see(step), flow.Done, "", "not made: ", "can publish to PyPI by a workflow")
}
