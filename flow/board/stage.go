package board

import (
	"slices"
	"time"

	"ferry/flow"
)

// Stage groups the rows that a maintainer thinks of as one thing.
type Stage struct {
	Name string // preflight, push, ci, index, clean; of a set-up token, name, service, trust, files, server, check, commit
	Rows []Row
}

var stageOf = []struct {
	name string
	ids  []flow.ID
}{
	{"preflight", []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckFree}},
	{"push", []flow.ID{flow.Claim, flow.PushBranch, flow.PushTag, flow.PublishRelease, flow.Dispatch}},
	{"ci", []flow.ID{flow.RestartCI, flow.CancelCI, flow.AwaitCI}},
	{"index", []flow.ID{flow.UploadMissing, flow.ConfirmIndex}},
	{"clean", []flow.ID{flow.DeleteBranch, flow.AbandonBranch, flow.HostRelease, flow.RemovePypirc}},

	{"token", []flow.ID{flow.StoreToken, flow.WritePypirc}},
	{"name", []flow.ID{flow.Register}},
	{"service", []flow.ID{flow.ActivateCI, flow.SetVariable}},
	{"trust", []flow.ID{flow.TrustPublisher, flow.MakeGate}},
	{"files", []flow.ID{flow.WriteCI}},
	{"server", []flow.ID{flow.SaveRecipe, flow.RehearseRecipe}},
	{"check", []flow.ID{flow.CheckSetup}},
	{"commit", []flow.ID{flow.CommitSetup, flow.PushSetup, flow.OpenRequest}},
}

// Stages gives the stages that the plan has, in order.
func (b Board) Stages() []Stage {
	var out []Stage
	for _, s := range stageOf {
		var rows []Row
		for _, r := range b.Rows {
			if slices.ContainsFunc(s.ids, r.Node.ID.Is) {
				rows = append(rows, r)
			}
		}
		if len(rows) > 0 {
			out = append(out, Stage{s.name, rows})
		}
	}
	return out
}

// worst first: a stage is as bad as its worst row.
var rank = []flow.Status{flow.Conflict, flow.Failed, flow.Unknown, flow.Underway, flow.Todo, flow.Done}

// Status is the status of the worst row. A stage of which nothing was seen is Todo.
func (s Stage) Status() flow.Status {
	for _, st := range rank {
		for _, r := range s.Rows {
			if r.Seen && r.Finding.Status == st {
				return st
			}
			if r.Running && st == flow.Underway {
				return st
			}
		}
	}
	return flow.Todo
}

// Red says whether CI failed: over, and not green.
func (s Stage) Red() bool {
	for _, r := range s.Rows {
		if r.Finding.Status == flow.Done && r.Finding.Red() {
			return true
		}
	}
	return false
}

// Took adds up the work on the stage's rows.
func (s Stage) Took(now time.Time) (d time.Duration) {
	for _, r := range s.Rows {
		d += r.Took(now)
	}
	return d
}
