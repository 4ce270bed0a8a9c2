package plans

import (
	"context"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
)

// shown is how long CI may take to show what it was asked for.
const shown = 5 * time.Minute

// RestartCI has CI build the commit of a release again, as the one that is looked
// at now stands. Following it is the release's own plan.
func RestartCI(ctx context.Context, w World, t Target) (flow.Plan, error) {
	s, err := steps.NewRestartCI(ctx, w, t)
	return flow.Plan{Name: "restart-ci", Title: "have CI build " + t.Name + " " + t.Version + " again", Confirm: t.Version, Nodes: []flow.Node{
		{ID: flow.RestartCI, Title: "have CI build " + t.ShortRef() + " again", Effect: flow.Shared, LeadsTo: flow.Permanent, Step: s, Every: w.Waits.Every, Limit: shown},
	}}, err
}

// LogFails says whether a line of a job's log tells of a failure.
func LogFails(line string) bool { return steps.LogFails(line) }

// CancelCI stops the builds of a release.
func CancelCI(w World, t Target) flow.Plan {
	return flow.Plan{Name: "cancel-ci", Title: "cancel CI's build of " + t.Name + " " + t.Version, Nodes: []flow.Node{
		{ID: flow.CancelCI, Title: "cancel CI's build of " + t.ShortRef(), Effect: flow.Shared, Step: steps.NewCancelCI(w, t), Every: w.Waits.Every, Limit: shown},
	}}
}
