package plans

import (
	"context"
	"slices"

	"ferry/flow"
	"ferry/flow/steps"
)

// Upload is what is sent to complete a release, and Login who sends it.
type (
	Upload = steps.Upload
	Login  = steps.Login
)

// Recover says what is true of a version in flight, and gives each way out that a
// program can take the plan that takes it.
func Recover(ctx context.Context, w World, t Target, login Login) (flow.Recovery, error) {
	r, err := w.Diagnose(ctx, t)
	if err != nil {
		return r, err
	}
	for i := range r.Options {
		if err := carriedOut(ctx, w, t, login, &r.Options[i]); err != nil {
			return r, err
		}
	}
	return r, nil
}

func carriedOut(ctx context.Context, w World, t Target, login Login, way *flow.WayOut) error {
	switch way.ID {
	case flow.WayResume, flow.WayCleanUp:
		way.Plan = For(w, t)
	case flow.WayRestart:
		s, err := steps.NewRestartCI(ctx, w, t)
		if err != nil {
			return err
		}
		way.Plan = Restart(w, t, s)
	case flow.WayComplete:
		u, err := steps.NewCompletion(ctx, w, t, login)
		if err != nil {
			return err
		}
		way.Plan = Complete(w, t, u)
	case flow.WayAbandon:
		way.Plan = Abandon(w, t)
	}
	if len(way.Plan.Nodes) > 0 {
		way.Plan.GoOn = flow.Shell(way.Command)
	}
	return nil
}

// Abandon gives an attempt up of which nothing came.
func Abandon(w World, t Target) flow.Plan {
	return flow.Plan{Name: "abandon", Title: "give up " + t.Name + " " + t.Version + " at " + t.ShortRef(), Confirm: t.Version, Nodes: []flow.Node{
		{ID: flow.AbandonBranch, Title: "delete branch " + t.ShortRef(), Effect: flow.Shared, LeadsTo: flow.Permanent,
			Step: steps.AbandonBranch{World: w, Target: t}, Settle: w.Waits.Settle},
	}}
}

// Restart has CI build the commit again, and then goes on as the release does.
func Restart(w World, t Target, s steps.RestartCI) flow.Plan {
	first := flow.Node{ID: flow.RestartCI, Title: "have CI build " + t.ShortRef() + " again", Effect: flow.Shared, LeadsTo: flow.Permanent,
		Step: s, Every: w.Waits.Every, Limit: shown}
	return after(first, For(w, t), flow.AwaitCI).named("restart", "have CI build "+t.Name+" "+t.Version+" again")
}

// Complete uploads what is missing of a release that is there in part, and then
// goes on as the release does.
func Complete(w World, t Target, u Upload) flow.Plan {
	first := flow.Node{ID: flow.UploadMissing, Title: "upload the missing files to " + w.Index.Label(), Effect: flow.Permanent, LeadsTo: flow.Permanent,
		Step: u, Every: w.Waits.Every, Limit: w.Waits.Limit}
	return after(first, For(w, t), flow.ConfirmIndex).named("complete", "complete "+t.Name+" "+t.Version)
}

// sequel is a plan that begins with a node of its own and ends as another one.
type sequel flow.Plan

// after puts a node before what a plan does from another one on. What was found
// before it ran decides nothing: what only looks is looked at again.
func after(first flow.Node, p flow.Plan, from flow.ID) sequel {
	out := sequel{Confirm: p.Confirm, Nodes: []flow.Node{first}}
	begin := max(0, slices.IndexFunc(p.Nodes, func(n flow.Node) bool { return n.ID == from }))
	kept := map[flow.ID]bool{}
	for _, n := range p.Nodes[begin:] {
		n.Needs = append([]flow.ID{first.ID}, slices.DeleteFunc(slices.Clone(n.Needs), func(id flow.ID) bool { return !kept[id] })...)
		if n.Effect == flow.Reads {
			n.Step = steps.After{First: first.Step, Then: n.Step}
		}
		kept[n.ID] = true
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

func (s sequel) named(name, title string) flow.Plan {
	s.Name, s.Title = name, title
	return flow.Plan(s)
}
