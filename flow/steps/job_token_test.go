package steps_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/flow/steps"
)

// TestJobToken: a push that starts no workflow is refused where that is certain,
// and where a workflow is what publishes; else it is warned of.
func TestJobToken(t *testing.T) {
	for _, c := range []struct {
		says   string
		like   options
		answer rules.Answer
		code   string
		tells  string
		result flow.Result
	}{
		{"the job's own", onBranch, rules.Yes, flow.CodeNoDeploy, "starts no workflow", flow.Bad},
		{"not known", onBranch, rules.Undecided, "", "if it is this job's own", flow.NotChecked},
		{"another", onBranch, rules.No, "", "", flow.Good},
		{"no workflow publishes", options{}, rules.Yes, "", "", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.like)
			if c.like.byTag {
				asGitHub("t")(b)
			}
			asked := 0
			b.world.JobToken = func(context.Context) (rules.Answer, string) { asked++; return c.answer, "because" }
			o, err := b.world.Check(flow.WithReading(t.Context()), b.intent, os.DirFS(b.dir), steps.CheckOptions{})
			must(t, err)
			if got := checkOf(o, "token"); got.Result != c.result || c.tells != "" && !strings.Contains(got.Evidence, "a deploy key") {
				t.Errorf("check: %+v", got)
			}
			f := b.observe(flow.CheckCI)
			if code(f) != c.code || !strings.Contains(told(f), c.tells) || (c.answer == rules.Undecided) != strings.Contains(f.Warning, "because") {
				t.Errorf("release: %s %s", code(f), told(f))
			}
			speaks(t, f)
			if c.result == "" && asked > 0 || c.result != "" && asked != 2 {
				t.Errorf("asked %d times", asked)
			}
			b.world.JobToken = nil
			if o, err = b.world.Check(t.Context(), b.intent, os.DirFS(b.dir), steps.CheckOptions{}); err != nil || checkOf(o, "token").ID != "" {
				t.Errorf("outside of a job: %+v, %v", checkOf(o, "token"), err)
			}
		})
	}
}
