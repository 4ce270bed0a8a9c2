package plain_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/plain"
)

// hostile puts a text into every field that text from outside can reach.
func hostile(s string) []played {
	p := &flow.Problem{Code: s, Text: s, Now: []string{s}, Retry: s, Lines: []string{s}, Next: []string{s}, Class: flow.Class(s)}
	f := flow.Finding{Status: flow.Status(s), Text: s, Problem: p, Proof: []flow.Proof{{What: s, Where: "https://" + s}},
		Jobs:  []flow.Job{{ID: s, Number: s, Name: s, Note: s, URL: s, State: flow.JobState(s)}, {ID: "x", Name: s, State: flow.JobFailed, URL: s}},
		Files: []flow.File{{Name: s, SHA256: s, URL: s, Surfaces: map[string]flow.Seen{s: flow.Seen(s)}}},
		Facts: []flow.Fact{{Witness: s, About: s, Says: s, Where: s}}}
	underway := f
	underway.Status = flow.Underway
	return []played{
		saw(0, flow.AwaitCI, underway), {time.Hour, flow.Event{}}, saw(0, flow.ConfirmIndex, f), saw(0, flow.ID(s), f),
		told(0, flow.KindAsk, flow.PushBranch, s), told(0, flow.KindAnswer, flow.PushBranch, s),
		told(0, flow.KindRun, flow.PushBranch, s), told(0, flow.KindRan, flow.PushBranch, s),
		{0, flow.Event{Kind: flow.KindLine, Line: s}}, {0, flow.Event{Kind: flow.KindProblem, Problem: p}},
	}
}

// No text from outside makes a face write what a terminal obeys, nor a record
// that is none, nor an object that is no JSON.
func FuzzFaces(f *testing.F) {
	for _, s := range []string{"", "x", "\x1b]52;c;x\a", "10:00:00  pypi  ok\n", "\r\u202e\u2028\xff", "\U000e0041\u009b2J"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, accessible := range []bool{false, true} {
			printed(t, lines(hostile(s), accessible))
		}
		text := stream(hostile(s), nil)
		printed(t, text)
		for line := range strings.Lines(text) {
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %s", line)
			}
		}
		var out bytes.Buffer
		st := plain.Status{State: board.State(s), Commit: s, Remote: s, CI: []string{s}, Facts: []flow.Fact{{Witness: s, Says: s}}, Next: []string{s},
			Project: plain.Project{Name: s, Source: s}, Trigger: plain.Trigger{Kind: s, Ref: s}}
		if err := st.WriteText(&out, time.Time{}); err != nil {
			t.Error(err)
		}
		q := gate(s)
		q.Plan, q.Finding.Text = s, s
		_, _ = plain.NewAsker(plain.AskOptions{In: strings.NewReader(s + "\n"), Out: &out})(t.Context(), q)
		printed(t, out.String())
	})
}

func printed(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%U in %q", r, text)
		}
	}
}
