package steps_test

import (
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
)

// TestDispatchLaws: of the step in a world where it may start the workflow.
func TestDispatchLaws(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]happens{"main goes on": goneOn, "another start": ranByHand(theirs, time.Hour, ci.StateRunning)} {
		err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
			b := dispatchBench(t, startable)
			claimedHere(b)
			return flowtest.World{Step: b.dispatch(), State: b.state, Effect: flow.Shared, Spoil: func() { spoil(b) }}, nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAutoStarts: where only a dispatch publishes it is what auto means.
func TestAutoStarts(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	got := b.target
	if got.By != steps.ByDispatch || got.Ref != "refs/heads/main" || !got.Claim || got.Workflow() != startFile || got.Start.Inputs["version"] != "1.4.0" || got.Start.Unfit != nil {
		t.Errorf("%+v", got)
	}
	for _, id := range []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckFree, flow.Claim} {
		want := flow.Done
		if id == flow.Claim {
			want = flow.Todo
		}
		if f := b.observe(id); f.Status != want {
			t.Errorf("%s: %s, %s", id, f.Status, f.Text)
		}
	}
}

// TestWhatStandsForTheStart: who made the claim starts, others wait; a run at our
// commit is the start, whatever became of it, and a push's run is none.
func TestWhatStandsForTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world []happens
		want  flow.Status
		code  string
	}{
		"nothing yet":            {nil, flow.Todo, ""},
		"our claim":              {[]happens{claimedHere}, flow.Todo, ""},
		"a claim of another run": {[]happens{claim(1, ours, time.Minute)}, flow.Underway, flow.CodeDispatchAwaited},
		"a claim of long ago":    {[]happens{claim(1, ours, time.Hour)}, flow.Todo, ""},
		"claimed elsewhere":      {[]happens{claim(1, theirs, time.Minute)}, flow.Conflict, flow.CodeClaimed},
		"a run":                  {[]happens{ranByHand(ours, time.Minute, ci.StateRunning)}, flow.Done, ""},
		"a red run":              {[]happens{ranByHand(ours, time.Minute, ci.StateFailed)}, flow.Done, ""},
		"a run, and main is on":  {[]happens{ranByHand(ours, time.Minute, ci.StateFailed), goneOn}, flow.Done, ""},
		"main is on":             {[]happens{goneOn}, flow.Conflict, flow.CodeNotTip},
		"another commit's run":   {[]happens{ranByHand(theirs, time.Minute, ci.StateRunning)}, flow.Conflict, flow.CodeBranchInTheWay},
		"another's that is over": {[]happens{ranByHand(theirs, 48*time.Hour, ci.StatePassed)}, flow.Todo, ""},
		"files of others":        {[]happens{published(hour, sdist, wheel)}, flow.Conflict, flow.CodeVersionTaken},
		"files and our claim":    {[]happens{claim(1, ours, 3*hour), published(hour, sdist, wheel)}, flow.Done, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := dispatchBench(t, startable)
			for _, h := range c.world {
				h(b)
			}
			f := sees(b, b.dispatch())
			speaks(t, f)
			if f.Status != c.want || c.code != "" && (f.Problem == nil || f.Problem.Code != c.code) {
				t.Errorf("%s: %s (%+v)", f.Status, f.Text, f.Problem)
			}
			before := b.startedRuns()
			_ = b.dispatch().Run(flow.WithReading(t.Context()), func(string) {})
			want := before
			if name == "our claim" {
				want++
			}
			if n := b.startedRuns(); n != want {
				t.Errorf("%d runs started, want %d", n, want)
			}
		})
	}
}

// TestALostReplyIsNoSecondStart: the request landed, and its answer did not come.
func TestALostReplyIsNoSecondStart(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	claimedHere(b)
	s := b.dispatch()
	b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 502, Match: "/dispatches"})
	if err := s.Run(flow.WithReading(t.Context()), func(string) {}); err == nil {
		t.Error("a bad gateway is no success")
	}
	if f := sees(b, s); f.Status != flow.Underway || f.Problem == nil || f.Problem.Code != flow.CodeNoBuild {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
	_ = s.Run(flow.WithReading(t.Context()), func(string) {})
	next := b.world
	next.RunID = "run-2"
	_ = steps.NewDispatch(next, b.target).Run(flow.WithReading(t.Context()), func(string) {})
	if n := b.startedRuns(); n != 0 {
		t.Fatalf("%d runs", n)
	}
	b.ci.Trigger("workflow_dispatch", "refs/heads/main", b.ours) // it had landed
	if f := sees(b, s); f.Status != flow.Done {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
}

// TestTwoRunsOneStart: both claim the same commit at the same time; who did not get
// the claim waits, and takes the next one when nothing came of it.
func TestTwoRunsOneStart(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	claimedHere(b)
	second := b.world
	second.RunID = "run-2"
	if f := sees(b, steps.NewClaim(second, b.target)); f.Status != flow.Done {
		t.Errorf("the claim is joined: %s, %s", f.Status, f.Text)
	}
	if f := sees(b, steps.NewDispatch(second, b.target)); f.Status != flow.Underway {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
	second.Waits.ClaimGrace = 0 // the first run is gone, for long
	c := steps.NewClaim(second, b.target)
	if f := sees(b, c); f.Status != flow.Todo {
		t.Fatalf("%s: %s", f.Status, f.Text)
	}
	must(t, c.Run(flow.WithReading(t.Context()), func(string) {}))
	if b.git.Refs(slug)[claimRef+"@2"] == "" {
		t.Error("no second claim")
	}
	must(t, steps.NewDispatch(second, b.target).Run(flow.WithReading(t.Context()), func(string) {}))
	if err := b.dispatch().Run(flow.WithReading(t.Context()), func(string) {}); err == nil || b.startedRuns() != 1 {
		t.Errorf("the first run woke up: %v, %d runs", err, b.startedRuns())
	}
}

// TestAWaitInVain: the run that was waited for never came. The wait ends, and says
// that the next one takes it over.
func TestAWaitInVain(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	b.world.Waits.ClaimGrace = 20 * time.Minute
	claim(1, ours, 10*time.Minute)(b)
	s := b.dispatch()
	if f := sees(b, s); f.Status != flow.Underway {
		t.Fatalf("%s: %s", f.Status, f.Text)
	}
	b.git.DeleteRef(slug, claimRef)
	claim(1, ours, time.Hour)(b)
	f := sees(b, s)
	speaks(t, f)
	if f.Status != flow.Failed || f.Problem.Class != flow.ClassWaiting || f.Problem.Next[0] != "ferry release --by dispatch" {
		t.Errorf("%s: %+v", f.Status, f.Problem)
	}
	if f := sees(b, b.dispatch()); f.Status != flow.Todo {
		t.Errorf("the next run: %s, %s", f.Status, f.Text)
	}
}

// TestCheckAStart: what a check says of a project that is released by dispatch.
func TestCheckAStart(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	tree, err := b.world.Repo.Tree(b.ours)
	must(t, err)
	o, err := b.world.Check(t.Context(), b.intent, tree, steps.CheckOptions{From: "here"})
	must(t, err)
	if o.Ref != "refs/heads/main" || len(o.Deploys) != 1 || !o.Deploys[0].Sure || o.Deploys[0].By != "a start by hand" || steps.Foreseen(o) != nil {
		t.Errorf("%+v", o)
	}
	for _, c := range o.Checks {
		if c.ID == "rules" || c.ID == "token" {
			t.Errorf("%+v", c)
		}
	}
}
