package ui

import (
	"strings"
	"testing"
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
	r.keys("4")
	if strings.Contains(r.m.keyLine(), "plan it") || !strings.Contains(r.m.message(), "leaves it as it is") {
		t.Errorf("key line %q, message %q", r.m.keyLine(), r.m.message())
	}
}
