package main

import (
	"strings"
	"testing"
	"time"
)

// TestADispatchKilledAnywhere: whenever the process dies, another clone never starts
// the workflow a second time. Where nothing but the claim was left it waits, and says
// until when; else it ends with the release.
func TestADispatchKilledAnywhere(t *testing.T) {
	t.Parallel()
	for after := 60 * time.Millisecond; after <= 660*time.Millisecond; after += 120 * time.Millisecond {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			w, main := byDispatch(t, quick)
			cmd := w.command(t.Context(), "you", yes...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-time.After(after)
			_ = cmd.Process.Kill() // it may be over
			_ = cmd.Wait()
			r := w.run("sam", append(yes, "--timeout", "5s")...)
			switch {
			case r.code == 0:
				w.once(main)
			case r.code == 8 && w.starts() == 0:
				if !strings.Contains(r.err, "You Maintainer claimed") || !strings.Contains(r.err, "ferry release takes the next claim") {
					t.Errorf("it waits, and does not say for what\n%s", r.err)
				}
			default:
				t.Errorf("exit code %d, %d starts\n%s", r.code, w.starts(), r.err)
			}
		})
	}
}
