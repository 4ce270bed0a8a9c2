package main

import (
	"maps"
	"strings"
	"testing"

	"ferry/flow/sandbox"
)

// TestRecoverInAnOutage: nobody is let out by a way that is not offered while a witness
// cannot be read, and nothing is changed by trying; when it answers again, the wait
// that was recommended is over.
func TestRecoverInAnOutage(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]struct {
		exit int
		best string
	}{"index-down": {1, "abandon"}, "ci-down": {8, "resume"}, "offline": {8, "resume"}} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			w := start(t, scenario, nil, nil)
			before := w.lasting()
			for _, try := range [][]string{{"--resume", "--yes=" + sandbox.Version}, {"--clean-up", "--yes"}, {"--restart", "--yes=" + sandbox.Version}, {"--abandon=" + sandbox.Version}} {
				if r := w.run("you", out(try...)...); r.code != 9 || !strings.Contains(r.err, "nothing was done") {
					t.Errorf("%q: exit code %d\n%s", try, r.code, r.err)
				}
			}
			if after := w.lasting(); !maps.Equal(before, after) {
				t.Errorf("the world was %v and is %v", before, after)
			}
			w.Restore()
			if doc, best := w.recovers("you"); doc.Exit != want.exit || best != want.best {
				t.Errorf("afterwards: exit code %d, %s; want %+v", doc.Exit, best, want)
			}
		})
	}
}
