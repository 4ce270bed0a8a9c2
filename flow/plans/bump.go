package plans

import (
	"fmt"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
)

// Bump is a version that the next release is to have.
type Bump = steps.Bump

// Prepare brings a version into the commit that the release is then made of: the files,
// one commit, the default branch, and its CI. command is what carries it on.
func Prepare(w World, b Bump, command string) flow.Plan {
	every, limit := w.Waits.Every, w.Waits.Limit
	return flow.Plan{
		Name: "prepare", Title: fmt.Sprintf("prepare %s %s", b.Name, b.Version), GoOn: command,
		Nodes: []flow.Node{
			{ID: flow.BumpVersion, Title: "put " + b.Version + " into the files", Effect: flow.Local, Step: steps.NewBumpVersion(w, b)},
			{ID: flow.CommitBump, Title: "commit it on " + b.Default, Effect: flow.Local, Step: steps.NewCommitBump(w, b), Needs: []flow.ID{flow.BumpVersion}},
			{ID: flow.PushMain, Title: "push it to " + b.Default + " of " + w.Remote.Name(), Effect: flow.Shared, Step: steps.PushMain{World: w, Bump: b},
				Needs: []flow.ID{flow.CommitBump}},
			{ID: flow.AwaitMain, Title: "CI builds " + b.Default, Effect: flow.Reads, Step: steps.AwaitMain{World: w, Bump: b},
				Needs: []flow.ID{flow.PushMain}, Every: every, Limit: min(limit, mainLimit)},
		},
	}
}

// mainLimit is how long the CI of the default branch is waited for.
const mainLimit = 2 * time.Hour
