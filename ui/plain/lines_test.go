package plain_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"ferry/flow"
	"ferry/ui/plain"
)

func lines(rec []played, accessible bool) string {
	var out bytes.Buffer
	c := start()
	l := plain.NewLines(&out, plain.LinesOptions{Plan: plan(), Accessible: accessible, Index: "pypi", Now: c.now})
	play(c, rec, l.Event, l.Tick)
	l.Summary("https://pypi.org/project/acme-core/1.4.0/")
	return out.String()
}

func TestLines(t *testing.T) {
	red, _ := ciRed()
	golden(t, "happy.lines", lines(happy(), false))
	golden(t, "happy.accessible", lines(happy(), true))
	golden(t, "ci-red.lines", lines(red, false))
	golden(t, "ci-red.accessible", lines(red, true))
}

func TestLinesArePrintable(t *testing.T) {
	red, _ := ciRed()
	for _, text := range []string{lines(happy(), false), lines(red, true)} {
		for _, r := range text {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%U is not printable", r)
			}
		}
	}
}

func TestNobodyCanBeAsked(t *testing.T) {
	var out bytes.Buffer
	c := start()
	l := plain.NewLines(&out, plain.LinesOptions{Plan: plan(), Now: c.now})
	_, err := plain.NewAsker(plain.AskOptions{})(t.Context(), gate("1.4.0"))
	var p *flow.Problem
	if !errors.As(err, &p) {
		t.Fatal(err)
	}
	play(c, []played{
		told(0, flow.KindAsk, flow.PushBranch, "1.4.0"), told(0, flow.KindAnswer, flow.PushBranch, "no"),
		{0, flow.Event{Kind: flow.KindProblem, Problem: p}},
	}, l.Event, l.Tick)
	want := `10:02:59  push       ask     push branch pypi-release: leads to an upload that cannot be undone
10:02:59  push       wait    needs-person  Nobody can be asked: push branch pypi-release: leads to an upload that cannot be undone
          now     nothing was changed after the question
          retry   safe
          next    ferry release --yes=1.4.0
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestTickWaitsForSilence(t *testing.T) {
	var out bytes.Buffer
	c := start()
	l := plain.NewLines(&out, plain.LinesOptions{Plan: plan(), Now: c.now})
	l.Tick(c.at.Add(time.Hour))
	if out.Len() > 0 {
		t.Errorf("nothing is underway: %s", out.String())
	}
	l.Event(saw(0, flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "building"}).ev)
	for range 1000 {
		c.at = c.at.Add(time.Second)
		l.Tick(c.at)
	}
	if n := strings.Count(out.String(), "wait"); n != 1+1000/60 {
		t.Errorf("%d lines in 1000 seconds", n)
	}
}

// TestNoBuildIsExplainedOnce, after a minute of waiting.
func TestNoBuildIsExplainedOnce(t *testing.T) {
	var out bytes.Buffer
	c := start()
	l := plain.NewLines(&out, plain.LinesOptions{Plan: plan(), Now: c.now})
	p := &flow.Problem{Code: flow.CodeNoBuild, Class: flow.ClassWaiting, Text: "CI never started", Lines: []string{"likely causes:", "travis heard of no push"}}
	l.Event(saw(0, flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "no build yet", Problem: p}).ev)
	for i := range 300 {
		if i == 59 && strings.Contains(out.String(), "causes") {
			t.Error("too soon")
		}
		c.at = c.at.Add(time.Second)
		l.Tick(c.at)
	}
	if n := strings.Count(out.String(), "travis heard of no push"); n != 1 {
		t.Errorf("said %d times:\n%s", n, out.String())
	}
}

// TestAnotherAttemptIsSaid once, by whom.
func TestAnotherAttemptIsSaid(t *testing.T) {
	var out bytes.Buffer
	c := start()
	l := plain.NewLines(&out, plain.LinesOptions{Plan: plan(), Now: c.now})
	for _, text := range []string{"build #12, attempt 2: 1 run", "build #12, attempt 2: 1 ok"} {
		l.Event(saw(0, flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: text, Warning: "travis #12 is attempt 2, restarted by @dana"}).ev)
	}
	if n := strings.Count(out.String(), "warn    travis #12 is attempt 2, restarted by @dana"); n != 1 {
		t.Errorf("said %d times:\n%s", n, out.String())
	}
}

// full takes some bytes and then no more, as a full disk or a closed pipe.
type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.left {
		n := f.left
		f.left = 0
		return n, errDisk
	}
	f.left -= len(b)
	return len(b), nil
}

func TestAFullDiskIsRemembered(t *testing.T) {
	for left := 0; left < 2000; left += 37 {
		c := start()
		l := plain.NewLines(&full{left}, plain.LinesOptions{Plan: plan(), Now: c.now})
		play(c, happy(), l.Event, l.Tick)
		l.Summary()
		if l.Err() == nil && left < 1000 {
			t.Fatalf("%d bytes: no error", left)
		}
		c = start()
		j := plain.NewJSON(&full{left}, plain.JSONOptions{Now: c.now})
		j.Plan(plan())
		play(c, happy(), j.Event, func(time.Time) {})
		j.Close(nil)
		if !errors.Is(j.Err(), errDisk) {
			t.Fatalf("%d bytes: %v", left, j.Err())
		}
	}
}

func TestFinal(t *testing.T) {
	var out bytes.Buffer
	if err := plain.Final(&out, "acme-core", "1.4.0\x1b", "https://pypi.org/project/acme-core/1.4.0/"); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "acme-core 1.4.0\\x1b https://pypi.org/project/acme-core/1.4.0/\n" {
		t.Errorf("got %q", got)
	}
	if err := plain.Final(&full{}, "a", "b", "c"); err == nil {
		t.Error("no error from a full disk")
	}
}
