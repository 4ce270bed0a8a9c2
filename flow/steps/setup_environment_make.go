package steps

import (
	"context"
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/flow/ci"
)

// Run makes it, or gives it the rule for the ref. That the token may not do it ends
// the attempt, and the next look says so.
func (s *MakeEnvironment) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("nothing is made: %s", f.Text)
	}
	made, err := s.maker().MakeEnvironment(ctx, s.spec())
	if !made.Nothing() {
		s.remember(made)
	}
	switch {
	case err == nil:
		log("environment " + made.Name + " lets only the release ref deploy")
		return nil
	case notAllowed(err) && made.Nothing():
		s.refused = err
		log("not made: " + err.Error())
		return nil
	}
	return s.broken("made", err)
}

// remember keeps what this run made; a second attempt adds to it.
func (s *MakeEnvironment) remember(made ci.MadeEnvironment) {
	if s.made != nil && s.made.ID == made.ID {
		made.Created, made.Restricted = made.Created || s.made.Created, made.Restricted || s.made.Restricted
		made.Policies = append(s.made.Policies, made.Policies...)
	}
	s.made = &made
}

// Undo takes back what was made, unless something was added to it since.
func (s *MakeEnvironment) Undo(ctx context.Context, log flow.Log) error {
	if s.made == nil {
		return elsewhere("The environment "+s.spec().Name, flow.Shell(s.Command()))
	}
	if err := s.maker().RemoveEnvironment(ctx, *s.made); err != nil {
		return s.broken("taken back", err)
	}
	log("environment " + s.made.Name + " is as it was")
	s.made = nil
	return nil
}

// broken: an attempt at it failed. What the host has now is for a look to say.
func (s *MakeEnvironment) broken(what string, err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupEnvironment, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The environment %s was not %s: %v", s.spec().Name, what, err),
		Now:  []string{"part of it may have been done; its page says what is there"}, Next: []string{flow.Shell(s.Command())}}
	var stands *ci.ConflictError
	switch {
	case errors.As(err, &stands):
		p.Class, p.Lines = flow.ClassConflict, plainLines(stands.Text)
	case notAllowed(err):
		p.Class = flow.ClassCredentials
	}
	return p
}
