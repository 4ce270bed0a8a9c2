package steps_test

import (
	"testing"
	"time"

	"ferry/flow"
	"ferry/gitops/gittest"
)

// TestHeadMovesAfterTheCheck: what is pushed is the commit that was checked,
// whatever was committed since, and whatever else is in the tree by now.
func TestHeadMovesAfterTheCheck(t *testing.T) {
	for _, like := range []options{{}, {byTag: true}} {
		b := newBench(t, like)
		if f := b.observe(flow.CheckTree); f.Status != flow.Done {
			t.Fatalf("%s: %s", f.Status, f.Text)
		}
		later, err := gittest.WriteCommit(b.dir, map[string]string{"later.txt": "later\n"}, "Later", time.Now())
		must(t, err)
		file("README.md", "half done\n")(b)
		made, ref := []flow.ID{flow.Claim, flow.PushBranch}, branchRef
		if like.byTag {
			made, ref = []flow.ID{flow.PushTag}, tagRef
		}
		for _, id := range made {
			must(t, b.run(b.step(id)))
		}
		if at := b.git.Peel(slug, b.git.Refs(slug)[ref]); at != b.ours || at == later {
			t.Errorf("%s is at %s, not at %s", ref, at, b.ours)
		}
	}
}
