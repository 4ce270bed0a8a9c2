package plans_test

import (
	"os"
	"path/filepath"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/github"
	"ferry/flow/plans"
	"ferry/flow/steps"
	"ferry/keyring"
)

// dispatched is a release by dispatch, of a workflow that asks for the version.
func dispatched(t *testing.T, w steps.World) (steps.World, steps.Target) {
	t.Helper()
	p, err := github.New(github.Options{Slug: "acme/acme-core", Token: keyring.NewSecret("t")})
	must(t, err)
	w.CI = []ci.Provider{p}
	d := target("refs/heads/main", true, false)
	d.By = steps.ByDispatch
	d.Start = steps.Start{Provider: "github", Files: []string{".github/workflows/release.yml"}, Inputs: map[string]string{"version": "1.4.0"}}
	return w, d
}

// TestReleaseByDispatch: the plan as a table, and what of it only looks.
func TestReleaseByDispatch(t *testing.T) {
	w, d := dispatched(t, paper(t))
	for name, got := range map[string]string{
		"dispatch": table(plans.For(w, d)), "dispatch-staged": table(plans.For(rehearsed(w), d)), "follow-dispatch": table(plans.Follow(plans.For(w, d))),
	} {
		file := filepath.Join("testdata", name+".golden")
		if *update {
			must(t, os.WriteFile(file, []byte(got), 0o600))
		}
		want, err := os.ReadFile(file)
		must(t, err)
		if got != string(want) {
			t.Errorf("%s differs from its golden file; -update writes it anew\n%s", name, got)
		}
	}
}
