package ui

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ferry/flow"
)

func TestTheRecommendedWayIsChosen(t *testing.T) {
	r := atDiagnosis(t, Options{})
	if w, _ := r.m.rec.chosen(); w.ID != flow.WayRestart || r.m.commandHere() != "ferry recover 1.4.0 --restart" {
		t.Errorf("chosen is %s, %q", w.ID, r.m.commandHere())
	}
	for _, k := range []struct{ key, command string }{{"3", "ferry release 1.4.1"}, {"up", "ferry recover 1.4.0 --complete"}, {"down", "ferry release 1.4.1"}, {"4", "ferry recover 1.4.0"}, {"down", "ferry recover 1.4.0"}} {
		if r.keys(k.key); r.m.commandHere() != k.command {
			t.Errorf("%s: the command is %q, want %q", k.key, r.m.commandHere(), k.command)
		}
		check(t, r.m)
	}
	r.keys("enter")
	if r.m.rec.page != rescueFound || !strings.Contains(r.m.message(), "leaving it needs no plan") {
		t.Errorf("waiting was planned: %q", r.m.message())
	}
}

// TestNothingIsTakenWithoutItsGate: neither enter, nor y, nor another text starts
// what is permanent.
func TestNothingIsTakenWithoutItsGate(t *testing.T) {
	for _, at := range []func(testing.TB, Options) *rig{atRestartGate, atGivingUp} {
		r := at(t, Options{})
		r.keys("enter", "y", "enter", "1.4.", "enter")
		if _, ok := r.answered(); ok {
			t.Fatal("answered without the version")
		}
		r.keys("ctrl+u", "1.4.0")
		if v := check(t, r.m); !contains(squeezed(v), "matches:enterstartsit") {
			t.Errorf("frame:\n%s", v)
		}
		r.keys("enter")
		if a, ok := r.answered(); !ok || !a.Yes || a.Typed != "1.4.0" {
			t.Errorf("answer %+v", a)
		}
	}
}

