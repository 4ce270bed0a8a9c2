package plans

import (
	"ferry/flow"
	"ferry/flow/steps"
)

// ReleaseByOthers proves a release that something else sets going, such as
// release-please: nothing is pushed, its run is adopted, and the index decides.
func ReleaseByOthers(w World, t Target) flow.Plan {
	every, limit := w.Waits.Every, w.Waits.Limit
	ref := t.ShortRef()
	return flow.Plan{
		Name: "release-by-others", Title: "follow the release of " + t.Name + " " + t.Version + " by others, " + ref, Confirm: t.Version,
		Nodes: without(w, t, []flow.Node{
			{ID: flow.AwaitTrigger, Title: "something else makes " + ref, Effect: flow.Reads, LeadsTo: flow.Permanent, Step: steps.AwaitTrigger{World: w, Target: t}, Every: every, Limit: limit},
			{ID: flow.AwaitCI, Title: "CI builds and uploads to " + w.Index.Label(), Effect: flow.Reads, LeadsTo: flow.Permanent, Step: steps.NewAwaitCI(w, t),
				Needs: []flow.ID{flow.AwaitTrigger}, Every: every, Limit: limit},
			{ID: flow.ConfirmIndex, Title: "prove every file on " + w.Index.Label(), Effect: flow.Reads, Step: steps.ConfirmIndex{World: w, Target: t},
				Needs: []flow.ID{flow.AwaitCI}, Every: every, Limit: limit},
			removePypirc(w, t),
		}),
	}
}
