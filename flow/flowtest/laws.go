// Package flowtest holds the laws that every step must obey. They are judged
// from outside, on a world that the caller can make afresh, so that one suite
// fits a step that pushes a branch and one that only looks.
package flowtest

import (
	"context"
	"errors"
	"fmt"

	"ferry/flow"
)

// World is one fresh world with one step in it.
type World struct {
	Step flow.Step
	// State is everything that the step could change, as text: refs, files on
	// the index, files on disk. Equal text means that nothing was changed.
	State func() string
	// Spoil makes the world contradict the step, as another maintainer would;
	// nil if nothing can.
	Spoil func()
	// Effect is the effect of the node that holds the step.
	Effect flow.Effect
}

// Laws judges a step in worlds made by fresh: one each, so that no law stands
// on what another left behind. It returns everything that is broken.
func Laws(ctx context.Context, fresh func() (World, error)) error {
	laws := []struct {
		name string
		keep func(context.Context, World) error
	}{
		{"observe changes nothing and is steady", observeIsSteady},
		{"a second run changes nothing", secondRunIsIdle},
		{"undo is exact", undoIsExact},
		{"a conflict names a way out and is never overwritten", conflictStands},
		{"a cancelled look is unknown", cancelledIsUnknown},
	}
	var broken []error
	for _, law := range laws {
		w, err := fresh()
		if err == nil {
			err = law.keep(ctx, w)
		}
		if err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", law.name, err))
		}
	}
	return errors.Join(broken...)
}

func observe(ctx context.Context, s flow.Step) flow.Finding {
	return s.Observe(flow.WithReading(ctx))
}

func quiet(string) {}

func observeIsSteady(ctx context.Context, w World) error {
	before := w.State()
	a, b := observe(ctx, w.Step), observe(ctx, w.Step)
	switch {
	case w.State() != before:
		return errors.New("the world changed")
	case a.Status != b.Status || a.Text != b.Text:
		return fmt.Errorf("first %s %q, then %s %q", a.Status, a.Text, b.Status, b.Text)
	case a.Status == "":
		return errors.New("no status")
	}
	return nil
}

func secondRunIsIdle(ctx context.Context, w World) error {
	if observe(ctx, w.Step).Status != flow.Todo {
		return nil
	}
	if err := w.Step.Run(flow.WithReading(ctx), quiet); err != nil {
		return fmt.Errorf("the first run: %w", err)
	}
	f := observe(ctx, w.Step)
	if w.Effect != flow.Reads && f.Status == flow.Todo {
		return fmt.Errorf("still to do after a run without an error: %s", f.Text)
	}
	after := w.State()
	_ = w.Step.Run(flow.WithReading(ctx), quiet) // may refuse; must not act
	if w.State() != after {
		return errors.New("the world changed again")
	}
	return nil
}

func undoIsExact(ctx context.Context, w World) error {
	u, ok := w.Step.(flow.Undoer)
	if !ok {
		return nil
	}
	before := w.State()
	if err := w.Step.Run(flow.WithReading(ctx), quiet); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	if err := u.Undo(flow.WithReading(ctx), quiet); err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	if after := w.State(); after != before {
		return fmt.Errorf("left behind\n%s\ninstead of\n%s", after, before)
	}
	return nil
}

func conflictStands(ctx context.Context, w World) error {
	if w.Spoil == nil {
		return nil
	}
	w.Spoil()
	f := observe(ctx, w.Step)
	if f.Status == flow.Todo || f.Status == flow.Done {
		return fmt.Errorf("found %s in a world that contradicts it: %s", f.Status, f.Text)
	}
	if f.Problem == nil || len(f.Problem.Next) == 0 || len(f.Problem.Now) == 0 {
		return fmt.Errorf("no way out of %q", f.Text)
	}
	before := w.State()
	_ = w.Step.Run(flow.WithReading(ctx), quiet) // may refuse; must not act
	if w.State() != before {
		return errors.New("it was overwritten")
	}
	return nil
}

func cancelledIsUnknown(ctx context.Context, w World) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if f := observe(ctx, w.Step); f.Status != flow.Unknown {
		return fmt.Errorf("found %s: %s", f.Status, f.Text)
	}
	return nil
}
