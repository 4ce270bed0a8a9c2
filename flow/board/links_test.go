package board

import (
	"maps"
	"testing"

	"ferry/flow"
)

// TestLinks: the newest build, and a release that is there; a page on which one could
// be made is none.
func TestLinks(t *testing.T) {
	plan := plan(flow.AwaitCI, flow.ConfirmIndex, flow.HostRelease)
	proved := func(ps ...flow.Proof) flow.Finding { return flow.Finding{Status: flow.Done, Proof: ps} }
	ci := proved(flow.Proof{What: "no page"}, flow.Proof{What: "#2", Where: "https://ci.example.org/2"}, flow.Proof{What: "#1", Where: "https://ci.example.org/1"})
	for name, c := range map[string]struct {
		host flow.Finding
		want map[string]string
	}{
		"a release": {proved(flow.Proof{What: "release v1.4.0", Where: "https://git.example.org/v1.4.0"}), map[string]string{"ci": "https://ci.example.org/2", "release": "https://git.example.org/v1.4.0"}},
		"by hand":   {proved(flow.Proof{What: "by hand", Where: "https://git.example.org/new"}), map[string]string{"ci": "https://ci.example.org/2"}},
		"no page":   {proved(flow.Proof{What: "release v1.4.0", Where: "javascript:x"}), map[string]string{"ci": "https://ci.example.org/2"}},
	} {
		b := New(plan).WithFindings([]flow.Finding{ci, {}, c.host})
		if got := b.Links(); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := New(plan).Links(); len(got) != 0 {
		t.Errorf("nothing was seen, and there is %v", got)
	}
}
