package cli

import (
	"slices"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/plans"
)

// TestWhatIsOverHasNoWayOut, although its witnesses still say that it failed.
func TestWhatIsOverHasNoWayOut(t *testing.T) {
	r := flow.Recovery{Version: "1.4.0", Summary: "1.4.0 failed in CI", Missing: []string{"files"}, Deadline: time.Now(), Problem: &flow.Problem{},
		Options: []flow.WayOut{{ID: flow.WayWait}}, NotOffered: []flow.NotOffered{{ID: flow.WayResume}}}
	for state, want := range map[board.State]string{board.FailedState: "Nothing of 1.4.0 is half done any more", board.AllDone: "1.4.0 failed in CI"} {
		r.State = string(state)
		got := over(r)
		if got.Summary != want || got.Options != nil || got.NotOffered != nil || got.Missing != nil || got.Problem != nil || !got.Deadline.IsZero() {
			t.Errorf("%s: %+v", state, got)
		}
	}
}

func TestANamedVersionIsTheOnlyOne(t *testing.T) {
	w := &salvage{targets: []plans.Target{{Version: "1.5.0rc1"}, {Version: "1.4.0"}}}
	for named, want := range map[string][]string{"": {"1.5.0rc1", "1.4.0"}, "1.4.0": {"1.4.0"}, "9.9": {"1.5.0rc1", "1.4.0"}} {
		if got := w.versions(named); !slices.Equal(got, want) {
			t.Errorf("%q: %q", named, got)
		}
	}
	if v := w.voyage("1.4.0", flow.Plan{}); v.target.Version != "1.4.0" {
		t.Errorf("voyage of %q", v.target.Version)
	}
	if v := w.voyage("9.9", flow.Plan{}); v.target.Version != "" || v.links() != nil {
		t.Errorf("voyage of %q", v.target.Version)
	}
}
