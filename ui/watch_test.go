package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ferry/flow"
)

// TestAnothersReleaseIsOnlyFollowed: who, since when and which commit stand on the
// screen, and no key of the following changes anything.
func TestAnothersReleaseIsOnlyFollowed(t *testing.T) {
	r := atOthers(t, Options{})
	if v := squeezed(check(t, r.m)); !contains(v, "claimed by Dana at 8f3c2ab, since 2026-11-21 09:58:12 UTC") {
		t.Errorf("frame:\n%s", v)
	}
	r = atFollowing(t, Options{})
	if v := check(t, r.m); !strings.Contains(v, "following 1.4.0 at 8f3c2ab") || !strings.Contains(v, "1207.2") {
		t.Errorf("frame:\n%s", v)
	}
	for _, k := range []string{"R", "x", "u", "f"} {
		if r.keys(k); r.m.gate != nil {
			t.Fatalf("%s asks for something", k)
		}
	}
	r.keys("esc")
	if r.m.screen != onHome || r.m.s.Commit != testCommit || r.m.prior != nil {
		t.Errorf("screen %d, of %s", r.m.screen, r.m.s.Commit)
	}
	r.do(endedMsg{errActed}) // what was followed ends late
	r.keys("q")
	if flow.ExitCode(r.m.quit.err) != 3 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

// TestFollowingIsNoReleaseOfOurs: its end is not the outcome of what was asked for.
func TestFollowingIsNoReleaseOfOurs(t *testing.T) {
	r := atFollowing(t, Options{})
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Done, Text: "passed"})
	r.saw(flow.ConfirmIndex, flow.Finding{Status: flow.Done, Text: "2 files"})
	r.event(flow.Event{Kind: flow.KindDone})
	r.do(endedMsg{})
	check(t, r.m)
	r.keys("q")
	if flow.ExitCode(r.m.quit.err) != 3 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

func TestWhatCannotBeFollowed(t *testing.T) {
	r := atOthers(t, Options{})
	r.keys("f")
	check(t, r.m)
	r.do(watchedMsg{err: errors.New("no \x1b[2J network")})
	if v := check(t, r.m); r.m.screen != onHome || !strings.Contains(v, "It cannot be followed") {
		t.Errorf("frame:\n%s", v)
	}
	r = atError(t, Options{}) // nobody else's
	r.m.s.Watch = func(context.Context, Person) (*Session, error) { return theirs() }
	if r.keys("f"); r.m.prior != nil || !strings.Contains(r.m.message(), "f is off") {
		t.Errorf("followed: %q", r.m.message())
	}
}

// backStep is a step that can be undone.
type backStep struct{ fakeStep }

func (s backStep) Undo(context.Context, flow.Log) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.done[s.id] = false
	return nil
}

func undoableSession(w *world) *Session {
	s := w.session()
	for i, n := range s.Plan.Nodes {
		if n.ID == flow.DeleteBranch {
			s.Plan.Nodes[i].Step = backStep{n.Step.(fakeStep)}
		}
	}
	s.Undo = func(context.Context, flow.ID, flow.Sink, flow.Ask) error { return nil }
	return s
}

func atUndoing(t testing.TB, o Options) *rig {
	r := atDone(t, o)
	msg := openedMsg{}
	if err := msg.open(context.Background(), nil, func(context.Context, Person) (*Session, error) { return undoableSession(newWorld(0)), nil }); err != nil {
		t.Fatal(err)
	}
	r.m.s, r.m.acts = msg.s, msg.acts
	r.keys("u")
	r.reply = make(chan flow.Answer, 1)
	r.do(askMsg{question{title: "delete branch pypi-release"}, r.reply})
	r.wait(1500e6)
	return r
}

func TestUndoOfARelease(t *testing.T) {
	r := atUndoing(t, Options{})
	if v := check(t, r.m); !strings.Contains(v, "Take this back: delete branch pypi-release?") {
		t.Fatalf("frame:\n%s", v)
	}
	r.keys("n")
	r.do(endedMsg{&flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Err: flow.ErrDeclined}})
	if v := check(t, r.m); !strings.Contains(v, "is on PyPI and can be installed") || !strings.Contains(v, "Not taken back") || r.m.run.err != nil {
		t.Errorf("frame:\n%s", v)
	}
	r = atUndoing(t, Options{})
	r.keys("y")
	r.saw(flow.DeleteBranch, flow.Finding{Status: flow.Todo, Text: "pypi-release is at 51d9e07"})
	r.do(endedMsg{})
	if check(t, r.m); r.m.screen != onHome || !strings.Contains(r.m.message(), "Taken back") {
		t.Errorf("screen %d, %q", r.m.screen, r.m.message())
	}
	r = atUndoing(t, Options{})
	r.keys("y")
	r.do(endedMsg{errors.New("refused")})
	if p := r.m.shownProblem(); p == nil || !strings.Contains(p.Text, "refused") {
		t.Errorf("problem %+v", p)
	}
}

// TestUndoSaysWhyNot: what cannot be undone says so, and a push leads to giving up.
func TestUndoSaysWhyNot(t *testing.T) {
	r := atDone(t, Options{})
	if r.keys("u"); !strings.Contains(r.m.message(), "u is off: ") {
		t.Errorf("message %q", r.m.message())
	}
	back := flow.Reversal{Kind: flow.ReversalCompensated, Text: "ferry recover --abandon=1.4.0"}
	pushed := func(o Options) *rig {
		r := atError(t, o)
		a := r.m.acts[flow.PushBranch]
		a.undo = back
		r.m.acts[flow.PushBranch] = a
		return r
	}
	r = pushed(Options{})
	if r.keys("u"); !strings.Contains(r.m.message(), "by ferry recover --abandon=1.4.0") {
		t.Errorf("message %q", r.m.message())
	}
	r = pushed(Options{Recover: func(context.Context, Person) (*Recovering, error) { return nil, nil }})
	r.keys("u")
	w := newWreck(r.clockNow)
	w.stuck = true
	r.rescuing(w.recovering())
	r.looked()
	if c, _ := r.m.rec.chosen(); r.m.screen != onRescue || c.ID != flow.WayAbandon {
		t.Errorf("screen %d, way %s", r.m.screen, c.ID)
	}
	r.keys("esc", "q")
	if flow.ExitCode(r.m.quit.err) != 1 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}
