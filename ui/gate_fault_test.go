package ui

import (
	"testing"
	"time"
)

// TestGateAtEverySize: at whatever size the question can be answered, the
// project, the version, the whole commit and the remote are in view. In every
// other window it cannot be answered at all.
func TestGateAtEverySize(t *testing.T) {
	passed, shut := 0, 0
	for w := 1; w <= 132; w += 1 + w/40 {
		for _, h := range []int{1, 2, 5, 10, 14, 15, 16, 17, 20, 24, 40} {
			r := atGate(t, Options{})
			r.size(w, h)
			v := squeezed(check(t, r.m))
			r.keys("1.4.0")
			r.wait(time.Second)
			r.keys("enter")
			if _, ok := r.answered(); !ok {
				shut++
				continue
			}
			passed++
			for _, want := range []string{"acme-core", "1.4.0", testCommit, "https://git.example/acme/acme-core"} {
				if !contains(v, want) {
					t.Errorf("%dx%d: answered, and %q was not in view", w, h, want)
				}
			}
		}
	}
	if passed == 0 || shut == 0 {
		t.Errorf("passed in %d windows, shut in %d", passed, shut)
	}
}
