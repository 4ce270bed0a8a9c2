package ui

import (
	"strings"
	"testing"
	"time"

	"ferry/flow"
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
