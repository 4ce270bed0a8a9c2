package plans_test

import (
	"strings"
	"testing"

	"ferry/flow"
)

// TestEveryDeedSaysWhetherItCanBeTakenBack: what others feel, and what cannot be
// undone, is never left open; and nothing of a release promises an exact undoing.
func TestEveryDeedSaysWhetherItCanBeTakenBack(t *testing.T) {
	for name, p := range all(paper(t)) {
		for _, n := range p.Nodes {
			r := n.Reversal()
			if feels := n.Effect == flow.Shared || n.Effect == flow.Permanent || n.LeadsTo == flow.Permanent; feels && (r.Kind == "" || r.Text == "") {
				t.Errorf("%s: %s does not say whether it can be taken back", name, n.ID)
			}
			if n.LeadsTo == flow.Permanent && n.Effect == flow.Reads && r.Kind != flow.ReversalNone {
				t.Errorf("%s: what %s leads to is said to be taken back: %s", name, n.ID, r)
			}
			if strings.HasSuffix(r.String(), ".") || r.Kind == flow.ReversalExact {
				t.Errorf("%s: %s says %q", name, n.ID, r)
			}
		}
	}
}
