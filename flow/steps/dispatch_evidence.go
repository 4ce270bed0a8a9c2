package steps

import (
	"context"
	"slices"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
)

// buildsOf are the builds that a release is made by: of a release by dispatch those
// alone that somebody started by hand. What was pushed to the default branch is
// built at the same commit, and is none of them.
func (w World) buildsOf(ctx context.Context, t Target) ([]build, error) {
	if t.By != ByDispatch {
		return w.builds(ctx, t.Ref, t.Commit)
	}
	if by := t.Start.Provider; by != "" { // the others start nothing
		w.CI = slices.DeleteFunc(slices.Clone(w.CI), func(p ci.Provider) bool { return p.Name() != by })
	}
	return flow.Read(ctx, readingOf{"builds by hand " + t.Commit, t.Ref}, func(ctx context.Context) ([]build, error) {
		q := ci.Query{Ref: t.Ref, SHA: t.Commit, ByHand: true}
		return w.buildsLike(ctx, q, func(b build) bool { return b.Ref == t.Ref && t.Start.starts(b) })
	})
}

// sparesDefault takes the default branch from among the refs of a release by
// dispatch, whose ref it is. It is where the release is built, and stands for none:
// to whoever looks for a release branch there is nothing, least of all to delete.
func (e *evidence) sparesDefault() {
	if e.target.By != ByDispatch {
		return
	}
	for _, r := range e.refs {
		if r.Name == "HEAD" {
			e.head = r.Target
		}
	}
	e.tip = e.at(e.target.Ref)
	e.refs = slices.DeleteFunc(slices.Clone(e.refs), func(r gitops.Ref) bool { return r.Name == e.target.Ref })
}
