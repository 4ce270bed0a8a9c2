package plans

import (
	"ferry/flow"
	"ferry/flow/steps"
)

// ReleaseByBranch releases by pushing a branch that CI publishes from.
func ReleaseByBranch(w World, t Target) flow.Plan {
	every, limit := w.Waits.Every, w.Waits.Limit
	ref := t.ShortRef()
	return flow.Plan{
		Name: "release-by-branch", Title: title(t, "branch"), Confirm: t.Version,
		Nodes: without(w, t, []flow.Node{
			{ID: flow.CheckTree, Title: "check the work tree", Effect: flow.Reads, Step: steps.CheckTree{World: w, Target: t}},
			{ID: flow.CheckRemote, Title: "check that " + w.Remote.Name() + " is the project's own", Effect: flow.Reads, Step: steps.CheckRemote{World: w, Target: t}},
			{ID: flow.CheckVersion, Title: "check that " + t.Version + " can be published", Effect: flow.Reads, Step: steps.CheckVersion{World: w, Target: t}},
			{ID: flow.CheckCI, Title: "check that CI knows " + ref, Effect: flow.Reads, Step: steps.CheckCI{World: w, Target: t}},
			{ID: flow.CheckFree, Title: "check that nobody else is releasing", Effect: flow.Reads, Step: steps.CheckFree{World: w, Target: t}},
			checkStaging(w, t),
			{ID: flow.Claim, Title: "claim " + t.Version + " for this commit", Effect: flow.Shared, LeadsTo: flow.Permanent, Step: steps.NewClaim(w, t),
				Needs: []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckFree, flow.CheckStaging}},
			{ID: flow.PushBranch, Title: "push branch " + ref, Effect: flow.Shared, LeadsTo: flow.Permanent, Step: steps.PushBranch{World: w, Target: t},
				Needs: []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckFree, flow.CheckStaging, flow.Claim}},
			{ID: flow.AwaitCI, Title: "CI builds and uploads to " + w.Index.Label(), Effect: flow.Reads, LeadsTo: flow.Permanent, Step: steps.NewAwaitCI(w, t),
				Needs: []flow.ID{flow.PushBranch}, Every: every, Limit: limit},
			{ID: flow.ConfirmIndex, Title: "prove every file on " + w.Index.Label(), Effect: flow.Reads, Step: steps.ConfirmIndex{World: w, Target: t},
				Needs: []flow.ID{flow.AwaitCI}, Every: every, Limit: limit},
			{ID: flow.DeleteBranch, Title: "delete branch " + ref, Effect: flow.Shared, Step: steps.DeleteBranch{World: w, Target: t},
				Needs: []flow.ID{flow.AwaitCI, flow.ConfirmIndex}, Settle: w.Waits.Settle},
			removePypirc(w, t),
		}),
	}
}

// removePypirc is an end of its own: the deletion of the branch neither waits
// for it nor fails with it, and it waits for the proof alone. It is looked at
// again and again (Every), because a ~/.pypirc that cannot be read must not
// stop a release before it began; one that still cannot be read at the end is
// said there at once.
func removePypirc(w World, t Target) flow.Node {
	return flow.Node{ID: flow.RemovePypirc, Title: "remove the section for this release from ~/.pypirc", Effect: flow.Local,
		Step:  steps.RemovePypirc{World: w, Target: t, Once: steps.ConfirmIndex{World: w, Target: t}},
		Needs: []flow.ID{flow.ConfirmIndex}, Every: w.Waits.Every, Limit: w.Waits.Limit}
}

// checkStaging stands before what sets the release going. It may wait: CI stages a
// commit some time after it was pushed.
func checkStaging(w World, t Target) flow.Node {
	n := flow.Node{ID: flow.CheckStaging, Effect: flow.Reads, Step: steps.CheckStaging{World: w, Target: t}, Every: w.Waits.Every, Limit: w.Waits.Limit}
	if w.Staging != nil {
		n.Title = "check that " + w.Staging.Label() + " has what this commit builds"
	}
	return n
}

// without leaves out what the configuration switches off, and what this
// machine has no part in.
func without(w World, t Target, nodes []flow.Node) []flow.Node {
	off := map[flow.ID]bool{flow.Claim: !t.Claim, flow.DeleteBranch: t.KeepBranch, flow.RemovePypirc: len(t.Ephemeral) == 0, flow.CheckStaging: w.Staging == nil, flow.HostRelease: t.HostRelease == "no"}
	var out []flow.Node
	for _, n := range nodes {
		if off[n.ID] {
			continue
		}
		var needs []flow.ID
		for _, id := range n.Needs {
			if !off[id] {
				needs = append(needs, id)
			}
		}
		n.Needs = needs
		out = append(out, n)
	}
	return out
}
