package steps_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/travis"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
	"ferry/keyring"
)

// tokened gives the bench a CI that may be asked for something.
func tokened(b *bench) {
	p, err := travis.New(travis.Options{URL: "http://ci.test", UI: "https://ci.example.test", Slug: slug, UserAgent: "ferry",
		Token: keyring.NewSecret("a-token-of-the-test"), HTTP: &http.Client{Transport: wire{b.gate("ci", b.ci.Travis())}}})
	must(b.t, err)
	b.world.CI = []ci.Provider{p}
}

func restart(b *bench) (steps.RestartCI, error) {
	return steps.NewRestartCI(flow.WithReading(b.t.Context()), b.world, b.target)
}

// attempt is which one the newest build is at, by the server.
func attempt(b *bench) int { return b.ci.Builds()[0].Attempt }

func TestActsKeepTheLaws(t *testing.T) {
	for name, state := range map[string]ci.State{"restart": ci.StateFailed, "cancel": ci.StateRunning} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
				b := newBench(t, options{})
				tokened(b)
				built(ours, hour, state)(b)
				w := flowtest.World{Effect: flow.Shared, State: func() string { return fmt.Sprintln(b.state(), attempt(b), b.ci.Builds()[0].State) }}
				if name == "cancel" {
					w.Step = steps.NewCancelCI(b.world, b.target)
					return w, nil
				}
				s, err := restart(b)
				w.Step = s
				return w, err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRestartIsAskedForOnce(t *testing.T) {
	b := newBench(t, options{})
	tokened(b)
	built(ours, hour, ci.StateFailed)(b)
	s, err := restart(b)
	must(t, err)
	for range 3 {
		must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
	}
	if got := attempt(b); got != 2 {
		t.Errorf("%d attempts", got)
	}
	f := s.Observe(flow.WithReading(t.Context()))
	if f.Status != flow.Done || !strings.Contains(f.Text, "again") {
		t.Errorf("found %s: %s", f.Status, f.Text)
	}
	if f := b.observe(flow.AwaitCI); f.Status != flow.Underway || !strings.Contains(f.Warning, "restarted by @") {
		t.Errorf("watched: %s, %q, %q", f.Status, f.Text, f.Warning)
	}
}

// TestARestartThatCannotBeAskedFor has a way out each.
func TestARestartThatCannotBeAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		state ci.State
		token bool
		want  string
	}{
		"a job goes on": {ci.StateRunning, true, "A job goes on"}, "no build": {"", true, "There is no build"}, "no token": {ci.StateFailed, false, "ferry auth login travis"},
	} {
		b := newBench(t, options{})
		if c.token {
			tokened(b)
		}
		if c.state != "" {
			built(ours, hour, c.state)(b)
		}
		s, err := restart(b)
		if err == nil {
			err = s.Run(flow.WithReading(t.Context()), func(string) {})
		}
		var p *flow.Problem
		if !errors.As(err, &p) || p.Code != flow.CodeCIAct || !strings.Contains(p.Text+strings.Join(p.Next, " "), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if c.state != "" && attempt(b) != 1 {
			t.Errorf("%s: it was restarted", name)
		}
	}
}

// TestOneOfTwoRefused: what is true now tells the request that was accepted, and what
// became of each other.
func TestOneOfTwoRefused(t *testing.T) {
	for refused, want := range map[int][]string{
		0: {"build #3: refused", "build #2: not done any more", "build #1: not done any more"},
		1: {"build #3: accepted", "build #2: refused", "build #1: not done any more"},
		2: {"build #3: accepted", "build #2: accepted", "build #1: refused"},
	} {
		b := newBench(t, options{})
		tokened(b)
		for _, event := range []string{"cron", "api", "push"} {
			b.ci.AddBuild(citest.Build{Build: ci.Build{Ref: branchRef, SHA: b.ours, State: ci.StateFailed, Event: event}})
		}
		s, err := restart(b)
		must(t, err)
		b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: http.StatusConflict, Match: "/build/" + b.ci.Builds()[refused].ID + "/restart", Times: -1})
		err = s.Run(flow.WithReading(t.Context()), func(string) {})
		var p *flow.Problem
		if !errors.As(err, &p) || len(p.Now) != 4 || p.Now[3] != "nothing was pushed" {
			t.Fatalf("the request at %d refused: %+v", refused, p)
		}
		for i, w := range want {
			if !strings.Contains(p.Now[i], w) {
				t.Errorf("the request at %d refused: %q, want %q", refused, p.Now[i], w)
			}
		}
		if f := s.Observe(flow.WithReading(t.Context())); (f.Status == flow.Todo) != (refused == 0) {
			t.Errorf("the request at %d refused: then %s: %s", refused, f.Status, f.Text)
		}
	}
}

// TestALostAnswerIsNotAskedForAgain: the request may have landed.
func TestALostAnswerIsNotAskedForAgain(t *testing.T) {
	b := newBench(t, options{})
	tokened(b)
	built(ours, hour, ci.StateFailed)(b)
	s, err := restart(b)
	must(t, err)
	b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 502, Match: "/restart", Times: -1})
	if err := s.Run(flow.WithReading(t.Context()), func(string) {}); err == nil {
		t.Fatal("no error")
	}
	if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Underway {
		t.Errorf("found %s: %s", f.Status, f.Text)
	}
	must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
}

// TestWhatCISaysOfNoBuild comes first among the causes.
func TestWhatCISaysOfNoBuild(t *testing.T) {
	b := newBench(t, options{})
	branch(ours)(b)
	f := b.observe(flow.AwaitCI)
	if f.Status != flow.Underway || f.Problem == nil || len(f.Problem.Lines) < 3 || !strings.Contains(f.Problem.Lines[1], "travis heard of no push") {
		t.Fatalf("found %s: %+v", f.Status, f.Problem)
	}
	b.ci.AddRequest(citest.Request{Ref: branchRef, SHA: b.ours, Rejected: true, Text: "Branch pypi-release not included per configuration."})
	f = b.observe(flow.AwaitCI)
	if !strings.Contains(f.Text, "rejected the push") || !strings.Contains(f.Problem.Lines[1], "not included per configuration") || strings.Contains(strings.Join(f.Problem.Lines, "\n"), "webhook") {
		t.Errorf("found %q: %q", f.Text, f.Problem.Lines)
	}
}
