package ui

import (
	"context"
	"testing"
	"time"

	"ferry/flow"
)

// atHalfHome is home where a release is half done.
func atHalfHome(t testing.TB, o Options) *rig {
	o.Recover = func(context.Context, Person) (*Recovering, error) { return newWreck(time.Now).recovering(), nil }
	r := newRig(t, o)
	w := newWorld(time.Hour)
	r.opened(w.session())
	var fs []flow.Finding
	for _, n := range w.plan().Nodes {
		fs = append(fs, w.look(n.ID))
	}
	r.do(surveyedMsg{survey: Survey{Findings: fs, Latest: "1.3.0   sdist + wheel, 21 days ago", At: r.now, Searched: true, InFlight: []string{"1.3.9 is half released: 1 of 2 files are on PyPI"}}})
	return r
}

// theirs is another maintainer's release, that is only followed.
func theirs() (*Session, error) {
	s := newWorld(time.Hour).session()
	s.Commit, s.Plan.Nodes = "8f3c2ab41d07e6f5a4b3c2d1e0f9a8b7c6d5e4f3", s.Plan.Nodes[6:8]
	return s, nil
}

// stopped is a release that another maintainer's is in the way of.
func stopped(w *world) *Session {
	s := w.session()
	s.Watch = func(context.Context, Person) (*Session, error) {
		t, err := theirs()
		t.Run = func(ctx context.Context, sink flow.Sink, _ flow.Ask) error {
			jobs := testJobs(time.Now(), false, false)
			sink(flow.Event{Kind: flow.KindObserved, Step: flow.AwaitCI, Finding: &flow.Finding{Status: flow.Underway, Text: "Travis #1207, 1 of 3 jobs over", Jobs: jobs}})
			<-ctx.Done()
			return context.Cause(ctx)
		}
		return t, err
	}
	s.Run = func(_ context.Context, sink flow.Sink, _ flow.Ask) error {
		sink(flow.Event{Kind: flow.KindProblem, Problem: claimedByDana()})
		return claimedByDana()
	}
	return s
}

func claimedByDana() *flow.Problem {
	return &flow.Problem{Code: flow.CodeClaimed, Class: flow.ClassConflict, Text: "acme-core 1.4.0 is claimed by Dana at 8f3c2ab, since 2026-11-21 09:58:12 UTC", Retry: flow.RetryUnsafe,
		Now: []string{"refs/releases/acme-core/1.4.0 is at 8f3c2ab41d07; your commit is 51d9e07a4c3b", "its CI build is not finished"}, Next: []string{"ferry status --follow"}}
}

// atOthers is a release that is stopped by another maintainer's.
func atOthers(t testing.TB, o Options) *rig {
	o.Start = StartRelease
	r := newRig(t, o)
	r.opened(stopped(newWorld(time.Hour)))
	p := claimedByDana()
	r.saw(flow.CheckFree, flow.Finding{Status: flow.Conflict, Text: p.Text, Problem: p})
	r.event(flow.Event{Kind: flow.KindProblem, Problem: p})
	r.do(endedMsg{p})
	return r
}

func atFollowing(t testing.TB, o Options) *rig {
	r := atOthers(t, o)
	r.keys("f")
	var msg openedMsg
	if err := msg.open(context.Background(), nil, r.m.prior.s.Watch); err != nil {
		r.t.Fatal(err)
	}
	r.do(watchedMsg(msg))
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "Travis #1207, 1 of 3 jobs over", Jobs: testJobs(r.now, false, false)})
	r.wait(3 * time.Minute)
	return r
}
