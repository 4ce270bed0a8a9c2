package ui

import (
	"context"
	"slices"
	"testing"
	"time"

	"ferry/flow"
)

// half is a release of which CI uploaded one file and stopped, carried by the real engine.
func half(at time.Time, plan func(id string) flow.Plan) flow.Recovery {
	fact := func(witness, about, says, where string, ago time.Duration) flow.Fact {
		return flow.Fact{Witness: witness, About: about, Says: says, Where: where, ReadAt: at.Add(-ago)}
	}
	url := "https://git.example/acme/acme-core"
	r := flow.Recovery{Project: "acme-core", Version: "1.4.0", Commit: testCommit, State: "partly_deployed", Plan: "release-by-branch",
		Summary: "1.4.0 is half released: 1 of 2 files are on PyPI", Who: "Dana", Since: at.Add(-50 * time.Hour), Deadline: at.Add(286 * time.Hour),
		Witnesses: []flow.Fact{
			fact("git", "refs/heads/pypi-release", "at 51d9e07", url, 2*time.Second),
			fact("git", "refs/releases/acme-core/1.4.0", "51d9e07 is claimed by Dana, since 2026-11-19 08:02:59 UTC", url, 2*time.Second),
			fact("ci.travis", "refs/heads/pypi-release", "#1207 of 51d9e07 failed", "https://ci.example/acme/acme-core/builds/271828182", 2*time.Second),
			fact("index.json", "acme-core 1.4.0", "1 file of 1.4.0", "https://pypi.org/pypi/acme-core/1.4.0/json", 2*time.Second),
			fact("index.simple", "acme-core 1.4.0", "1 file of 1.4.0", "https://pypi.org/simple/acme-core/", 3*time.Second),
		},
		Done: []string{"claim", "push", "acme_core-1.4.0-py3-none-any.whl"}, Missing: []string{"acme_core-1.4.0.tar.gz", "clean-up"}, Files: testFiles(flow.SeenNo),
		Problem: &flow.Problem{Code: flow.CodeHalf, Class: flow.ClassFailed, Text: "1 of 2 files of 1.4.0 are on PyPI, and no job runs", Retry: flow.RetryUnsafe,
			Now: []string{"acme_core-1.4.0.tar.gz is on no page"}, Lines: []string{"Uploading acme_core-1.4.0-py3-none-any.whl", "Uploading acme_core-1.4.0.tar.gz",
				"WARNING  Retrying (Retry(total=0, connect=None))", "ReadTimeout: upload.pypi.org: Read timed out.", "PyPI upload failed."}},
		NotOffered: []flow.NotOffered{{ID: flow.WayResume, Why: "every job is finished, and no more comes by itself"},
			{ID: flow.WayCleanUp, Why: "1 of 2 files of 1.4.0 are on PyPI"}, {ID: flow.WayAbandon, Why: "Files of 1.4.0 are on PyPI: what is published is not given up"}},
	}
	r.Options = []flow.WayOut{
		{ID: flow.WayRestart, Effect: flow.Permanent, Recommended: true, Text: "have CI build 51d9e07 again", Why: "CI sends the rest from the same commit, and passes over what is there",
			Consequence: "nothing is pushed; what CI uploads cannot be taken back", Command: []string{"ferry", "recover", "1.4.0", "--restart"}},
		{ID: flow.WayComplete, Effect: flow.Permanent, Text: "upload acme_core-1.4.0.tar.gz from dist", Consequence: "the bytes that CI made are sent with your token, and stay for ever",
			Command: []string{"ferry", "recover", "1.4.0", "--complete"}},
		{ID: flow.WaySupersede, Effect: flow.Permanent, Text: "raise the version to 1.4.1, commit, push, and release that",
			Consequence: "what is published of 1.4.0 stays until you yank it by hand, at https://pypi.org/manage/project/acme-core/release/1.4.0/",
			Page:        "https://pypi.org/manage/project/acme-core/release/1.4.0/", Command: []string{"ferry", "release", "1.4.1"}},
		{ID: flow.WayWait, Effect: flow.Reads, Text: "leave it, and look again later", Consequence: "nothing is changed", Command: []string{"ferry", "recover", "1.4.0"}},
	}
	return withPlans(r, plan)
}

// stuck is a release that was pushed, and of which nothing came.
func stuck(at time.Time, plan func(id string) flow.Plan) flow.Recovery {
	r := half(at, func(string) flow.Plan { return flow.Plan{} })
	r.State, r.Summary, r.Problem, r.Files, r.Deadline = "triggered_no_build", "1.4.0 was pushed, and CI shows no build of it", nil, nil, time.Time{}
	r.Witnesses, r.Done, r.Missing, r.NotOffered = r.Witnesses[:2], []string{"claim", "push"}, []string{"CI's build", "files on PyPI", "clean-up"}, nil
	r.Options = []flow.WayOut{
		{ID: flow.WayAbandon, Effect: flow.Shared, Recommended: true, Text: "delete pypi-release at 51d9e07 and give this attempt up", Why: "CI itself says that no build comes of the push",
			Consequence: "51d9e07 is not released any more; 1.4.0 stays free for another commit", Command: []string{"ferry", "recover", "--abandon=1.4.0"}},
		{ID: flow.WayWait, Effect: flow.Reads, Text: "leave it, and look again later", Consequence: "nothing is changed", Command: []string{"ferry", "recover", "1.4.0"}},
	}
	return withPlans(r, plan)
}

