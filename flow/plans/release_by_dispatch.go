package plans

import (
	"ferry/flow"
	"ferry/flow/steps"
)

// ReleaseByDispatch releases by starting a workflow by hand, on the default branch
// whose tip is the commit. The claim is what keeps two starts apart, and no branch is
// made that would have to go.
func ReleaseByDispatch(w World, t Target) flow.Plan {
	every, limit := w.Waits.Every, w.Waits.Limit
	checks := []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckFree, flow.CheckStaging}
	return flow.Plan{
		Name: "release-by-dispatch", Title: title(t, "dispatch on"), Confirm: t.Version,
		Nodes: without(w, t, []flow.Node{
			{ID: flow.CheckTree, Title: "check the work tree", Effect: flow.Reads, Step: steps.CheckTree{World: w, Target: t}},
			{ID: flow.CheckRemote, Title: "check that " + w.Remote.Name() + " is the project's own", Effect: flow.Reads, Step: steps.CheckRemote{World: w, Target: t}},
			{ID: flow.CheckVersion, Title: "check that " + t.Version + " can be published", Effect: flow.Reads, Step: steps.CheckVersion{World: w, Target: t}},
			{ID: flow.CheckCI, Title: "check what starting the workflow does", Effect: flow.Reads, Step: steps.CheckCI{World: w, Target: t}},
			{ID: flow.CheckFree, Title: "check that nobody else is releasing", Effect: flow.Reads, Step: steps.CheckFree{World: w, Target: t}},
			checkStaging(w, t),
			{ID: flow.Claim, Title: "claim " + t.Version + " for this commit", Effect: flow.Shared, LeadsTo: flow.Permanent, Step: steps.NewClaim(w, t), Needs: checks},
			{ID: flow.Dispatch, Title: "start " + t.Workflow() + " on " + t.ShortRef(), Effect: flow.Shared, LeadsTo: flow.Permanent, Step: steps.NewDispatch(w, t),
				Needs: append(checks, flow.Claim), Every: every, Limit: limit},
			{ID: flow.AwaitCI, Title: "CI builds and uploads to " + w.Index.Label(), Effect: flow.Reads, LeadsTo: flow.Permanent, Step: steps.NewAwaitCI(w, t),
				Needs: []flow.ID{flow.Dispatch}, Every: every, Limit: limit},
			{ID: flow.ConfirmIndex, Title: "prove every file on " + w.Index.Label(), Effect: flow.Reads, Step: steps.ConfirmIndex{World: w, Target: t},
				Needs: []flow.ID{flow.AwaitCI}, Every: every, Limit: limit},
			removePypirc(w, t),
		}),
	}
}
