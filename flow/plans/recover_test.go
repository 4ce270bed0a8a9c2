package plans_test

import (
	"os"
	"path/filepath"
	"testing"

	"ferry/flow/plans"
	"ferry/flow/steps"
)

// TestRestart: its plan is held like the others'. Which command restarts a build
// only its own CI knows.
func TestRestart(t *testing.T) {
	w := paper(t)
	for name, target := range map[string]plans.Target{"restart": target(branchRef, true, false), "restart-tag": target(tagRef, false, false)} {
		got := table(plans.Restart(w, target, steps.RestartCI{World: w, Target: target}))
		file := filepath.Join("testdata", name+".golden")
		if *update {
			must(t, os.WriteFile(file, []byte(got), 0o600))
		}
		want, err := os.ReadFile(file)
		must(t, err)
		if got != string(want) {
			t.Errorf("the plan is no longer what %s says\n%s", file, got)
		}
	}
}
