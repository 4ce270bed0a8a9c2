package steps

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"ferry/flow"
)

// byDispatch is the check of CI where a workflow is started by hand: it can be, its
// inputs are known, and one job publishes.
func (s CheckCI) byDispatch(ctx context.Context) flow.Finding {
	if p := s.Target.Start.Unfit; p != nil {
		return failed(p)
	}
	d := s.World.dispatcher(s.Target.Start.Provider)
	if d == nil || len(s.Target.Start.Files) == 0 {
		return failed(cannotStart("No CI that is watched here can be asked to start a workflow"))
	}
	if why := d.NoDispatch(); why != "" {
		return failed(&flow.Problem{Code: flow.CodeNoDispatch, Class: flow.ClassCredentials, Retry: flow.RetrySafe, Text: why,
			Now: []string{"nothing was started, and nothing was pushed"}, Lines: s.World.startPages(s.Target), Next: []string{"ferry auth login " + s.Target.Start.Provider, "ferry release --by dispatch"}})
	}
	e := s.World.look(ctx, s.Target, theBuilds)
	if f, ok := s.World.unreadable(e, theBuilds); !ok {
		return f
	}
	f := done("%s", s.says())
	for _, k := range slices.Sorted(maps.Keys(s.Target.Start.Inputs)) {
		f.Text += fmt.Sprintf("; %s=%s", k, s.Target.Start.Inputs[k])
	}
	if f, ok := s.known(ctx); !ok {
		return f
	}
	if f, ok := s.gates(ctx, &f); !ok {
		return f
	}
	f.Facts = append(s.World.buildFacts(e), s.World.budgetFacts()...)
	if w := s.warning(); w != "" {
		f.Warning = warned(f, "%s", w)
	}
	return f
}

// checkStart is what a start by hand does, for a check that sets nothing going.
func (w World) checkStart(in Intent, tree fs.FS, t Target, from string) (flow.Outlook, error) {
	t.Ref = w.knownDefault()
	found, err := w.startables(tree, t, in)
	if err != nil {
		return flow.Outlook{}, err
	}
	e := w.pushed(t.Ref, "")
	e.What = "workflow_dispatch"
	if len(found) > 0 {
		e = w.startOf(t.Ref, found[0].File, found[0].values)
	}
	o, err := Outlook(tree, e, from)
	for i := range o.Deploys {
		o.Deploys[i].By = "a start by hand"
	}
	for _, s := range found {
		if s.wrong != nil {
			o.Undecided = append(o.Undecided, s.wrong.Text)
		}
	}
	return o, err
}

// freeToStart is the check that nobody else is releasing, where no ref of ours would
// show it: another start of the workflow, a claim, and the branch that is built.
func (s CheckFree) freeToStart(ctx context.Context, e evidence) flow.Finding {
	for _, p := range []*flow.Problem{s.World.unsettled(ctx, e), s.World.rival(ctx, e), s.World.notTip(e)} {
		if p != nil {
			return conflict(p)
		}
	}
	f := done("%s = %s on %s, and no other run of %s is going on", s.Target.ShortRef(), short(s.Target.Commit), s.World.Remote.Name(), s.Target.Workflow())
	f.Facts = []flow.Fact{s.World.refFact(s.Target.Ref, e.tip)}
	return f
}

// unstarted: CI shows no run of the workflow at our commit.
func (s AwaitCI) unstarted(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if e.published() && e.mine() {
		return done("CI shows no run of %s any more; %s decides", short(s.Target.Commit), s.World.Index.Label())
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	return todo("nothing was started yet")
}
