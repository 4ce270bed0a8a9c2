package steps_test

import (
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/steps"
)

// TestATailShowsNoSecret: what a job prints that nobody may read is not copied.
func TestATailShowsNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8"
	b := newBench(t, options{})
	b.ci.AddBuild(citest.Build{Build: ci.Build{Ref: b.target.Ref, SHA: b.target.Commit, State: ci.StatePassed, Jobs: []ci.Job{{Name: "py3", State: ci.StatePassed}}},
		Logs: map[string]string{"py3": "export GH=" + secret + "\n-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\nDone.\n"}})
	var shown []string
	step := steps.AwaitCI{World: b.world, Target: b.target}
	must(t, step.Follow(flow.WithReading(t.Context()), b.ci.Builds()[0].Jobs[0].ID, func(line string) {
		if !strings.HasPrefix(line, "ALARM: ") { // those are not the log's
			shown = append(shown, line)
		}
	}))
	if all := strings.Join(shown, "|"); all != "export GH=[hidden]|[hidden]|[hidden]|[hidden]|Done." {
		t.Errorf("got %q", all)
	}
}