func TestDecliningLeadsBackToTheDiagnosis(t *testing.T) {
	r := atGivingUp(t, Options{})
	r.keys("esc")
	p := &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Declined", Err: flow.ErrDeclined}
	r.event(flow.Event{Kind: flow.KindProblem, Problem: p})
	r.do(endedMsg{p})
	if r.m.screen != onRescue || !r.m.reading || !strings.Contains(r.m.message(), "Declined. Nothing has been changed.") {
		t.Fatalf("screen %d, reading %v, %q", r.m.screen, r.m.reading, r.m.message())
	}
	r.looked()
	check(t, r.m)
	r.keys("q")
	if flow.ExitCode(r.m.quit.err) != 2 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

func TestTheEndSaysWhatIsTrue(t *testing.T) {
	r := atGivenUp(t, Options{})
	if v := check(t, r.m); !contains(squeezed(v), "acme-core1.4.0isgivenup:pypi-releaseisgone") || strings.Contains(v, "pip install") {
		t.Errorf("frame:\n%s", v)
	}
	r.keys("esc")
	if r.m.screen != onRescue || !r.m.reading {
		t.Fatalf("screen %d", r.m.screen)
	}
	r.looked()
	r.keys("2")
	if v := check(t, r.m); !strings.Contains(v, "Done here: delete branch pypi-release.") {
		t.Errorf("frame:\n%s", v)
	}
	r.keys("q")
	if said := strings.Join(r.m.farewell(r.m.quit.err), "\n"); r.m.quit.err != nil || !strings.Contains(said, "given up") {
		t.Errorf("outcome %v, said %q", r.m.quit.err, said)
	}
}

func TestLeavingARecovery(t *testing.T) {
	for _, c := range []struct {
		name string
		at   func(testing.TB, Options) *rig
		keys []string
		code int
		left bool
		said string
	}{
		{"diagnosis", atDiagnosis, []string{"q"}, 0, false, "ferry recover 1.4.0 --restart"},
		{"nothing", atNothing, []string{"q"}, 0, false, ""},
		{"versions", atVersions, []string{"q"}, 0, false, ""},
		{"diagnosis, ctrl-c", atDiagnosis, []string{"ctrl+c"}, 130, false, ""},
		{"under way", atRestarted, []string{"q", "q"}, 2, true, "come back with: ferry recover 1.4.0"},
		{"recovered", atRecovered, []string{"q"}, 0, false, "acme-core 1.4.0 is on PyPI"},
	} {
		r := c.at(t, Options{})
		r.keys(c.keys...)
		said := strings.Join(r.m.farewell(r.m.quit.err), "\n")
		if !r.m.quit.now || flow.ExitCode(r.m.quit.err) != c.code || r.m.quit.left != c.left || !strings.Contains(said, c.said) {
			t.Errorf("%s: quits %v with %v, left %v, said %q", c.name, r.m.quit.now, r.m.quit.err, r.m.quit.left, said)
		}
	}
}

func TestOneOfSeveral(t *testing.T) {
	r := atVersions(t, Options{})
	r.keys("2", "enter")
	if r.m.rec.want != "1.4.0" || !r.m.reading {
		t.Fatalf("looks at %q", r.m.rec.want)
	}
	r.keys("esc") // before it was read
	late := r.m.rec.turn - 1
	d, _ := diagnose(context.Background(), r.m.rec.o, "1.4.0", time.Now)
	r.do(diagnosedMsg{turn: late, d: d})
	if r.m.rec.page != rescueList || r.m.rec.d != nil || r.m.reading {
		t.Fatal("a diagnosis that nobody waits for was taken in")
	}
	r.keys("up", "enter")
	r.looked()
	if r.m.rec.want != "1.5.0rc1" {
		t.Errorf("looks at %q", r.m.rec.want)
	}
	r.keys("esc")
	check(t, r.m)
}

// TestADiagnosisThatFails shows why, and is tried again.
func TestADiagnosisThatFails(t *testing.T) {
	r := atDiagnosis(t, Options{})
	r.keys("r")
	r.do(diagnosedMsg{turn: r.m.rec.turn, err: errors.New("CI \x1b[2J is down")})
	if v := check(t, r.m); !strings.Contains(v, "is down") {
		t.Errorf("frame:\n%s", v)
	}
	r.keys("q")
	if flow.ExitCode(r.m.quit.err) != 70 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
	r.keys("r")
	r.looked()
	if r.m.rec.stop != nil || r.m.rec.d == nil {
		t.Error("it was not looked at again")
	}
	r = atRescue(t, Options{})
	r.do(recoveringMsg{err: errOpen})
	if v := check(t, r.m); !strings.Contains(v, "repo.none") {
		t.Errorf("frame:\n%s", v)
	}
	r.keys("r")
	if !r.m.reading {
		t.Error("it was not opened again")
	}
}

func TestPagesOfARecovery(t *testing.T) {
	var opened string
	r := atDiagnosis(t, Options{Browser: func(u string) error { opened = u; return nil }})
	for key, want := range map[string]string{"1": "https://ci.example/acme/acme-core/builds/271828182", "3": "https://pypi.org/manage/project/acme-core/release/1.4.0/"} {
		r.keys(key)
		if drain(r.do(press("o")), 0); opened != want {
			t.Errorf("%s: opened %q, want %q", key, opened, want)
		}
	}
}

func TestRecoverFromHome(t *testing.T) {
	r := atHalfHome(t, Options{})
	if r.m.menu()[r.m.home.Cursor].Name != "Recover" {
		t.Fatal("what is half done is not offered first")
	}
	r.keys("enter")
	r.do(surveyedMsg{}) // of the survey that was under way
	r.rescuing(newWreck(r.clockNow).recovering())
	r.looked()
	check(t, r.m)
	r.keys("esc")
	if r.m.screen != onHome || r.m.s == nil || r.m.rec != nil {
		t.Errorf("screen %d", r.m.screen)
	}
	for want, s := range map[string]Survey{"nothing half done here": {Searched: true}, "look for a release that is half done": {},
		"2 in flight: 1.4.0 failed": {Searched: true, InFlight: []string{"1.4.0 failed", "1.3.9 failed"}}} {
		s.At = r.now
		r.do(surveyedMsg{survey: s})
		if v := check(t, r.m); !contains(squeezed(v), want) {
			t.Errorf("no %q:\n%s", want, v)
		}
	}
}

// TestWhatWasRecoveredIsTheOutcome, although the person went home after it.
func TestWhatWasRecoveredIsTheOutcome(t *testing.T) {
	r := atHalfHome(t, Options{})
	r.keys("enter")
	r.rescuing(newWreck(r.clockNow).recovering())
	r.looked()
	r.keys("enter", "enter")
	p := &flow.Problem{Code: flow.CodeCIRed, Class: flow.ClassFailed, Text: "CI failed again", Next: []string{"ferry recover 1.4.0"}}
	r.event(flow.Event{Kind: flow.KindProblem, Problem: p})
	r.do(endedMsg{p})
	check(t, r.m)
	r.keys("esc")
	r.looked()
	r.keys("esc")
	if r.m.screen != onHome {
		t.Fatalf("screen %d", r.m.screen)
	}
	r.keys("q")
	if said := strings.Join(r.m.farewell(r.m.quit.err), "\n"); flow.ExitCode(r.m.quit.err) != 1 || !strings.Contains(said, "CI failed again") {
		t.Errorf("outcome %v, said %q", r.m.quit.err, said)
	}
}

// TestTheAgeOfADiagnosisStandsOnRowOne: it moves by the second, and later by the minute.
func TestTheAgeOfADiagnosisStandsOnRowOne(t *testing.T) {
	r := atDiagnosis(t, Options{})
	before := strings.Split(r.m.View(), "\n")
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{4 * time.Second, "read 7s ago"}, {time.Hour, "read 60m ago"}, {47 * time.Hour, "read 2 days ago"}} {
		r.wait(c.after)
		r.m.tick = false
		r.do(tickMsg{})
		rows := strings.Split(r.m.View(), "\n")
		if !strings.Contains(rows[0], c.want) {
			t.Errorf("row 1 is %q, want %q", rows[0], c.want)
		}
		if strings.Join(rows[1:], "\n") != strings.Join(before[1:], "\n") {
			t.Error("something below row 1 moved")
		}
	}
}

