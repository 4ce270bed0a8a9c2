package ui

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"ferry/flow"
)

// hostile is text as an attacker, or a broken server, would send it.
var hostile = []string{
	"\x1b[2J\x1b[H", "\x1b]52;c;ZXZpbA==\x07", "\x1b]8;;http://evil\x1b\\link", "\x9b31m", "\u009b31m", "over\rwritten", "two\nlines",
	"\u202egnp.exe", "zero\u200bwidth", "\xff\xfe broken \xc3", strings.Repeat("A", 1<<20), strings.Repeat("語", 4000), "a" + strings.Repeat("\u0301", 300),
	"tab\ttab", "\x00\x07\x08", "👩‍👩‍👧‍👦 family", "", " ", "normal text",
}

func pick(rnd *rand.Rand) string { return hostile[rnd.IntN(len(hostile))] }

func randomFinding(rnd *rand.Rand) *flow.Finding {
	statuses := []flow.Status{flow.Unknown, flow.Todo, flow.Underway, flow.Done, flow.Failed, flow.Conflict}
	f := &flow.Finding{Status: statuses[rnd.IntN(6)], Text: pick(rnd), At: testStart, Proof: []flow.Proof{{What: pick(rnd), Where: "https://x/" + pick(rnd)}}}
	for i := range rnd.IntN(12) {
		f.Jobs = append(f.Jobs, flow.Job{ID: pick(rnd), Number: pick(rnd), Name: pick(rnd), Note: pick(rnd), URL: pick(rnd), Started: testStart,
			Stage: pick(rnd), Why: pick(rnd), Publishes: []flow.Publishing{"", flow.PublishYes, flow.PublishNo}[i%3], Steps: []flow.JobStep{{Name: pick(rnd), State: flow.JobRunning}},
			State: []flow.JobState{flow.JobRunning, flow.JobQueued, flow.JobFailed, flow.JobPassed, flow.JobApproval, flow.JobCancelled, "odd"}[i%7]})
	}
	for range rnd.IntN(5) {
		f.Files = append(f.Files, flow.File{Name: pick(rnd), SHA256: pick(rnd), Size: rnd.Int64(), URL: pick(rnd),
			Surfaces: map[string]flow.Seen{flow.SurfaceJSON: flow.SeenLate, flow.SurfaceLog: flow.Seen(pick(rnd)), flow.SurfaceSimple: flow.SeenDiffers}})
	}
	if rnd.IntN(2) == 0 {
		f.Problem, f.Warning = randomProblem(rnd), pick(rnd)
	}
	return f
}

func randomProblem(rnd *rand.Rand) *flow.Problem {
	return &flow.Problem{Code: []string{pick(rnd), flow.CodeCIRed, flow.CodeNoBuild}[rnd.IntN(3)], Class: flow.ClassFailed, Text: pick(rnd), Now: []string{pick(rnd), pick(rnd)}, Retry: flow.RetryUnsafe,
		Lines: []string{pick(rnd), pick(rnd)}, Next: []string{pick(rnd), pick(rnd)}, Err: errors.New(pick(rnd))}
}

func hostileSession(rnd *rand.Rand) *Session {
	s := newWorld(time.Hour).session()
	s.Project, s.Version, s.Commit, s.Subject, s.Branch, s.Dir = pick(rnd), pick(rnd), pick(rnd), pick(rnd), pick(rnd), pick(rnd)
	s.Remote, s.RemoteURL, s.Index, s.Trigger, s.Latest = pick(rnd), pick(rnd), pick(rnd), pick(rnd), pick(rnd)
	for i := range s.Plan.Nodes {
		s.Plan.Nodes[i].Title = pick(rnd)
	}
	s.Links = func() map[string]string { return map[string]string{"project": "https://" + pick(rnd)} }
	none := func(context.Context, flow.Sink, string) error { return nil }
	s.Restart, s.Cancel = Act{Run: none}, Act{Run: none}
	s.Fails = func(l string) bool { return len(l)%3 == 0 }
	return s
}

