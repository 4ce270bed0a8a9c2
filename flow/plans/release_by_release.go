package plans

import (
	"ferry/flow"
	"ferry/flow/steps"
)

// ReleaseByRelease releases by publishing the git host's release, which makes the
// tag that CI publishes from, or starts CI itself.
func ReleaseByRelease(w World, t Target) flow.Plan {
	every, limit := w.Waits.Every, w.Waits.Limit
	ref := t.ShortRef()
	return flow.Plan{
		Name: "release-by-release", Title: title(t, "release"), Confirm: t.Version,
		Nodes: without(w, t, []flow.Node{
			{ID: flow.CheckTree, Title: "check the work tree", Effect: flow.Reads, Step: steps.CheckTree{World: w, Target: t}},
			{ID: flow.CheckRemote, Title: "check that " + w.Remote.Name() + " is the project's own", Effect: flow.Reads, Step: steps.CheckRemote{World: w, Target: t}},
			{ID: flow.CheckVersion, Title: "check that " + t.Version + " can be published", Effect: flow.Reads, Step: steps.CheckVersion{World: w, Target: t}},
			{ID: flow.CheckCI, Title: "check that CI knows " + ref, Effect: flow.Reads, Step: steps.CheckCI{World: w, Target: t}},
			checkStaging(w, t),
			{ID: flow.PublishRelease, Title: "publish release " + ref, Effect: flow.Shared, LeadsTo: flow.Permanent, Step: steps.NewPublishRelease(w, t),
				Needs: []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckStaging}},
			{ID: flow.AwaitCI, Title: "CI builds and uploads to " + w.Index.Label(), Effect: flow.Reads, LeadsTo: flow.Permanent, Step: steps.NewAwaitCI(w, t),
				Needs: []flow.ID{flow.PublishRelease}, Every: every, Limit: limit},
			{ID: flow.ConfirmIndex, Title: "prove every file on " + w.Index.Label(), Effect: flow.Reads, Step: steps.ConfirmIndex{World: w, Target: t},
				Needs: []flow.ID{flow.AwaitCI}, Every: every, Limit: limit},
			removePypirc(w, t),
		}),
	}
}