// hostileRecovery says nothing but what an attacker would.
func hostileRecovery(rnd *rand.Rand, w *wreck) *Recovering {
	o := w.recovering()
	o.Project, o.Dir, o.Remote, o.RemoteURL, o.Index = pick(rnd), pick(rnd), pick(rnd), pick(rnd), pick(rnd)
	o.Versions = [][]string{nil, {"1.4.0"}, {pick(rnd), pick(rnd), "x"}}[rnd.IntN(3)]
	o.Trigger = func(string) string { return pick(rnd) }
	o.Diagnose = func(context.Context, string) (flow.Recovery, error) {
		if rnd.IntN(6) == 0 {
			return flow.Recovery{}, randomProblem(rnd)
		}
		r := half(w.at(), w.way)
		r.Project, r.Version, r.Commit, r.State, r.Summary, r.Who = pick(rnd), pick(rnd), pick(rnd), pick(rnd), pick(rnd), pick(rnd)
		r.Done, r.Missing, r.Problem = []string{pick(rnd), pick(rnd)}, []string{pick(rnd)}, randomProblem(rnd)
		for range rnd.IntN(12) {
			r.Witnesses = append(r.Witnesses, flow.Fact{Witness: pick(rnd), About: pick(rnd), Says: pick(rnd), Where: "https://" + pick(rnd)})
		}
		for range rnd.IntN(9) {
			r.Options = append(r.Options, flow.WayOut{ID: pick(rnd), Text: pick(rnd), Consequence: pick(rnd), Why: pick(rnd), Recommended: rnd.IntN(2) == 0, Command: []string{pick(rnd)},
				Effect: []flow.Effect{flow.Reads, flow.Shared, flow.Permanent, flow.Effect(pick(rnd))}[rnd.IntN(4)], Plan: w.way(flow.WayRestart)})
			r.NotOffered = append(r.NotOffered, flow.NotOffered{ID: pick(rnd), Why: pick(rnd)})
		}
		r.Options = r.Options[:rnd.IntN(len(r.Options)+1)]
		return r, nil
	}
	return o
}

