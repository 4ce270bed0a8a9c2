package steps_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/steps"
)

// TestARefusedStart: CI's no is said in its words, with what it takes and where a
// person does it; nothing came of it, so that the next attempt may ask.
func TestARefusedStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		no    func(*bench)
		class flow.Class
		text  string
	}{
		"who may only read": {func(b *bench) { b.ci.Host(citest.Hosted{ReadOnly: true}) }, flow.ClassCredentials, "Actions: write"},
		"a limit": {func(b *bench) {
			b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 429, Match: "/dispatches", After: time.Minute})
		}, flow.ClassFailed, "limits the rate"},
		"another workflow there": {func(b *bench) { b.target.Start.Inputs = map[string]string{"release": "1"} }, flow.ClassFailed, "Unexpected inputs provided"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := dispatchBench(t, startable)
			claimedHere(b)
			c.no(b)
			s := b.dispatch()
			err := s.Run(flow.WithReading(t.Context()), func(string) {})
			var p *flow.Problem
			if !errors.As(err, &p) || p.Code != flow.CodeDispatchRefused || p.Class != c.class || !strings.Contains(p.Text, c.text) || len(p.Next) == 0 || len(p.Lines) == 0 {
				t.Fatalf("%v: %+v", err, p)
			}
			if b.startedRuns() != 0 {
				t.Error("it was started")
			}
			if name == "who may only read" {
				b.ci.Host(citest.Hosted{})
				must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
			}
		})
	}
}

// TestAStartWithoutAToken: said before anything is claimed.
func TestAStartWithoutAToken(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, UserAgent: "ferry"})
	must(t, err)
	b.world.CI = []ci.Provider{p}
	f := b.observe(flow.CheckCI)
	speaks(t, f)
	if f.Status != flow.Failed || f.Problem.Code != flow.CodeNoDispatch || f.Problem.Class != flow.ClassCredentials || f.Problem.Next[0] != "ferry auth login github" {
		t.Errorf("%s: %+v", f.Status, f.Problem)
	}
}

// TestABlindStart: a witness that cannot be read starts nothing.
func TestABlindStart(t *testing.T) {
	t.Parallel()
	for _, witness := range []string{"git", "ci", "index"} {
		b := dispatchBench(t, startable)
		claimedHere(b)
		b.shut(witness, "500")
		f := sees(b, b.dispatch())
		speaks(t, f)
		if f.Status != flow.Unknown {
			t.Errorf("%s: %s, %s", witness, f.Status, f.Text)
		}
		if err := b.dispatch().Run(flow.WithReading(t.Context()), func(string) {}); err == nil || b.startedRuns() != 0 {
			t.Errorf("%s: %v, %d runs", witness, err, b.startedRuns())
		}
	}
}

// TestAnUnknownStart: of a commit whose files cannot be read nothing is started.
func TestAnUnknownStart(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	claimedHere(b)
	b.target.Start = steps.Start{}
	if f := b.observe(flow.CheckCI); f.Status != flow.Failed {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
	if err := b.dispatch().Run(flow.WithReading(t.Context()), func(string) {}); err == nil || b.startedRuns() != 0 {
		t.Errorf("%v, %d runs", err, b.startedRuns())
	}
}

// TestAStartWhileTheRemoteIsAway: where it was aimed at is known here, and each step
// says what cannot be read.
func TestAStartWhileTheRemoteIsAway(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	known := b.world.Remote.DefaultBranch() != ""
	b.shut("git", "500")
	target, err := b.world.Aim(t.Context(), b.intent, b.ours)
	if known != (err == nil) || err == nil && target.Ref != "refs/heads/main" {
		t.Errorf("%s, %v; the clone knows its default branch: %v", target.Ref, err, known)
	}
}
