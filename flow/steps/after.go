package steps

import (
	"context"

	"ferry/flow"
)

// After is a look that means something only when another step is done: until then
// what it would find is what the other step is about to change.
type After struct{ First, Then flow.Step }

// Observe looks at both.
func (s After) Observe(ctx context.Context) flow.Finding {
	switch f := s.First.Observe(ctx); f.Status {
	case flow.Done:
		return s.Then.Observe(ctx)
	case flow.Unknown:
		return f
	}
	if f := s.Then.Observe(ctx); f.Status == flow.Done || f.Status == flow.Unknown {
		return f
	}
	return todo("looked at again after the step before it")
}

// Run does nothing: it only looks.
func (After) Run(context.Context, flow.Log) error { return nil }

// Follow streams what the look follows.
func (s After) Follow(ctx context.Context, job string, log flow.Log) error {
	if f, ok := s.Then.(flow.Follower); ok {
		return f.Follow(ctx, job, log)
	}
	return nil
}

// Command is that of the look.
func (s After) Command() []string { return flow.Node{Step: s.Then}.Command() }
