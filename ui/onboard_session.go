package ui

import (
	"context"
	"errors"
	"maps"

	"ferry/flow"
)

// Onboarding is a repository that is to be set up: what was found of it, what is
// asked about it, and what the answers come to. Its texts may come from outside.
type Onboarding struct {
	Project, Version, Dir, RemoteURL string

	Found []flow.Fact // what was found, for the first page

	// Choices gives all questions that apply given the answers so far, in order,
	// those that are answered too. It is pure and quick.
	Choices func(answers map[string]string) []flow.Choice
	Given   map[string]string // answers from flags or a file: shown, and not asked again

	// Plan makes the plan; a *flow.Problem says where the answers do not fit.
	Plan func(ctx context.Context, answers map[string]string) (flow.Plan, error)
	Run  func(ctx context.Context, p flow.Plan, sink flow.Sink, ask flow.Ask) error // calling it again is how to resume
	Undo func(ctx context.Context, p flow.Plan, id flow.ID, sink flow.Sink, ask flow.Ask) error
}

// What the driver sends of a repository that is set up.
type (
	onboardedMsg struct {
		o   *Onboarding
		err error
	}
	plannedMsg struct {
		turn int // which planning; what an earlier one sends is dropped
		plan flow.Plan
		acts map[flow.ID]act
		err  error
	}
)

func (d *driver) onboard(open func(context.Context, Person) (*Onboarding, error)) {
	d.do(func(ctx context.Context) {
		var msg onboardedMsg
		msg.err = guarded(func() error { return msg.open(ctx, d, open) })
		if ctx.Err() == nil {
			d.send(msg)
		}
	})
}

func (msg *onboardedMsg) open(ctx context.Context, d *driver, open func(context.Context, Person) (*Onboarding, error)) error {
	o, err := open(ctx, d)
	if err != nil {
		return err
	}
	if o == nil || o.Choices == nil || o.Plan == nil || o.Run == nil {
		return errors.New("nothing to set up")
	}
	msg.o = cleanOnboarding(*o)
	return nil
}

func (d *driver) planSetup(o *Onboarding, answers map[string]string, turn int) {
	d.do(func(ctx context.Context) {
		msg := plannedMsg{turn: turn, acts: map[flow.ID]act{}}
		msg.err = guarded(func() (err error) {
			msg.plan, err = o.Plan(ctx, answers)
			for _, n := range msg.plan.Nodes {
				msg.acts[n.ID] = actOf(n)
			}
			return err
		})
		if ctx.Err() == nil {
			d.send(msg)
		}
	})
}

func (d *driver) setUp(o *Onboarding, p flow.Plan) {
	d.do(func(ctx context.Context) {
		d.ran(ctx, guarded(func() error { return o.Run(ctx, p, d.tell, d.ask) }))
	})
}

func (d *driver) takeBack(o *Onboarding, p flow.Plan, id flow.ID) {
	d.do(func(ctx context.Context) {
		d.ran(ctx, guarded(func() error { return o.Undo(ctx, p, id, d.tell, d.ask) }))
	})
}

// tell sends what an event says.
func (d *driver) tell(ev flow.Event) { d.send(eventMsg{ev: cleanEvent(ev), at: d.now()}) }

// cleanOnboarding gives one whose texts can be drawn. Its functions stay, and what
// goes back to them is as it came.
func cleanOnboarding(o Onboarding) *Onboarding {
	for _, t := range []*string{&o.Project, &o.Version, &o.Dir, &o.RemoteURL} {
		*t = line(*t)
	}
	o.Found = cleanFinding(flow.Finding{Facts: o.Found}).Facts
	o.Given = maps.Clone(o.Given)
	choices := o.Choices
	o.Choices = func(answers map[string]string) []flow.Choice { return cleanChoices(choices(maps.Clone(answers))) }
	return &o
}

// cleanChoices keeps keys, values and defaults as they are: they are compared.
func cleanChoices(in []flow.Choice) []flow.Choice {
	out := append([]flow.Choice(nil), in...)
	for i := range out {
		c := &out[i]
		c.Title, c.Why = line(c.Title), line(c.Why)
		c.Options = append([]flow.Option(nil), c.Options...)
		for k := range c.Options {
			o := &c.Options[k]
			o.Title, o.Off, o.Lines = line(o.Title), line(o.Off), lines(o.Lines)
			if o.Title == "" {
				o.Title = line(o.Value)
			}
		}
	}
	return out
}
