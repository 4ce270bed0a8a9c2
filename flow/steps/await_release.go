package steps

import (
	"context"
	"fmt"
	"slices"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// byReleaseAlone: no job that publishes starts from the push of the tag.
func (t Target) byReleaseAlone() bool {
	return t.By == ByRelease && !slices.ContainsFunc(t.Deploys, func(d rules.Deploy) bool { return d.OnTag(t.ShortRef()) })
}

// unreleased: the tag is there, and the release that would start a job is not published.
func (s AwaitCI) unreleased(ctx context.Context) (f flow.Finding, is bool) {
	if !s.Target.byReleaseAlone() {
		return f, false
	}
	f = NewPublishRelease(s.World, s.Target).Observe(ctx)
	return todo("%s is there, and its release is not published yet", s.Target.ShortRef()), f.Status == flow.Todo
}

// aside says whether the builds are for the push of the tag alone, such as its tests,
// and none of them publishes. Of a commit that cannot be read nobody knows.
func (t Target) aside(ours []build) bool {
	started := slices.ContainsFunc(ours, func(b build) bool { return b.Event == "release" })
	return !started && len(t.Deploys) > 0 && t.byReleaseAlone()
}

// elsewise: what the release starts is still to come.
func (s AwaitCI) elsewise(ctx context.Context, f flow.Finding, ours []build) (_ flow.Finding, is bool) {
	if !s.Target.aside(ours) {
		return f, false
	}
	if f, is := s.unreleased(ctx); is {
		return f, true
	}
	f.Status, f.Problem = flow.Underway, s.neverStarted(nil)
	f.Text = fmt.Sprintf("%s; no build by the release yet", verdictLine(ours))
	f.Problem.Text = fmt.Sprintf("CI never started what release %s starts: there is no build of %s by it", s.Target.ShortRef(), short(s.Target.Commit))
	f.Problem.Now = []string{"what CI built it built for the push of the tag; nothing was published by that"}
	return f, true
}
