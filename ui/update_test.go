package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
)

// TestLeaving is the table of what q and ctrl-c do in each phase.
func TestLeaving(t *testing.T) {
	declined, interrupted := flow.ErrDeclined, flow.ErrInterrupted
	for _, c := range []struct {
		name  string
		at    func(testing.TB, Options) *rig
		keys  []string
		quits bool
		err   error
		left  bool
		said  string
	}{
		{"home, q", atHome, []string{"q"}, true, nil, false, ""},
		{"home, ctrl-c", atHome, []string{"ctrl+c"}, true, interrupted, false, ""},
		{"gate, ctrl-c closes it", atGate, []string{"ctrl+c"}, false, nil, false, ""},
		{"gate, ctrl-c twice", atGate, []string{"ctrl+c", "ctrl+c"}, true, interrupted, false, ""},
		{"ci, q asks", atCI, []string{"q"}, false, nil, false, ""},
		{"ci, q esc stays", atCI, []string{"q", "esc"}, false, nil, false, ""},
		{"ci, q enter stays", atCI, []string{"q", "enter"}, false, nil, false, ""},
		{"ci, q q leaves", atCI, []string{"q", "q"}, true, declined, true, "come back with: ferry status --follow"},
		{"ci, q down enter leaves", atCI, []string{"q", "down", "enter"}, true, declined, true, "ferry status --follow"},
		{"ci, ctrl-c twice", atCI, []string{"ctrl+c", "ctrl+c"}, true, interrupted, true, "ferry status --follow"},
		{"index, q asks", atIndex, []string{"q"}, false, nil, false, ""},
		{"sending, q waits", atSending, nil, false, nil, false, ""},
		{"sending, q then ctrl-c", atSending, []string{"ctrl+c"}, true, interrupted, true, "unknown: ferry status"},
		{"sending, other keys wait", atSending, []string{"q", "enter", "x"}, false, nil, false, ""},
		{"sending, wait is the choice", atSending, []string{"down", "up", "enter"}, false, nil, false, ""},
		{"sending, d detaches", atSending, []string{"d"}, true, interrupted, true, "unknown: ferry status"},
		{"sending, down enter detaches", atSending, []string{"down", "enter"}, true, interrupted, true, "unknown: ferry status"},
		{"done, q", atDone, []string{"q"}, true, nil, false, "acme-core 1.4.0 is on PyPI and can be installed."},
		{"error, q", atError, []string{"q"}, true, nil, false, "ci.red"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.at(t, Options{})
			r.keys(c.keys...)
			if r.m.quit.now != c.quits || r.m.quit.left != c.left {
				t.Fatalf("quits %v, left %v", r.m.quit.now, r.m.quit.left)
			}
			if c.err != nil && !errors.Is(r.m.quit.err, c.err) {
				t.Errorf("outcome %v", r.m.quit.err)
			}
			if said := strings.Join(r.m.farewell(r.m.quit.err), "\n"); c.quits && !strings.Contains(said, c.said) {
				t.Errorf("the scrollback keeps %q", said)
			}
			check(t, r.m)
		})
	}
}

func TestErrorIsTheOutcome(t *testing.T) {
	r := atError(t, Options{})
	r.keys("q")
	if flow.ExitCode(r.m.quit.err) != 1 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
	if r := atCI(t, Options{}); true {
		r.keys("q", "q")
		if got := flow.ExitCode(r.m.quit.err); got != 2 {
			t.Errorf("leaving exits with %d", got)
		}
	}
}

// TestLeavingWhileSent: the last look decides what is said.
func TestLeavingWhileSent(t *testing.T) {
	for status, want := range map[flow.Status]string{flow.Done: "it landed", flow.Underway: "it landed", flow.Todo: "it was not there at the last look", flow.Unknown: "unknown: ferry status"} {
		r := atSending(t, Options{})
		r.event(flow.Event{Kind: flow.KindRan, Step: flow.Claim})
		r.saw(flow.Claim, flow.Finding{Status: status})
		if r.m.quit.now {
			t.Fatal("left before the engine was through")
		}
		r.do(endedMsg{flow.ErrInterrupted})
		if said := strings.Join(r.m.farewell(nil), "\n"); !r.m.quit.now || !strings.Contains(said, want) {
			t.Errorf("%s: %q", status, said)
		}
	}
	r := atSending(t, Options{})
	r.wait(10 * time.Second)
	r.do(waitedMsg{})
	if !r.m.quit.now || !strings.Contains(strings.Join(r.m.quit.said, "\n"), "unknown: ferry status") {
		t.Error("the wait for an answer has no end")
	}
	r = atCI(t, Options{}) // a timer of an earlier wait must not end anything
	r.do(waitedMsg{})
	if r.m.quit.now {
		t.Error("an old timer left the program")
	}
}

