package ui

import (
	"strings"
	"testing"

	"ferry/flow"
)

// TestTheKeysOfARecoveryAreTrue: what is below can be reached by a key that is named,
// and leaving it is not planned.
func TestTheKeysOfARecoveryAreTrue(t *testing.T) {
	r := atDiagnosis(t, Options{})
	if screen := r.m.View(); !strings.Contains(screen, "more below") || !strings.Contains(r.m.keyLine(), "more") {
		t.Errorf("key line %q of\n%s", r.m.keyLine(), screen)
	}
	r.keys("pgdown", "pgdown", "pgdown", "pgdown")
	if screen := r.m.View(); !strings.Contains(screen, "more above") || !strings.Contains(screen, "Not offered") || strings.Contains(screen, "more below") {
		t.Errorf("the end is not reached:\n%s", screen)
	}
	r.keys("1", "enter")
	if w, _ := r.m.rec.chosen(); !strings.Contains(strings.Join(r.m.wayPlan(80), "\n"), "you type 1.4.0") {
		t.Errorf("%s asks for no version", w.ID)
	}
	looks := r.m.rec.d.ways[0]
	looks.ID, looks.Effect = flow.WayResume, flow.Reads
	if text := strings.Join(r.m.askedFor(looks, 80), " "); strings.Contains(text, "you type") {
		t.Errorf("what is done is asked for: %s", text)
	}
	r.keys("esc", "4")
	if strings.Contains(r.m.keyLine(), "plan it") || !strings.Contains(r.m.message(), "leaves it as it is") {
		t.Errorf("key line %q, message %q", r.m.keyLine(), r.m.message())
	}
}
