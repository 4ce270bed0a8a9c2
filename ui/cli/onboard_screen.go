package cli

import (
	"context"

	"ferry/flow"
	"ferry/flow/plans"
	"ferry/ui"
)

// wizard sets the repository up on the screen, and tries it out if that is wanted.
func (c *commands) wizard(ctx context.Context, given map[string]string) error {
	s := &screen{given: given}
	if err := c.screen(ctx, s, ui.StartOnboard); err != nil || !s.setUp || !plans.Answers(s.answers).Rehearse() {
		return err
	}
	return c.screen(ctx, &screen{trial: true}, ui.StartRelease)
}

// onboard opens the checkout for setting it up.
func (s *screen) onboard(ctx context.Context, ask ui.Person) (*ui.Onboarding, error) {
	s.ask = ask
	y, err := s.openYard(ctx)
	if err != nil {
		return nil, asProblem(err)
	}
	plan := func(ctx context.Context, answers map[string]string) (flow.Plan, error) {
		v, err := y.voyage(ctx, answers)
		if err != nil {
			return flow.Plan{}, asProblem(err)
		}
		s.v, s.answers = v, answers
		return v.plan, nil
	}
	run := func(ctx context.Context, p flow.Plan, sink flow.Sink, ask flow.Ask) error {
		f, err := s.eventsOf(p)
		if err != nil {
			return err
		}
		err = s.engine(s.v, func(ev flow.Event) { f.sink(ev); sink(ev) }, ask).Run(ctx, p)
		s.setUp = err == nil
		return err
	}
	undo := func(ctx context.Context, p flow.Plan, id flow.ID, sink flow.Sink, ask flow.Ask) error {
		return s.engine(s.v, sink, ask).Undo(ctx, p, id)
	}
	return &ui.Onboarding{Project: y.found.Name, Version: y.found.Version, Dir: s.tilde(y.Root), RemoteURL: y.RemoteURL,
		Found: y.found.Facts, Choices: y.found.Choices, Given: s.given, Plan: plan, Run: run, Undo: undo}, nil
}

// eventsOf opens, once, where the flags want events.
func (s *screen) eventsOf(p flow.Plan) (*faces, error) {
	if s.faces != nil {
		return s.faces, nil
	}
	var err error
	s.faces, err = s.commands.faces(s.v, p, "onboard", faceTUI)
	return s.faces, err
}

// rehearsal is a release of the checked-out commit to the index to try out on. It
// takes no claim: the version is still to be released.
func (c *commands) rehearsal(ctx context.Context) (voyage, error) {
	d, err := c.open(ctx)
	if err != nil {
		return voyage{}, err
	}
	y, err := d.Yard(ctx)
	if err != nil {
		return voyage{Desk: d}, err
	}
	x := y.Indexes["testpypi"]
	d.World.Index, d.IndexName, d.IndexLabel, d.ProjectURL = x, "testpypi", x.Label(), x.ProjectURL
	t, err := d.World.Aim(ctx, plans.Rehearsal(c.intent(d.Config, ""), d.Config.Release.Branch), d.Head)
	if err != nil {
		return voyage{Desk: d, target: t}, err
	}
	return voyage{d, t, plans.For(d.World, t)}, nil
}
