package plans_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/plans"
)

// TestPrepare: what others feel of it leads to nothing permanent, so that its y/n is
// never the release's one gate; the waiting has an end.
func TestPrepare(t *testing.T) {
	p := plans.Prepare(paper(t), plans.Bump{Name: "Acme.Core", From: "1.4.0", Version: "1.5.0", Default: "main", Date: "2026-11-21"}, "ferry release --bump minor")
	file := filepath.Join("testdata", "prepare.golden")
	if *update {
		must(t, os.WriteFile(file, []byte(table(p)), 0o600))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got := table(p); got != string(want) {
		t.Errorf("the plan is no longer what %s says; -update, if that is meant\n%s", file, got)
	}
	seen := map[flow.ID]bool{}
	for _, n := range p.Nodes {
		for _, need := range n.Needs {
			if !seen[need] {
				t.Errorf("%s needs %s, which is not before it", n.ID, need)
			}
		}
		if n.LeadsTo != "" || n.Effect == flow.Permanent || n.Every > 0 && (n.Limit == 0 || n.Limit > 2*time.Hour) {
			t.Errorf("%+v", n)
		}
		seen[n.ID] = true
	}
	if p.Confirm != "" || p.GoOn != "ferry release --bump minor" {
		t.Errorf("confirm %q, goes on by %q", p.Confirm, p.GoOn)
	}
}