// TestAnythingKeepsTheRecoverysFrame, as of the other screens.
func TestAnythingKeepsTheRecoverysFrame(t *testing.T) {
	keys := []string{"up", "down", "enter", "enter", "enter", "esc", "?", "q", "c", "y", "l", "r", "R", "u", "1", "2", "9", "j", "f", "1.4.0", "pgdown", "left"}
	for seed := range walks() {
		rnd := rand.New(rand.NewPCG(seed, 5))
		r := newRig(t, Options{ASCII: seed%2 == 0, Color: seed%3 == 0, Start: StartRecover})
		r.m.openRescue()
		w := newWreck(r.clockNow)
		for range 120 {
			if m := r.m; m.rec != nil && m.screen == onRescue && m.reading {
				if m.rec.o == nil {
					r.rescuing(hostileRecovery(rnd, w))
				} else {
					r.looked()
				}
			}
			switch rnd.IntN(8) {
			case 0:
				r.size(1+rnd.IntN(200), 1+rnd.IntN(60))
			case 1, 2:
				r.rescueEvent(rnd)
			default:
				r.keys(keys[rnd.IntN(len(keys))])
			}
			r.wait(time.Duration(rnd.IntN(900)) * time.Millisecond)
			check(t, r.m)
		}
	}
}

func (r *rig) rescueEvent(rnd *rand.Rand) {
	if r.m.screen != onRelease || len(r.m.board.Rows) == 0 || !r.m.run.on {
		return
	}
	n := r.m.board.Rows[rnd.IntN(len(r.m.board.Rows))].Node
	switch rnd.IntN(5) {
	case 0, 1:
		r.saw(n.ID, *randomFinding(rnd))
	case 2:
		r.event(flow.Event{Kind: []flow.Kind{flow.KindRun, flow.KindRan, flow.KindLine}[rnd.IntN(3)], Step: n.ID, Line: pick(rnd)})
	case 3:
		r.reply = make(chan flow.Answer, 1)
		r.do(askMsg{question{title: line(n.Title), confirm: []string{"", "1.4.0", pick(rnd)}[rnd.IntN(3)], covers: acts([]flow.Node{n})}, r.reply})
	case 4:
		if rnd.IntN(3) == 0 {
			r.event(flow.Event{Kind: flow.KindProblem, Problem: randomProblem(rnd)})
			r.do(endedMsg{randomProblem(rnd)})
		}
	}
}

// FuzzRecoveryFits puts one text everywhere.
func FuzzRecoveryFits(f *testing.F) {
	for _, s := range hostile[:10] {
		f.Add(s, 80, 24)
		f.Add(s, 120, 40)
	}
	f.Fuzz(func(t *testing.T, s string, w, h int) {
		if w < 1 || h < 1 || w > 300 || h > 100 {
			return
		}
		r := atDiagnosis(t, Options{ASCII: len(s)%2 == 0, Color: true})
		raw := r.m.rec.d.raw
		raw.Summary, raw.Who, raw.Done, raw.Missing = s, s, []string{s}, []string{s, s}
		for i := range raw.Options {
			raw.Options[i].Text, raw.Options[i].Why, raw.Options[i].Consequence = s, s, s
		}
		raw.Witnesses[0].Says, raw.Problem.Lines = s, []string{s, s}
		r.m.rec.o.Diagnose = func(context.Context, string) (flow.Recovery, error) { return raw, nil }
		r.size(w, h)
		r.keys("r")
		r.looked()
		for _, k := range []string{"down", "enter", "esc", "l", "pgdown", "esc", "?"} {
			check(t, r.m)
			r.keys(k)
		}
	})
}
