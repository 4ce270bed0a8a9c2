package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"ferry/flow"
)

// BumpVersion: the files state the version that is to be released, in the commit or
// written and nothing else beside. The changelog's heading goes with it.
type BumpVersion struct {
	world World
	bump  Bump

	mu    sync.Mutex
	shown []change // by the last look
	made  []change // by Run
}

// NewBumpVersion makes the step.
func NewBumpVersion(w World, b Bump) *BumpVersion { return &BumpVersion{world: w, bump: b} }

// Observe compares the commit and the work tree with what is wanted.
func (s *BumpVersion) Observe(ctx context.Context) flow.Finding {
	f, all := s.judge(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = all
	return f
}

// judge gives besides what is to be written, if anything is.
func (s *BumpVersion) judge(ctx context.Context) (flow.Finding, []change) {
	d, err := s.world.desk(ctx, s.bump)
	if err != nil {
		return unknown(deskProblem(err)), nil
	}
	if d.bumped(s.bump) {
		return done("%s has %s", inHead(d.head), s.bump.Version), nil
	}
	if p := s.world.misplaced(s.bump, d); p != nil {
		return conflict(p), nil
	}
	if files, err := s.world.written(s.bump, d); err != nil {
		return s.unable(err), nil
	} else if len(files) > 0 {
		return done("%s is written into %s", s.bump.Version, strings.Join(files, ", ")), nil
	}
	if len(d.changes) > 0 {
		return failed(dirty(d.changes)), nil
	}
	return s.plan()
}

// plan says what would be written into the work tree, which is as committed.
func (s *BumpVersion) plan() (flow.Finding, []change) {
	root, err := os.OpenRoot(s.world.Repo.Root())
	if err != nil {
		return unknown(deskProblem(err)), nil
	}
	defer func() { _ = root.Close() }()
	all, said, err := s.bump.edits(root.FS(), s.bump.Date)
	if err != nil {
		return s.unable(err), nil
	}
	f := todo("%s becomes %s in %s", s.bump.From, s.bump.Version, strings.Join(filesOf(all), ", "))
	if said != "" {
		f.Text += "; " + said
	}
	f.Diff = diffOf(all)
	return f, all
}

func (s *BumpVersion) unable(err error) flow.Finding {
	var p *flow.Problem
	if errors.As(err, &p) {
		return failed(p)
	}
	return unknown(deskProblem(err))
}

// misplaced: the branch that is checked out is not the one that would be pushed.
func (w World) misplaced(b Bump, d desk) *flow.Problem {
	if d.head.Branch == b.Default {
		return nil
	}
	on := "no branch is checked out"
	if d.head.Branch != "" {
		on = d.head.Branch + " is checked out"
	}
	return &flow.Problem{Code: flow.CodeBumpBranch, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("A version is raised on the default branch %s, and %s", b.Default, on), Now: nothingEdited(),
		Next: []string{flow.Shell([]string{"git", "switch", b.Default}), "ferry release"}}
}

// Run writes what the last look showed, or nothing.
func (s *BumpVersion) Run(ctx context.Context, log flow.Log) error {
	s.mu.Lock()
	shown := s.shown
	s.mu.Unlock()
	f, all := s.judge(ctx)
	switch {
	case all == nil && f.Problem != nil:
		return f.Problem
	case all == nil:
		return fmt.Errorf("nothing is written: %s", f.Text)
	case shown != nil && !sameChanges(shown, all):
		return all[0].unwritten("written", errMoved)
	}
	for i := range all {
		if err := all[i].write(s.world.Repo.Root()); err != nil {
			return errors.Join(all[i].unwritten("written", err), s.takeBack(all[:i]))
		}
		log(all[i].file + " is written")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = all
	return nil
}

func (s *BumpVersion) takeBack(all []change) error {
	for i := range all {
		if err := all[i].revert(s.world.Repo.Root()); err != nil {
			return all[i].unwritten("taken back", err)
		}
	}
	return nil
}

// Undo puts the files back, if they still are what Run made of them.
func (s *BumpVersion) Undo(_ context.Context, log flow.Log) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		return elsewhere("the version "+s.bump.Version+" in the files", "git diff", "git restore .")
	}
	if err := s.takeBack(s.made); err != nil {
		return err
	}
	log("the files are as they were")
	s.made = nil
	return nil
}
