package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"ferry/flow"
	"ferry/flow/ci"
)

// RestartCI: there is another attempt at the builds of this commit than those that
// were seen before. The same commit is built; nothing is pushed.
type RestartCI struct {
	World  World
	Target Target
	before []ci.Build

	// asked is set when a request of this step may have landed: it is sent once.
	asked *atomic.Bool
}

// CancelCI: no build of this commit goes on.
type CancelCI struct {
	World  World
	Target Target
	asked  *atomic.Bool
}

// NewRestartCI makes the step, from the builds as they are now. Builds that go on,
// and those of a CI that restarts none, are a *flow.Problem.
func NewRestartCI(ctx context.Context, w World, t Target) (RestartCI, error) {
	s := RestartCI{World: w, Target: t, asked: new(atomic.Bool)}
	e := w.look(ctx, t, theBuilds)
	if f, ok := w.unreadable(e, theBuilds); !ok {
		return s, f.Problem
	}
	ours := e.ours()
	switch {
	case len(ours) == 0:
		return s, w.notAsked(t, "There is no build of this commit to run again")
	case !final(ours):
		return s, w.notAsked(t, "A job goes on: CI runs a build again only when it has ended")
	case len(restartable(ours)) == 0:
		return s, w.notAsked(t, "No CI that built this commit can be asked to run it again")
	}
	for _, b := range ours {
		s.before = append(s.before, b.Build)
	}
	return s, nil
}

// NewCancelCI makes the step.
func NewCancelCI(w World, t Target) CancelCI { return CancelCI{w, t, new(atomic.Bool)} }

// restartable are the builds that did not pass, or all of them if none failed, as
// far as their provider restarts any.
func restartable(bs []build) []build {
	can := slices.DeleteFunc(slices.Clone(bs), func(b build) bool { _, ok := b.provider.(ci.Restarter); return !ok })
	if red := slices.DeleteFunc(slices.Clone(can), func(b build) bool { return b.State.Good() }); len(red) > 0 {
		return red
	}
	return can
}

// Restarts says whether a CI that is watched can run a build again, Cancels whether
// one can stop it.
func (w World) Restarts() bool {
	return slices.ContainsFunc(w.CI, func(p ci.Provider) bool { _, ok := p.(ci.Restarter); return ok })
}

// Cancels says whether a CI that is watched can stop a build.
func (w World) Cancels() bool {
	return slices.ContainsFunc(w.CI, func(p ci.Provider) bool { _, ok := p.(ci.Canceller); return ok })
}

// Observe looks for an attempt that was not there before.
func (s RestartCI) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, theBuilds)
	if f, ok := s.World.unreadable(e, theBuilds); !ok {
		return f
	}
	ours := e.ours()
	for _, b := range ours {
		if s.fresh(b) {
			return done("%s builds this commit again: %s", b.provider.Name(), numbered(b))
		}
	}
	if s.asked.Load() {
		return flow.Finding{Status: flow.Underway, Text: "asked for; CI does not show the new attempt yet"}
	}
	return todo("%s", verdictLine(ours))
}

// fresh says whether a build is none of those before. One that goes on again is
// another attempt, whether or not its CI counts them.
func (s RestartCI) fresh(b build) bool {
	return !b.Final() || !slices.ContainsFunc(s.before, b.SameAttempt)
}

// Run asks CI once.
func (s RestartCI) Run(ctx context.Context, log flow.Log) error {
	e := s.World.look(ctx, s.Target, theBuilds)
	if f := s.Observe(ctx); f.Status != flow.Todo || !final(e.ours()) {
		return nil
	}
	return s.World.ask(e, restartable(e.ours()), "run again", s.asked, log, func(b build) error {
		return b.provider.(ci.Restarter).Restart(ctx, b.Build) //nolint:forcetypeassert // restartable looked
	})
}