func TestStopMessages(t *testing.T) {
	for _, cause := range []error{flow.ErrTerminated, flow.ErrInterrupted} {
		r := atCI(t, Options{})
		r.do(stopMsg{cause})
		if !r.m.quit.now || !errors.Is(r.m.quit.err, cause) || !r.m.quit.left {
			t.Errorf("%v: %+v", cause, r.m.quit)
		}
	}
	r := atSending(t, Options{})
	r.do(stopMsg{flow.ErrTerminated})
	if said := strings.Join(r.m.farewell(nil), "\n"); !strings.Contains(said, "unknown: ferry status") {
		t.Errorf("said %q", said)
	}
}

func TestDeclinedGoesHome(t *testing.T) {
	r := atGate(t, Options{})
	r.keys("esc")
	p := &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Declined", Err: flow.ErrDeclined}
	r.event(flow.Event{Kind: flow.KindAnswer, Step: flow.Claim, Text: "no"})
	r.event(flow.Event{Kind: flow.KindProblem, Problem: p})
	r.do(endedMsg{p})
	if r.m.screen != onHome || !strings.Contains(r.m.message(), "Nothing has been changed") {
		t.Errorf("screen %d, %q", r.m.screen, r.m.message())
	}
	r.keys("q")
	if flow.ExitCode(r.m.quit.err) != 2 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

// TestHomeOffersWhatComesNext reads the first line of the menu from the world.
func TestHomeOffersWhatComesNext(t *testing.T) {
	begun := func(pace time.Duration, red bool) *world {
		w := newWorld(pace)
		w.done[flow.Claim], w.done[flow.PushBranch], w.pushed, w.red = true, true, time.Now().Add(-time.Minute), red
		return w
	}
	clean := begun(time.Second, false)
	clean.done[flow.DeleteBranch] = true
	for _, c := range []struct {
		w    *world
		want string
	}{
		{newWorld(time.Hour), "Release"}, {begun(time.Hour, false), "Watch"}, {begun(50*time.Second, false), "Watch"},
		{begun(time.Second, false), "Finish"}, {clean, "Summary"}, {begun(time.Second, true), "Problem"},
	} {
		r := newRig(t, Options{})
		r.opened(c.w.session())
		r.survey(c.w)
		if got := r.m.menu()[0].Name; got != c.want {
			t.Errorf("offers %s, want %s (%s)", got, c.want, r.m.board.State())
		}
		check(t, r.m)
		r.keys("enter")
		check(t, r.m)
	}
}

func TestOpenFails(t *testing.T) {
	r := newRig(t, Options{})
	r.do(openedMsg{err: errOpen})
	if v := check(t, r.m); !strings.Contains(v, "repo.none") || !strings.Contains(v, "git init") {
		t.Errorf("frame:\n%s", v)
	}
	r.keys("c", "q")
	if flow.ExitCode(r.m.quit.err) != 64 || len(r.m.farewell(r.m.quit.err)) == 0 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

func TestCopyIsACommand(t *testing.T) {
	for _, c := range []struct {
		at   func(testing.TB, Options) *rig
		keys []string
		want string
	}{
		{atHome, []string{"c"}, "ferry release --yes=1.4.0"},
		{atHome, []string{"y"}, testCommit},
		{atCI, []string{"c"}, "ferry status --follow"},
		{atError, []string{"2", "c"}, "git push origin :refs/heads/pypi-release"},
		{atCI, []string{"y"}, "https://ci.example/jobs/2"},
	} {
		r := c.at(t, Options{})
		var cmd tea.Cmd
		for _, k := range c.keys {
			cmd = r.do(press(k))
		}
		if len(r.copy) > 0 {
			t.Fatal("Update itself wrote to the terminal")
		}
		drain(cmd, 0)
		if len(r.copy) != 1 || r.copy[0] != c.want {
			t.Errorf("copied %q, want %q", r.copy, c.want)
		}
	}
}

// drain runs a command and those it holds; timers are not waited for.
func drain(cmd tea.Cmd, depth int) (out []tea.Msg) {
	if cmd == nil || depth > 3 {
		return nil
	}
	got := make(chan tea.Msg, 1)
	go func() { got <- cmd() }()
	select {
	case msg := <-got:
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, c := range batch {
				out = append(out, drain(c, depth+1)...)
			}
			return out
		}
		return []tea.Msg{msg}
	case <-time.After(50 * time.Millisecond):
		return nil
	}
}

// TestKeysAreData: on one screen no key has two meanings, and the key line
// shows only what works.
func TestKeysAreData(t *testing.T) {
	for _, s := range screens {
		r := s.at(t, Options{Browser: func(string) error { return nil }})
		seen := map[string]string{}
		for _, b := range r.m.bindings() {
			for _, k := range b.Keys() {
				if other, ok := seen[k]; ok && b.off == "" {
					t.Errorf("%s: %s is both %q and %q", s.name, k, other, b.Help().Desc)
				}
				if b.off == "" {
					seen[k] = b.Help().Desc
				}
			}
		}
		line := r.m.keyLine()
		for _, b := range r.m.keysNow() {
			if b.off != "" && b.Help().Key != "" && strings.Contains(line, b.Help().Desc) {
				t.Errorf("%s: %q is shown and off: %s", s.name, b.Help().Desc, b.off)
			}
		}
	}
}

// TestQuietScreen: nothing ticks where nothing is under way.
func TestQuietScreen(t *testing.T) {
	for _, at := range []func(testing.TB, Options) *rig{atHome, atGate, atDone, atError, atFound, atQuestion, atTextQuestion, atSetupPlan, atDiff, atSetupEnd, atSetupStop, atTakenBack} {
		r := at(t, Options{Motion: true})
		r.do(tickMsg{})
		if r.m.busy() || r.m.clock() != nil {
			t.Error("the clock runs on a quiet screen")
		}
		before := r.m.View()
		r.wait(time.Hour)
		r.do(tickMsg{})
		if r.m.View() != before {
			t.Error("a quiet screen changes by itself")
		}
	}
}

// TestOnlyRowOneTicks: the seconds stand on row 1.
func TestOnlyRowOneTicks(t *testing.T) {
	for _, at := range []func(testing.TB, Options) *rig{atCI, atIndex, atSending, atSetupRun} {
		r := at(t, Options{})
		r.do(tickMsg{})
		before := strings.Split(r.m.View(), "\n")
		r.wait(time.Second)
		r.do(tickMsg{})
		for i, l := range strings.Split(r.m.View(), "\n") {
			if (l != before[i]) != (i == 0) {
				t.Errorf("row %d after a second: %q, before %q", i+1, l, before[i])
			}
		}
	}
}

func TestPanicBecomesAnOutcome(t *testing.T) {
	r := atCI(t, Options{})
	var broke error
	ended := false
	guard := root{model: r.m, fault: &broke, end: func() { ended = true }}
	r.m.board.Rows = nil
	r.m.jobs.logs = nil
	r.m.gate = &gate{} // no widget in it: drawing it panics
	guard.View()
	if broke == nil || !ended || flow.ExitCode(broke) != 70 {
		t.Fatalf("outcome %v, ended %v", broke, ended)
	}
	if msg := safely(func() tea.Msg { panic("x") })(); flow.ExitCode(msg.(crashMsg).err) != 70 {
		t.Error("a panic in a command was lost")
	}
}

func TestJobsFollow(t *testing.T) {
	r := atCI(t, Options{})
	if r.m.jobs.on != "2" {
		t.Fatalf("follows %q, not the job that runs", r.m.jobs.on)
	}
	turn := r.m.jobs.turn
	r.keys("up")
	if r.m.jobs.on != "1" || r.m.jobs.turn != turn+1 {
		t.Fatalf("follows %q after a choice", r.m.jobs.on)
	}
	r.do(logMsg{job: "1", turn: turn, lines: []string{"old"}})
	if r.m.jobs.log().Len() != 0 {
		t.Error("a line of an earlier following was taken in")
	}
	r.do(logMsg{job: "1", turn: turn + 1, ended: true, err: errors.New("no \x1b[31m log")})
	if v := check(t, r.m); !strings.Contains(v, "cannot be read") {
		t.Errorf("frame:\n%s", v)
	}
}

func TestDriver(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	d := newDriver(ctx, time.Now)
	got := make(chan tea.Msg, 100)
	d.send = func(m tea.Msg) { got <- m }
	go d.loop()
	w := newWorld(time.Hour)
	d.open(func(context.Context, Person) (*Session, error) { panic("open") })
	if msg := (<-got).(openedMsg); flow.ExitCode(msg.err) != 70 {
		t.Errorf("a panic in Open: %v", msg.err)
	}
	d.open(func(context.Context, Person) (*Session, error) { return w.session(), nil })
	s := (<-got).(openedMsg).s
	d.run(s)
	var asked askMsg
	for asked.reply == nil {
		if msg, ok := (<-got).(askMsg); ok {
			asked = msg
		}
	}
	if asked.q.confirm != "1.4.0" || len(asked.q.covers) != 3 || len(asked.q.leads) != 1 {
		t.Errorf("question %+v", asked.q)
	}
	cancel() // the program ends: a question that waits wakes up
	select {
	case <-d.ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the engine still waits for an answer")
	}
}

// TestHomeDoesNotInventAnAbsence: an index that cannot be read has not no version.
func TestHomeDoesNotInventAnAbsence(t *testing.T) {
	for status, want := range map[flow.Status]string{flow.Unknown: "not known", flow.Done: "no version"} {
		r := newRig(t, Options{})
		w := newWorld(time.Hour)
		r.opened(w.session())
		r.m.s.Latest = ""
		var fs []flow.Finding
		for _, n := range w.plan().Nodes {
			fs = append(fs, flow.Finding{Status: status, Text: string(n.ID)})
		}
		r.do(surveyedMsg{survey: Survey{Findings: fs, At: r.now}})
		if frame := check(t, r.m); !strings.Contains(frame, want) {
			t.Errorf("%s: the frame has no %q:\n%s", status, want, frame)
		}
	}
}
