package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/steps"
)

// TestRecoverADispatch: from the claim and the run alone, in a clone whose main has
// gone on; the default branch is never offered to be deleted.
func TestRecoverADispatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world   []happens
		state   string
		offered []string
		summary string
	}{
		"claimed, never started": {[]happens{claim(1, ours, time.Hour)}, "not_started", []string{flow.WayResume}, "was never started"},
		"claimed just now":       {[]happens{claim(1, ours, time.Minute)}, "not_started", nil, "was never started"},
		"running":                {[]happens{claim(1, ours, time.Hour), ranByHand(ours, 0, ci.StateRunning)}, "building", []string{flow.WayResume}, "is being built"},
		"running, main gone on":  {[]happens{claim(1, ours, time.Hour), ranByHand(ours, 0, ci.StateRunning), goneOn}, "building", []string{flow.WayResume}, "is being built"},
		"red":                    {[]happens{claim(1, ours, 3*time.Hour), ranByHand(ours, time.Hour, ci.StateFailed)}, "failed", []string{flow.WayRestart}, "failed in CI"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := dispatchBench(t, startable)
			for _, h := range c.world {
				h(b)
			}
			head := b.git.Peel(slug, b.git.Refs(slug)["refs/heads/main"])
			all, err := b.world.InFlight(flow.WithReading(t.Context()), b.intent, head)
			must(t, err)
			if len(all) != 1 || all[0].By != steps.ByDispatch || all[0].Commit != b.ours {
				t.Fatalf("in flight: %+v", all)
			}
			r, err := b.world.Diagnose(flow.WithReading(t.Context()), all[0])
			must(t, err)
			if r.Plan != "release-by-dispatch" || r.State != c.state || !strings.Contains(r.Summary, c.summary) {
				t.Errorf("%s, %s: %s", r.Plan, r.State, r.Summary)
			}
			for _, o := range r.Options {
				if o.ID == flow.WayAbandon || o.ID == flow.WayCleanUp || strings.Contains(o.Consequence, "branch is") {
					t.Errorf("%s: %s; %s", o.ID, o.Text, o.Consequence)
				}
			}
			for _, id := range c.offered {
				if !slices.ContainsFunc(r.Options, func(o flow.WayOut) bool { return o.ID == id }) {
					t.Errorf("%s is not offered: %+v", id, r.NotOffered)
				}
			}
			for _, w := range r.Witnesses {
				if w.About == "refs/heads/main" && w.Witness == "git" && !strings.HasPrefix(w.Says, "at ") {
					t.Errorf("%+v", w)
				}
			}
		})
	}
}

// TestLocateADispatch: status finds the commit by its claim, whatever main is at now.
func TestLocateADispatch(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	claimedHere(b)
	goneOn(b)
	head := b.git.Peel(slug, b.git.Refs(slug)["refs/heads/main"])
	got, err := b.world.Locate(t.Context(), b.intent, head)
	if err != nil || got != b.ours {
		t.Errorf("%s, %v; want %s", got, err, b.ours)
	}
}