// step does one random thing to the model.
func (r *rig) step(rnd *rand.Rand) {
	plan := newWorld(time.Hour).plan()
	id := plan.Nodes[rnd.IntN(len(plan.Nodes))].ID
	kinds := []flow.Kind{flow.KindRun, flow.KindRan, flow.KindLine, flow.KindAsk, flow.KindAnswer}
	switch rnd.IntN(16) {
	case 0, 1, 2, 3:
		r.event(flow.Event{Kind: flow.KindObserved, Step: id, Finding: randomFinding(rnd)})
	case 4, 5:
		if r.m.run.on {
			r.event(flow.Event{Kind: kinds[rnd.IntN(len(kinds))], Step: id, Line: pick(rnd), Text: pick(rnd)})
		}
	case 6:
		r.reply = make(chan flow.Answer, 1)
		if r.m.run.on {
			r.do(askMsg{question{title: line(pick(rnd)), finding: line(pick(rnd)), confirm: pick(rnd), covers: acts(plan.Nodes[4:6])}, r.reply})
		}
	case 7:
		if rnd.IntN(6) == 0 && r.m.run.on {
			r.event(flow.Event{Kind: flow.KindProblem, Problem: randomProblem(rnd)})
			r.do(endedMsg{randomProblem(rnd)})
		}
	case 8, 9:
		r.log(r.m.jobs.job().ID, rnd.IntN(3), pick(rnd), pick(rnd))
	case 10:
		r.size(1+rnd.IntN(200), 1+rnd.IntN(60))
	case 11:
		r.do(surveyedMsg{survey: Survey{Findings: cleanFindings([]flow.Finding{*randomFinding(rnd), *randomFinding(rnd)}, 9), Latest: line(pick(rnd))}})
	default:
		r.keys([]string{"up", "down", "left", "right", "enter", "esc", "?", "l", "/", "n", "g", "G", "q", "c", "y", "r", "R", "1", "x", "N", "i", "y"}[rnd.IntN(22)])
	}
	r.wait(time.Duration(rnd.IntN(900)) * time.Millisecond)
}

// walks is how many random ways through the screens are taken: FERRY_WALKS, else a few.
func walks() uint64 {
	n, _ := strconv.ParseUint(os.Getenv("FERRY_WALKS"), 10, 64)
	return cmp.Or(n, 12)
}

// TestAnythingKeepsTheFrame sends random events with hostile texts, keys and
// sizes. Whatever comes, the frame keeps its size and holds no sequence but ours.
func TestAnythingKeepsTheFrame(t *testing.T) {
	for seed := range walks() {
		rnd := rand.New(rand.NewPCG(seed, 1))
		r := newRig(t, Options{ASCII: seed%2 == 0, Color: seed%3 == 0, Start: Start(seed % 2)})
		r.opened(hostileSession(rnd))
		check(t, r.m)
		for range 80 {
			r.step(rnd)
			if r.m.w > 0 {
				check(t, r.m)
			}
		}
	}
}

// FuzzVisible puts one text everywhere.
func FuzzVisible(f *testing.F) {
	for _, s := range hostile[:10] {
		f.Add(s, 80, 24)
	}
	f.Fuzz(func(t *testing.T, s string, w, h int) {
		if w < 1 || h < 1 || w > 300 || h > 100 {
			return
		}
		for _, at := range []func(testing.TB, Options) *rig{atHome, atCI} {
			r := at(t, Options{ASCII: len(s)%2 == 0})
			r.saw(flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: s, Jobs: []flow.Job{{ID: "2", Number: s, Name: s, Note: s, State: flow.JobRunning}}})
			r.log("2", 0, s)
			r.size(w, h)
			check(t, r.m)
		}
	})
}

func TestResizeStorm(t *testing.T) {
	r := atCI(t, Options{})
	for i := range 50 {
		r.size(20+i*7%180, 3+i*5%57)
		check(t, r.m)
	}
}

func squeezed(v string) string {
	v = ansi.Strip(v)
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '\n' || c == '│' {
			return -1
		}
		return c
	}, v)
}

func contains(v, want string) bool { return strings.Contains(v, strings.ReplaceAll(want, " ", "")) }
