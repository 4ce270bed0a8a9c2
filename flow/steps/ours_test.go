package steps_test

import (
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

// TestARunningBuildIsNotHidden: a newer build that passed, of another kind or of the
// same, does not end the wait for one that still runs.
func TestARunningBuildIsNotHidden(t *testing.T) {
	for _, event := range []string{"workflow_dispatch", "push"} {
		t.Run(event, func(t *testing.T) {
			b := newBench(t, options{byTag: true})
			tag(ours)(b)
			add := func(event string, state ci.State, ago time.Duration) {
				at := time.Now().Add(-ago)
				end := time.Time{}
				if state.Final() {
					end = at.Add(time.Minute)
				}
				b.ci.AddBuild(citest.Build{Provider: "github", Build: ci.Build{Name: "Release", Ref: tagRef, SHA: b.commit(ours), Event: event, State: state, Created: at, Started: at, Ended: end,
					Jobs: []ci.Job{{Name: "publish", State: state, Started: at, Ended: end}}}})
			}
			add("push", ci.StateRunning, time.Hour)
			add(event, ci.StatePassed, 30*time.Minute)
			f := b.observe(flow.AwaitCI)
			if f.Status != flow.Underway || len(f.Jobs) != 2 {
				t.Errorf("%s, %d jobs: %s", f.Status, len(f.Jobs), f.Text)
			}
		})
	}
}
