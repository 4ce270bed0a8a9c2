package main

import (
	"testing"
)

// TestRecoverInWorlds: what a maintainer needs to know in each world that somebody
// has left, and that the way which is recommended ends as it says.
func TestRecoverInWorlds(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]struct {
		left        []string
		state, best string
		exit, after int // of recover, and of the recommended way; -1 where a person goes it
		published   bool
	}{
		"owner-gone":     {[]string{"--no-wait"}, "building", "resume", 8, 0, true},
		"owner-gone-tag": {[]string{"--no-wait"}, "building", "resume", 8, 0, true},
		"half-too-late":  {nil, "partly_deployed", "supersede", 1, -1, false},
		"two-in-flight":  {[]string{"--no-wait"}, "conflicted", "", 3, -1, false},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			w := start(t, scenario, nil, nil)
			w.run("dana", append(yes, want.left...)...)
			doc, best := w.recovers("sam")
			if doc.State != want.state && scenario != "owner-gone-tag" || best != want.best || doc.Exit != want.exit {
				t.Errorf("%s, %s, exit %d; want %+v", doc.State, best, doc.Exit, want)
			}
			if n := map[bool]int{true: 2, false: 1}[scenario == "two-in-flight"]; len(doc.InFlight) != n {
				t.Errorf("%d in flight, want %d", len(doc.InFlight), n)
			}
			if want.after < 0 {
				return
			}
			if r := w.run("sam", "recover", "--plain", "--"+best, "--yes"); r.code != want.after {
				t.Errorf("%s: exit code %d\n%s", best, r.code, r.err)
			}
			if n := len(w.uploads()); want.published && n != 2 {
				t.Errorf("%d uploads", n)
			}
			if doc, _ := w.recovers("you"); doc.Exit != 0 || len(doc.InFlight) != 0 {
				t.Errorf("after: %+v", doc)
			}
		})
	}
}
