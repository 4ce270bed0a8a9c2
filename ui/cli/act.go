package cli

import (
	"context"
	"time"

	"ferry/flow"
	"ferry/flow/journal"
	"ferry/flow/plans"
	"ferry/ui"
)

// restart and cancel are what the screen may ask of CI. The gate has been passed on
// the screen; the engine holds the typed version against the plan once more.
func (s *screen) restart() ui.Act {
	a := ui.Act{Off: s.actOff(s.v.World.Restarts(), "runs a build again")}
	a.Run = func(ctx context.Context, sink flow.Sink, typed string) error {
		plan, err := plans.RestartCI(flow.WithReading(ctx), s.v.World, s.v.target)
		if err != nil {
			sink(flow.Event{Kind: flow.KindProblem, Problem: asProblem(err)})
			return err
		}
		return s.act(ctx, plan, sink, typed)
	}
	return a
}

func (s *screen) cancel() ui.Act {
	a := ui.Act{Off: s.actOff(s.v.World.Cancels(), "stops a build")}
	a.Run = func(ctx context.Context, sink flow.Sink, typed string) error {
		return s.act(ctx, plans.CancelCI(s.v.World, s.v.target), sink, typed)
	}
	return a
}

func (s *screen) actOff(can bool, what string) string {
	switch {
	case s.flags.readOnly:
		return "--read-only"
	case !can:
		return "no CI that is watched " + what + " when asked"
	}
	return ""
}

// act carries a plan out beside that of the release, and tells the journal and the
// events of both. That the act is done is not the end of the release.
func (s *screen) act(ctx context.Context, plan flow.Plan, sink flow.Sink, typed string) error {
	if err := s.opened(); err != nil {
		return err
	}
	s.faces.plan(plan)
	defer s.faces.plan(s.v.plan)
	both := func(ev flow.Event) {
		if ev.Kind != flow.KindDone {
			s.faces.sink(ev)
			sink(ev)
		}
	}
	agreed := func(context.Context, flow.Question) (flow.Answer, error) {
		return flow.Answer{Yes: true, Typed: typed}, nil
	}
	return s.engine(s.v, both, agreed).Run(ctx, plan)
}

// plan tells that what follows is of another plan.
func (f *faces) plan(p flow.Plan) {
	for _, j := range f.json {
		j.Plan(p)
	}
	f.write(func(j *journal.Journal) error { return j.Plan(p, time.Now()) })
}
