package steps

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/aymanbagabas/go-udiff"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// SaveRecipe: the server has a configuration that starts the release.
type SaveRecipe struct {
	Yard   Yard
	Recipe ci.Recipe
	After  []flow.Step // must be done first

	mu    sync.Mutex
	shown *ci.Draft // what the last look showed
	saved *saved    // what our own attempt did
}

// saved is a draft that was written, and the same place as it was read afterwards.
type saved struct{ old, now ci.Draft }

// NewSaveRecipe makes the step.
func NewSaveRecipe(y Yard, s Setup) *SaveRecipe { return &SaveRecipe{Yard: y, Recipe: RecipeFor(s)} }

// Observe compares the server's document with what it is to be.
func (s *SaveRecipe) Observe(ctx context.Context) flow.Finding {
	if f, ok := awaited(ctx, s.After); !ok {
		return f
	}
	d, err := s.Yard.draft(ctx, s.Recipe)
	if err != nil {
		return serverFinding(err)
	}
	f := done("the configuration %s starts the release", d.Path)
	switch {
	case d.ID == "":
		f = todo("make the configuration %s", d.Path)
	case d.Changes():
		f = todo("change the configuration %s", d.Path)
	}
	f.Proof = []flow.Proof{{What: "configuration " + d.Path, Where: d.Page}}
	f.Warning, f.Facts = serverNotes(d)
	if f.Status == flow.Todo {
		f.Diff = recipeDiff(d)
		s.remember(&d)
	}
	return f
}

// recipeDiff shows a draft, without what its documents keep secret.
func recipeDiff(d ci.Draft) *flow.Diff {
	name := d.Path + ".xml"
	old := "a/" + name
	if d.ID == "" {
		old = "/dev/null"
	}
	return &flow.Diff{Path: name, Text: rules.WithoutSecrets(udiff.Unified(old, "b/"+name, d.Was, d.Will))}
}

func (s *SaveRecipe) remember(d *ci.Draft) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = d
}

// draft is what was shown last; what is there now, where nothing was.
func (s *SaveRecipe) draft(ctx context.Context) (ci.Draft, error) {
	s.mu.Lock()
	shown := s.shown
	s.mu.Unlock()
	if shown != nil {
		return *shown, nil
	}
	return s.Yard.draft(ctx, s.Recipe)
}

// Run writes the draft that was shown, unless the server has something else by now.
func (s *SaveRecipe) Run(ctx context.Context, log flow.Log) error {
	if f, ok := awaited(ctx, s.After); !ok {
		return fmt.Errorf("the configuration: %s", f.Text)
	}
	d, err := s.draft(ctx)
	if err != nil {
		return serverProblem(err)
	}
	s.remember(nil)
	if !d.Changes() {
		return nil
	}
	id, err := s.Yard.Server.Save(ctx, d)
	if err != nil {
		return serverProblem(err)
	}
	log("the server keeps it as configuration " + id)
	if now, err := s.Yard.Server.Draft(ctx, s.Recipe); err == nil && now.ID == id && !now.Changes() {
		s.mu.Lock()
		s.saved = &saved{old: d, now: now}
		s.mu.Unlock()
	}
	return nil
}

// Undo gives the server back what it had, if it still has what we saved.
func (s *SaveRecipe) Undo(ctx context.Context, _ flow.Log) error {
	s.mu.Lock()
	did := s.saved
	s.mu.Unlock()
	now, err := s.Yard.Server.Draft(ctx, s.Recipe)
	switch {
	case err != nil:
		return serverProblem(err)
	case did == nil:
		return notOurs(now, "this run did not save it, and what was there before is not known")
	case !bytes.Equal(now.Before, did.now.Before):
		return notOurs(now, "it was changed since")
	}
	if did.old.ID == "" {
		err = s.Yard.Server.Remove(ctx, now)
	} else {
		now.XML = did.old.Before
		_, err = s.Yard.Server.Save(ctx, now)
	}
	if err != nil {
		return serverProblem(err)
	}
	s.mu.Lock()
	s.saved = nil
	s.mu.Unlock()
	return nil
}

// notOurs: an effect that this run did not have, or no longer has alone.
func notOurs(d ci.Draft, why string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeServerUndo, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The configuration %s cannot be taken back: %s", d.Path, why),
		Now:  []string{"the server changed nothing", "a person can change or delete it on its page, " + d.Page},
		Next: []string{"ferry onboard"}}
}
