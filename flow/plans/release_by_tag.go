package plans

import (
	"ferry/flow"
	"ferry/flow/steps"
)

// ReleaseByTag releases by pushing an annotated tag that CI publishes from. The
// tag is the claim, and it stays.
func ReleaseByTag(w World, t Target) flow.Plan {
	every, limit := w.Waits.Every, w.Waits.Limit
	ref := t.ShortRef()
	return flow.Plan{
		Name: "release-by-tag", Title: title(t, "tag"), Confirm: t.Version,
		Nodes: without(w, t, []flow.Node{
			{ID: flow.CheckTree, Title: "check the work tree", Effect: flow.Reads, Step: steps.CheckTree{World: w, Target: t}},
			{ID: flow.CheckRemote, Title: "check that " + w.Remote.Name() + " is the project's own", Effect: flow.Reads, Step: steps.CheckRemote{World: w, Target: t}},
			{ID: flow.CheckVersion, Title: "check that " + t.Version + " can be published", Effect: flow.Reads, Step: steps.CheckVersion{World: w, Target: t}},
			{ID: flow.CheckCI, Title: "check that CI knows " + ref, Effect: flow.Reads, Step: steps.CheckCI{World: w, Target: t}},
			checkStaging(w, t),
			{ID: flow.PushTag, Title: "push tag " + ref, Effect: flow.Shared, LeadsTo: flow.Permanent, Step: steps.PushTag{World: w, Target: t},
				Needs: []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckStaging}},
			{ID: flow.AwaitCI, Title: "CI builds and uploads to " + w.Index.Label(), Effect: flow.Reads, LeadsTo: flow.Permanent, Step: steps.NewAwaitCI(w, t),
				Needs: []flow.ID{flow.PushTag}, Every: every, Limit: limit},
			{ID: flow.ConfirmIndex, Title: "prove every file on " + w.Index.Label(), Effect: flow.Reads, Step: steps.ConfirmIndex{World: w, Target: t},
				Needs: []flow.ID{flow.AwaitCI}, Every: every, Limit: limit},
			removePypirc(w, t),
			hostRelease(w, t),
		}),
	}
}

// hostRelease is an end of its own, and the last: the proof is one too, and must be
// looked for also where the host has its release before, or never gets one. The step
// itself waits for the proof. It is looked at again for a while, because a host that
// cannot be read must not stop a release before it began.
func hostRelease(w World, t Target) flow.Node {
	return flow.Node{ID: flow.HostRelease, Title: "publish the host's release " + t.ShortRef(), Effect: flow.Shared,
		Step: steps.NewHostRelease(w, t), Every: w.Waits.Every, Limit: shown}
}
