package steps

import (
	"context"
	"fmt"

	"ferry/flow"
)

// unsettled: the release ref is gone, and a build of another commit on it may still
// publish this version: a job runs, or the pages may be older than what the last
// one uploaded. Nil where nothing can come any more, and of builds whose commit
// is claimed for another version as soon as they are final.
func (w World) unsettled(ctx context.Context, e evidence) *flow.Problem {
	for _, b := range e.builds {
		_, other := otherVersion(e, b.SHA)
		switch {
		case b.SHA == e.target.Commit:
		case !b.Final():
			return w.unsettledBy(ctx, e, b, fmt.Sprintf("its build #%s is not finished, and may publish this version", b.Number))
		case other || b.LastEnd().IsZero() && b.Started.IsZero(): // such a one never began
		case !e.absent(b.LastEnd()):
			return w.unsettledBy(ctx, e, b, fmt.Sprintf("its build #%s ended, and the index may not show its files yet", b.Number))
		}
	}
	return nil
}

func (w World) unsettledBy(ctx context.Context, e evidence, b build, why string) *flow.Problem {
	if e.target.By == ByDispatch {
		return &flow.Problem{Code: flow.CodeBranchInTheWay, Class: flow.ClassConflict, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("%s was started at %s already: %s", e.target.Workflow(), short(b.SHA), w.whoReleases(ctx, e, b.SHA)),
			Now:  append([]string{why, "nothing was started"}, w.buildLines(e, b.SHA)...),
			Next: []string{"ferry status --follow"}}
	}
	return &flow.Problem{Code: flow.CodeBranchInTheWay, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s is gone, and CI built it at %s: %s", e.target.ShortRef(), short(b.SHA), w.whoReleases(ctx, e, b.SHA)),
		Now:  append([]string{why, "nothing was pushed"}, w.buildLines(e, b.SHA)...),
		Next: []string{"ferry status --follow"}}
}
