package board

import (
	"testing"
	"time"

	"ferry/flow"
)

var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func plan(ids ...flow.ID) flow.Plan {
	p := flow.Plan{Name: "p"}
	for i, id := range ids {
		n := flow.Node{ID: id, Title: string(id), Effect: flow.Reads, Step: stub{}}
		if i > 0 {
			n.Needs = []flow.ID{ids[i-1]}
		}
		p.Nodes = append(p.Nodes, n)
	}
	return p
}

type stub struct{ flow.Step }

var release = plan(flow.CheckTree, flow.CheckFree, flow.PushBranch, flow.AwaitCI, flow.ConfirmIndex, flow.DeleteBranch)

func found(status flow.Status) flow.Finding {
	return flow.Finding{Status: status, Text: string(status)}
}

func survey(statuses ...flow.Status) Board {
	fs := make([]flow.Finding, len(statuses))
	for i, s := range statuses {
		fs[i] = found(s)
	}
	return New(release).WithFindings(fs)
}

func TestState(t *testing.T) {
	const todo, done, under, fail, conf, unk = flow.Todo, flow.Done, flow.Underway, flow.Failed, flow.Conflict, flow.Unknown
	seen := []flow.File{{Name: "a", Surfaces: map[string]flow.Seen{flow.SurfaceJSON: flow.SeenYes}}}
	jobs := []flow.Job{{ID: "1", State: flow.JobRunning}}
	edit := func(b Board, id flow.ID, f func(*flow.Finding)) Board {
		f(&b.row(id).Finding)
		return b
	}
	for name, tt := range map[string]struct {
		b    Board
		want State
	}{
		"fresh":          {survey(done, done, todo, todo, todo, todo), NotStarted},
		"failed check":   {survey(fail, done, todo, todo, todo, todo), NotStarted},
		"in the way":     {survey(done, conf, conf, todo, todo, todo), Conflicted},
		"remote is down": {survey(unk, unk, unk, todo, todo, todo), UnknownState},
		"no build yet":   {survey(done, done, done, under, todo, todo), TriggeredNoBuild},
		"building":       {edit(survey(done, done, done, under, todo, todo), flow.AwaitCI, func(f *flow.Finding) { f.Jobs = jobs }), Building},
		"ci unreadable":  {survey(done, done, done, unk, todo, todo), UnknownState},
		"index waits":    {survey(done, done, done, done, under, todo), BuiltNotDeployed},
		"one page late":  {edit(survey(done, done, done, done, under, todo), flow.ConfirmIndex, func(f *flow.Finding) { f.Files = seen }), DeployedNotVisible},
		"half":           {edit(survey(done, done, done, done, fail, todo), flow.ConfirmIndex, func(f *flow.Finding) { f.Files = seen }), PartlyDeployed},
		"only in the log": {edit(survey(done, done, done, done, fail, todo), flow.ConfirmIndex, func(f *flow.Finding) {
			f.Files = []flow.File{{Name: "a", Surfaces: map[string]flow.Seen{flow.SurfaceLog: flow.SeenYes, flow.SurfaceJSON: flow.SeenNo}}}
		}), FailedState},
		"nothing":         {edit(survey(done, done, done, done, fail, todo), flow.ConfirmIndex, func(f *flow.Finding) { f.Problem = &flow.Problem{Code: flow.CodeNotPublished} }), BuiltNotDeployed},
		"red":             {survey(done, done, done, done, fail, todo), FailedState},
		"other bytes":     {survey(done, done, done, done, conf, todo), Conflicted},
		"index is down":   {survey(done, done, done, done, unk, unk), UnknownState},
		"branch left":     {survey(done, done, done, done, done, todo), DoneNotCleaned},
		"all done":        {survey(fail, conf, todo, todo, done, done), AllDone},
		"moved meanwhile": {survey(done, done, done, conf, todo, todo), Conflicted},
	} {
		if got := tt.b.State(); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestATagReleaseIsDoneWhenItIsProved(t *testing.T) {
	b := New(plan(flow.PushTag, flow.AwaitCI, flow.ConfirmIndex)).WithFindings([]flow.Finding{found(flow.Done), found(flow.Done), found(flow.Done)})
	if b.State() != AllDone {
		t.Error(b.State())
	}
}

func TestEveryStateHasAnExitCode(t *testing.T) {
	for _, s := range []State{NotStarted, TriggeredNoBuild, Building, BuiltNotDeployed, PartlyDeployed, DeployedNotVisible, DoneNotCleaned, AllDone, Conflicted, FailedState, UnknownState} {
		if _, ok := exits[s]; !ok {
			t.Errorf("%s has none", s)
		}
	}
}

func TestOpenLeavesHistoryOut(t *testing.T) {
	b := survey(flow.Failed, flow.Conflict, flow.Done, flow.Underway, flow.Todo, flow.Todo)
	if open := b.Open(); len(open) != 3 || open[0].Node.ID != flow.AwaitCI {
		t.Errorf("%+v", open)
	}
	if b.Stop() != nil {
		t.Error(b.Stop())
	}
}

func TestApplyKeepsTheOldBoardAndTheTimes(t *testing.T) {
	old := New(release)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	f := found(flow.Todo)
	b := old.Apply(flow.Event{Kind: flow.KindObserved, Step: flow.PushBranch, Finding: &f}, at(0))
	b = b.Apply(flow.Event{Kind: flow.KindAsk, Step: flow.PushBranch}, at(1))
	if b.Asking != flow.PushBranch {
		t.Error("nobody is asked")
	}
	b = b.Apply(flow.Event{Kind: flow.KindAnswer, Step: flow.PushBranch, Text: "yes"}, at(2))
	b = b.Apply(flow.Event{Kind: flow.KindRun, Step: flow.PushBranch}, at(3))
	if r := b.Row(flow.PushBranch); !r.Running || r.Took(at(5)) != 2*time.Second {
		t.Errorf("%+v", r)
	}
	b = b.Apply(flow.Event{Kind: flow.KindRan, Step: flow.PushBranch}, at(6))
	f = found(flow.Done)
	b = b.Apply(flow.Event{Kind: flow.KindObserved, Step: flow.PushBranch, Finding: &f}, at(7))
	if r := b.Row(flow.PushBranch); r.Running || r.Took(at(99)) != 4*time.Second || len(b.Changed) != 1 {
		t.Errorf("%+v, changed %v", r, b.Changed)
	}
	if old.Row(flow.PushBranch).Seen || len(old.Changed) != 0 {
		t.Error("the old board changed")
	}
	b = b.Apply(flow.Event{Kind: flow.KindProblem, Problem: &flow.Problem{}}, at(8))
	if !b.Ended || b.Problem == nil {
		t.Error("not ended")
	}
}

func TestStages(t *testing.T) {
	b := survey(flow.Done, flow.Done, flow.Done, flow.Underway, flow.Todo, flow.Todo)
	var got string
	for _, s := range b.Stages() {
		got += s.Name + "=" + string(s.Status()) + " "
	}
	if got != "preflight=done push=done ci=underway index=todo clean=todo " {
		t.Error(got)
	}
}

// TestABrokenPypircSaysNothingOfARelease that has not begun.
func TestABrokenPypircSaysNothingOfARelease(t *testing.T) {
	b := New(plan(flow.PushBranch, flow.ConfirmIndex, flow.RemovePypirc)).WithFindings([]flow.Finding{found(flow.Todo), found(flow.Todo), found(flow.Unknown)})
	if got := b.State(); got != NotStarted {
		t.Error(got)
	}
}

// TestASectionLeftIsNotCleaned: where the plan has one to remove, the release is
// not cleaned up before it is gone, with a branch to delete and without.
func TestASectionLeftIsNotCleaned(t *testing.T) {
	for _, ids := range [][]flow.ID{{flow.ConfirmIndex, flow.DeleteBranch, flow.RemovePypirc}, {flow.ConfirmIndex, flow.RemovePypirc}} {
		for last, want := range map[flow.Status]State{flow.Todo: DoneNotCleaned, flow.Unknown: DoneNotCleaned, flow.Done: AllDone} {
			fs := []flow.Finding{found(flow.Done), found(flow.Done), found(flow.Done)}[:len(ids)]
			fs[len(ids)-1] = found(last)
			if got := New(plan(ids...)).WithFindings(fs).State(); got != want {
				t.Errorf("%v, the last %s: %s", ids, last, got)
			}
		}
	}
}