func withPlans(r flow.Recovery, plan func(id string) flow.Plan) flow.Recovery {
	for i := range r.Options {
		r.Options[i].Plan = plan(r.Options[i].ID)
	}
	return r
}

// wreck is a small world in memory in which a release is half done.
type wreck struct {
	*world
	versions []string
	stuck    bool
	at       func() time.Time
}

func newWreck(at func() time.Time) *wreck {
	w := newWorld(time.Hour)
	w.done[flow.Claim], w.done[flow.PushBranch], w.pushed = true, true, time.Now().Add(-2*time.Hour)
	return &wreck{world: w, versions: []string{"1.4.0"}, at: at}
}

func (w *wreck) recovering() *Recovering {
	return &Recovering{Project: "acme-core", Dir: "~/src/acme-core", Remote: "origin", RemoteURL: "https://git.example/acme/acme-core", Index: "PyPI", Versions: w.versions,
		Diagnose: func(context.Context, string) (flow.Recovery, error) {
			if w.stuck {
				return stuck(w.at(), w.way), nil
			}
			return half(w.at(), w.way), nil
		},
		Run: func(ctx context.Context, _ flow.Recovery, way flow.WayOut, sink flow.Sink, ask flow.Ask) error {
			e := &flow.Engine{Sink: sink, Ask: ask, SecondLook: time.Second, Fresh: time.Minute}
			return e.Run(ctx, way.Plan)
		},
		Follow:  fakeFollow,
		Trigger: func(string) string { return "branch pypi-release" },
		Links: func(string) map[string]string {
			return map[string]string{"project": "https://pypi.org/project/acme-core/1.4.0/"}
		},
	}
}

// way is the plan of a way out; what a person does has none.
func (w *wreck) way(id string) flow.Plan {
	p := w.plan()
	url := "https://git.example/acme/acme-core"
	switch id {
	case flow.WayRestart:
		first := flow.Node{ID: flow.RestartCI, Title: "have CI build pypi-release again", Effect: flow.Shared, LeadsTo: flow.Permanent,
			Step: wreckStep{fakeStep{w.world, flow.RestartCI, []string{"travis", "restart", "1207.2"}}, flow.Reversal{Kind: flow.ReversalCompensated, Text: "cancelling the build, until its upload starts"}}}
		return flow.Plan{Name: "restart", Title: "have CI build acme-core 1.4.0 again", Confirm: "1.4.0", GoOn: "ferry recover 1.4.0 --restart",
			Nodes: append([]flow.Node{first}, p.Nodes[6:]...)}
	case flow.WayAbandon:
		return flow.Plan{Name: "abandon", Title: "give up acme-core 1.4.0 at pypi-release", Confirm: "1.4.0", GoOn: "ferry recover --abandon=1.4.0", Nodes: []flow.Node{
			{ID: flow.AbandonBranch, Title: "delete branch pypi-release", Effect: flow.Shared, LeadsTo: flow.Permanent,
				Step: wreckStep{fakeStep{w.world, flow.AbandonBranch, []string{"git", "push", "--force-with-lease=refs/heads/pypi-release:" + testCommit, url, ":refs/heads/pypi-release"}},
					flow.Reversal{Kind: flow.ReversalNone, Text: "1.4.0 stays free for another commit"}}}}}
	case flow.WayComplete:
		return flow.Plan{Name: "complete", Title: "complete acme-core 1.4.0", Confirm: "1.4.0", Nodes: []flow.Node{
			{ID: flow.UploadMissing, Title: "upload the missing files to PyPI", Effect: flow.Permanent, Step: fakeStep{w.world, flow.UploadMissing, []string{"twine", "upload", "dist/acme_core-1.4.0.tar.gz"}}}}}
	}
	return flow.Plan{}
}

type wreckStep struct {
	fakeStep
	back flow.Reversal
}

func (s wreckStep) Reversal() flow.Reversal { return s.back }

// Where a recovery can stand.

func atRescue(t testing.TB, o Options) *rig {
	o.Start = StartRecover
	r := newRig(t, o)
	r.m.openRescue()
	return r
}

func (r *rig) rescuing(o *Recovering) {
	var msg recoveringMsg
	if err := msg.open(context.Background(), nil, func(context.Context, Person) (*Recovering, error) { return o, nil }); err != nil {
		r.t.Fatal(err)
	}
	r.do(msg)
}

// looked makes the diagnosis that the driver was asked for.
func (r *rig) looked() {
	d, err := diagnose(context.Background(), r.m.rec.o, r.m.rec.want, func() time.Time { return r.now })
	r.do(diagnosedMsg{turn: r.m.rec.turn, d: d, err: err})
}

