package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/board"
)

// TestTheGateShowsTheNotes that are published with what it covers; what they hold does
// nothing to the screen.
func TestTheGateShowsTheNotes(t *testing.T) {
	r := atGate(t, Options{})
	q := r.m.gate.q
	q.notes = notes(flow.Question{Notes: []flow.Fact{{Witness: flow.NotesWitness, Says: "from NEWS.md: - A thing\x1b[2J."}}})
	r.do(askMsg{q, r.reply})
	r.wait(time.Second)
	if view := r.m.View(); !strings.Contains(view, `from NEWS.md: - A thing\x1b[2J.`) {
		t.Error(view)
	}
}

// TestTheEndLinksTheRelease of the git host, and the build.
func TestTheEndLinksTheRelease(t *testing.T) {
	r := atDone(t, Options{})
	done := func(what, where string) flow.Finding {
		return flow.Finding{Status: flow.Done, Proof: []flow.Proof{{What: what, Where: where}}}
	}
	r.saw(flow.AwaitCI, done("travis #1207", "https://ci.example/builds/1207"))
	r.m.board.Rows = append(r.m.board.Rows, board.Row{Node: flow.Node{ID: flow.HostRelease}, Finding: done("release v1.4.0", "https://git.example/releases/v1.4.0")})
	want := []string{"https://pypi.org/project/acme-core/1.4.0/", "https://ci.example/builds/1207", "https://git.example/releases/v1.4.0"}
	if got := r.m.doneLinks(); len(got) != 4 || !slices.Equal(got[1:], want) {
		t.Errorf("%q", got)
	}
}
