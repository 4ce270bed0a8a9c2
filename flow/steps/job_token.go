package steps

import (
	"context"
	"slices"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// JobToken says whether a push would be made with the token of the CI job that we
// run in, and why that is not known where it is not.
type JobToken func(context.Context) (rules.Answer, string)

// Why a job's own token is no good for a release, and what is.
const (
	jobTokenText      = "a push made with this job's own GITHUB_TOKEN starts no workflow, and nothing would be published"
	jobTokenPublished = "a release published with this job's own GITHUB_TOKEN starts no workflow, and nothing would be uploaded"
	jobTokenOthers    = "give GH_TOKEN a personal token, or that of a GitHub App"
	jobTokenWays      = "push with a deploy key (ssh-key: of actions/checkout), a personal token, or the token of a GitHub App"
)

// tokenCheck says whether what is pushed starts the workflow that publishes.
// There is nothing to say outside of a job, and where no workflow publishes.
func (w World) tokenCheck(ctx context.Context, by string, ds []flow.Deployment) (flow.Check, bool) {
	const id = "token"
	whose, text, ways := w.JobToken, jobTokenText, jobTokenWays
	if by == ByDispatch { // GitHub lets a job's token start a workflow
		return flow.Check{}, false
	}
	if by == ByRelease {
		whose, text, ways = w.ReleaseToken, jobTokenPublished, jobTokenOthers
	}
	byWorkflow := func(d flow.Deployment) bool { return d.Provider == "github" }
	if whose == nil || !slices.ContainsFunc(ds, byWorkflow) {
		return flow.Check{}, false
	}
	type told struct {
		answer rules.Answer
		why    string
	}
	got, err := flow.Read(ctx, readingOf{"job's token", by}, func(ctx context.Context) (told, error) {
		answer, why := whose(ctx)
		return told{answer, why}, ctx.Err()
	})
	switch {
	case err != nil:
		return unchecked(id, "%v", err), true
	case got.answer == rules.Undecided:
		return unchecked(id, "if it is this job's own, %s (%s); %s", text, got.why, ways), true
	case got.answer == rules.No:
		return fine(id, "it is not made with this job's own token: %s", got.why), true
	case slices.ContainsFunc(ds, func(d flow.Deployment) bool { return !byWorkflow(d) }):
		return unchecked(id, "%s by a workflow; %s", text, ways), true
	}
	return bad(id, flow.Absent, "%s; %s", text, ways), true
}

// token asks the same before a release: certain is a stop, and anything else but
// a no a warning.
func (s CheckCI) token(ctx context.Context, f *flow.Finding) (flow.Finding, bool) {
	c, ok := s.World.tokenCheck(ctx, s.Target.By, s.Target.Outlook.Deploys)
	switch {
	case !ok:
	case c.Result == flow.Bad:
		p := &flow.Problem{Code: flow.CodeNoDeploy, Class: flow.ClassFailed, Retry: flow.RetrySafe, Text: "In this job, " + c.Evidence,
			Now: []string{"nothing was pushed"}, Next: []string{"ferry check"}}
		if s.Target.By != ByRelease {
			key := s.World.Remote.SetURLCommand("git@" + s.World.Remote.Hostname() + ":" + s.World.Remote.Slug() + ".git")
			p.Next = append([]string{flow.Shell(key)}, p.Next...)
		}
		return failed(p), false
	case c.Result == flow.NotChecked:
		f.Warning = warned(*f, "%s", c.Evidence)
	}
	return *f, true
}