func (r *rig) clockNow() time.Time { return r.now }

func atDiagnosis(t testing.TB, o Options) *rig {
	r := atRescue(t, o)
	r.rescuing(newWreck(r.clockNow).recovering())
	r.looked()
	return r
}

func atVersions(t testing.TB, o Options) *rig {
	r := atRescue(t, o)
	w := newWreck(r.clockNow)
	w.versions = []string{"1.5.0rc1", "1.4.0"}
	r.rescuing(w.recovering())
	return r
}

func atNothing(t testing.TB, o Options) *rig {
	r := atRescue(t, o)
	w := newWreck(r.clockNow)
	w.versions = nil
	r.rescuing(w.recovering())
	return r
}

func atLines(t testing.TB, o Options) *rig   { r := atDiagnosis(t, o); r.keys("l"); return r }
func atWayPlan(t testing.TB, o Options) *rig { r := atDiagnosis(t, o); r.keys("enter"); return r }
func atByHand(t testing.TB, o Options) *rig  { r := atDiagnosis(t, o); r.keys("3", "enter"); return r }

// atStuck is a release that can be given up.
func atStuck(t testing.TB, o Options) *rig {
	r := atRescue(t, o)
	w := newWreck(r.clockNow)
	w.stuck = true
	r.rescuing(w.recovering())
	r.looked()
	return r
}

func atGivingUp(t testing.TB, o Options) *rig {
	r := atStuck(t, o)
	r.keys("enter", "enter")
	r.saw(flow.AbandonBranch, flow.Finding{Status: flow.Todo, Text: "delete pypi-release at 51d9e07, and give 1.4.0 up from there"})
	r.wayGate(flow.AbandonBranch)
	return r
}

// wayGate asks as the engine does before the first step that leads to something permanent.
func (r *rig) wayGate(id flow.ID) {
	p := r.m.rec.d.raw.Options[r.m.rec.way].Plan
	n, _ := p.Node(id)
	at := slices.IndexFunc(p.Nodes, func(o flow.Node) bool { return o.ID == flow.AwaitCI })
	var leads []flow.Node
	if at >= 0 {
		leads = p.Nodes[at : at+1]
	}
	r.reply = make(chan flow.Answer, 1)
	r.event(flow.Event{Kind: flow.KindAsk, Step: id, Text: p.Confirm})
	r.do(askMsg{question{title: line(n.Title), confirm: p.Confirm, covers: acts([]flow.Node{n}), leads: acts(leads)}, r.reply})
	r.wait(1500 * time.Millisecond)
}

func atGivenUp(t testing.TB, o Options) *rig {
	r := atGivingUp(t, o)
	r.keys("1.4.0", "enter")
	r.event(flow.Event{Kind: flow.KindAnswer, Step: flow.AbandonBranch, Text: "yes"})
	r.ran(flow.AbandonBranch, "pypi-release is gone from origin")
	r.event(flow.Event{Kind: flow.KindDone})
	r.do(endedMsg{})
	return r
}

func atRestartGate(t testing.TB, o Options) *rig {
	r := atWayPlan(t, o)
	r.keys("enter")
	r.saw(flow.RestartCI, flow.Finding{Status: flow.Todo, Text: "#1207 of 51d9e07 failed"})
	r.wayGate(flow.RestartCI)
	return r
}

func atRecovered(t testing.TB, o Options) *rig {
	r := atRestartGate(t, o)
	r.keys("1.4.0", "enter")
	r.event(flow.Event{Kind: flow.KindAnswer, Step: flow.RestartCI, Text: "yes"})
	r.ran(flow.RestartCI, "CI builds 51d9e07 again")
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Done, Text: "Travis #1207 passed", Jobs: testJobs(r.now, true, false)})
	r.saw(flow.ConfirmIndex, flow.Finding{Status: flow.Done, Text: "2 files, sha256 equal in log, JSON, index, data", Files: testFiles(flow.SeenYes)})
	r.ran(flow.DeleteBranch, "pypi-release is gone")
	r.event(flow.Event{Kind: flow.KindDone})
	r.do(endedMsg{})
	return r
}

func atRestarted(t testing.TB, o Options) *rig {
	r := atRestartGate(t, o)
	r.keys("1.4.0", "enter")
	r.ran(flow.RestartCI, "CI builds 51d9e07 again")
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "Travis #1207, 1 of 3 jobs over", Jobs: testJobs(r.now, false, false)})
	r.wait(4 * time.Minute)
	return r
}

var rescueScreens = []struct {
	name string
	at   func(testing.TB, Options) *rig
}{
	{"versions", atVersions}, {"diagnosis", atDiagnosis}, {"stuck", atStuck}, {"nothing", atNothing}, {"failinglines", atLines}, {"wayplan", atWayPlan}, {"byhand", atByHand},
	{"givingup", atGivingUp}, {"givenup", atGivenUp}, {"restartgate", atRestartGate}, {"restarted", atRestarted}, {"recovered", atRecovered},
	{"halfhome", atHalfHome}, {"others", atOthers}, {"following", atFollowing},
}