// Command is what a person would type.
func (s RestartCI) Command() []string {
	for _, b := range s.before {
		for _, p := range s.World.CI {
			if h, ok := p.(ci.RestartHinter); ok && !b.State.Good() {
				return h.RestartCommand(b)
			}
		}
	}
	return nil
}

// Observe looks whether anything goes on.
func (s CancelCI) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, theBuilds)
	if f, ok := s.World.unreadable(e, theBuilds); !ok {
		return f
	}
	ours := e.ours()
	switch {
	case len(ours) == 0:
		return done("there is no build of %s", short(s.Target.Commit))
	case final(ours):
		return done("no job goes on: %s", verdictLine(ours))
	case s.asked.Load():
		return flow.Finding{Status: flow.Underway, Text: "asked for; a job goes on still"}
	}
	return todo("%s", countStates(s.Target.jobsOf(ours), ours))
}

// Run asks CI once. What was uploaded before it is heard stays uploaded.
func (s CancelCI) Run(ctx context.Context, log flow.Log) error {
	e := s.World.look(ctx, s.Target, theBuilds)
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return nil
	}
	running := slices.DeleteFunc(slices.Clone(e.ours()), func(b build) bool { _, ok := b.provider.(ci.Canceller); return !ok || b.Final() })
	return s.World.ask(e, running, "cancel", s.asked, log, func(b build) error {
		return b.provider.(ci.Canceller).Cancel(ctx, b.Build) //nolint:forcetypeassert // running looked
	})
}

// ask sends one request for each build. One whose answer is lost may have landed;
// a refusal did not, and those before it did.
func (w World) ask(e evidence, bs []build, what string, asked *atomic.Bool, log flow.Log, do func(build) error) error {
	if len(bs) == 0 {
		return w.notAsked(e.target, "No CI that builds this commit can be asked for that")
	}
	for i, b := range bs {
		log(asking(b, what))
		err := do(b)
		if refused := refusedCI(err); refused != nil {
			refused.Text = fmt.Sprintf("%s would not %s build #%s: %s", b.provider.Name(), what, b.Number, refused.Text)
			refused.Now = append(answers(bs, i, what, err), "nothing was pushed")
			return refused
		}
		asked.Store(true)
		if err != nil {
			return err
		}
	}
	return nil
}

func asking(b build, what string) string {
	return fmt.Sprintf("asking %s to %s build #%s", b.provider.Name(), what, b.Number)
}

// answers is what became of each request where that for the build at no was refused.
func answers(bs []build, no int, what string, why error) (out []string) {
	var token *ci.NeedsTokenError
	for i, b := range bs {
		switch {
		case i < no:
			out = append(out, asking(b, what)+": accepted")
		case i > no:
			out = append(out, asking(b, what)+": not done any more")
		case errors.As(why, &token):
			out = append(out, asking(b, what)+": not done without a token")
		default:
			out = append(out, asking(b, what)+": refused, and nothing came of it")
		}
	}
	return out
}

// refusedCI is what CI's no means, but for what is true now; nil if it was none.
func refusedCI(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeCIAct, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Next: []string{"ferry status"}}
	var token *ci.NeedsTokenError
	var auth *ci.AuthError
	var none *ci.NotFoundError
	var not *ci.ConflictError
	var later *ci.RateLimitError
	switch {
	case errors.As(err, &token):
		p.Class, p.Text, p.Next = flow.ClassCredentials, "it takes a token, and there is none", []string{"ferry auth login " + token.Provider}
	case errors.As(err, &auth):
		p.Class, p.Text, p.Next = flow.ClassCredentials, "the token may not: "+auth.Text, []string{"ferry auth login " + auth.Provider}
	case errors.As(err, &not):
		p.Text = not.Text
	case errors.As(err, &none), errors.As(err, &later):
		p.Text = err.Error()
	default:
		return nil
	}
	return p
}

func (w World) notAsked(t Target, text string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeCIAct, Class: flow.ClassFailed, Text: text, Retry: flow.RetrySafe,
		Now: []string{"CI was not asked for anything", t.once()}, Next: []string{"ferry status"}}
}
