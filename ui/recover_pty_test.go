//go:build unix

package ui

import (
	"strings"
	"testing"
)

// TestRecoverInAPty goes from the diagnosis through the gate to the end, by the
// real engine, and back to what is true then.
func TestRecoverInAPty(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=recover")
	d.until("CI shows no build of it")
	d.keys("\r")
	d.until("The steps")
	d.keys("\r")
	d.until("Give up acme-core 1.4.0 at pypi-release?")
	d.pressUntil("1.4.0", "matches: enter starts it")
	d.keys("\r")
	d.until("is given up")
	d.keys("\x1b")
	d.until("Done here: delete branch")
	d.keys("q")
	if s := d.ended(); !strings.Contains(s, "given up") || !strings.Contains(s, "outcome: <nil>") {
		t.Errorf("ended with %q", s)
	}
}

// TestFollowInAPty: what another maintainer does is followed, and left again.
func TestFollowInAPty(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=others")
	d.until("is claimed by Dana")
	d.keys("f")
	d.until("following 1.4.0 at 8f3c2ab")
	d.until("1207.2")
	d.keys("\x1b")
	d.until("cut 1.4.0 from main")
	d.keys("q")
	if s := d.ended(); !strings.Contains(s, "claim.taken") {
		t.Errorf("ended with %q", s)
	}
}
