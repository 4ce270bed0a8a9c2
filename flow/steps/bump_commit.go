package steps

import (
	"context"
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/gitops"
)

// CommitBump: the commit that is checked out has the version. Where it is only
// written, that is committed on the default branch, and nothing else is.
type CommitBump struct {
	world World
	bump  Bump
	made  *gitops.OwnCommit
}

// NewCommitBump makes the step.
func NewCommitBump(w World, b Bump) *CommitBump { return &CommitBump{world: w, bump: b} }

// Observe compares the commit and the work tree with what is wanted.
func (s *CommitBump) Observe(ctx context.Context) flow.Finding {
	f, _ := s.judge(ctx)
	return f
}

// judge gives besides the files that may be committed now.
func (s *CommitBump) judge(ctx context.Context) (flow.Finding, []string) {
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
	if err := s.world.Repo.MayCommitHere(); err != nil {
		return failed(s.refused(err)), nil
	}
	files, err := s.world.written(s.bump, d)
	switch {
	case err != nil && errors.As(err, new(*flow.Problem)):
		return todo(afterThis+"%s is written", s.bump.Version), nil
	case err != nil:
		return unknown(deskProblem(err)), nil
	case len(files) == 0 && len(d.changes) > 0:
		return failed(dirty(d.changes)), nil
	case len(files) == 0:
		return todo(afterThis+"%s is written", s.bump.Version), nil
	}
	return todo("commit %s on %s: %q", count(len(files), "file"), s.bump.Default, s.bump.Message()), files
}

// Run commits, if that is still to be done.
func (s *CommitBump) Run(ctx context.Context, log flow.Log) error {
	f, files := s.judge(ctx)
	if len(files) == 0 {
		return fmt.Errorf("commit: %s", f.Text)
	}
	made, err := s.world.Repo.CommitHere(ctx, files, s.bump.Message())
	if err != nil {
		if ctx.Err() != nil && !errors.As(err, new(*gitops.HalfDoneError)) {
			return err
		}
		return s.refused(err)
	}
	s.made = &made
	log(fmt.Sprintf("%s on %s", short(made.SHA), made.Branch))
	return nil
}

// Undo takes the commit back; the files stay as they are written.
func (s *CommitBump) Undo(ctx context.Context, log flow.Log) error {
	if s.made == nil {
		return elsewhere("the commit of "+s.bump.Version, "git log -1", "git reset --soft HEAD~1")
	}
	if err := s.world.Repo.Uncommit(ctx, *s.made); err != nil {
		p := s.refused(err)
		p.Text, p.Now = fmt.Sprintf("The commit %s is not taken back: %v", short(s.made.SHA), err), []string{"it is where it was"}
		return p
	}
	log(short(s.made.SHA) + " is gone; the files are there, not committed")
	s.made = nil
	return nil
}

// refused says why there is no commit.
func (s *CommitBump) refused(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeBumpCommit, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err, Text: fmt.Sprintf("The version cannot be committed: %v", err),
		Now: []string{"nothing was committed, and nothing was pushed"}, Next: []string{"git status", "git diff HEAD"}}
	var hook *gitops.HookError
	var git *gitops.CommitError
	var half *gitops.HalfDoneError
	switch {
	case errors.As(err, &half):
		p.Text, p.Now = fmt.Sprintf("The commit was given up too late: %v", half.Err), []string{fmt.Sprintf("%s may have it: %v", half.Branch, half.Back), "nothing was pushed"}
		p.Next = []string{"git log -1", "git status"}
	case errors.As(err, &hook):
		p.Text, p.Lines = fmt.Sprintf("A hook of the repository stands against the commit: %v", hook), lastLines(hook.Text)
	case errors.As(err, &git):
		p.Text, p.Lines = fmt.Sprintf("Git did not %s: %s", git.Command, opening(git.Text)), lastLines(git.Text)
		p.Next = append(ways(git.Text), p.Next...)
	case errors.Is(err, gitops.ErrNoGit):
		p.Text, p.Next = "Only the git program commits, for its hooks and its signing are yours, and it is not installed", []string{"ferry release"}
	}
	return p
}

// Command is what a person would type.
func (s *CommitBump) Command() []string {
	return []string{"git", "commit", "--all", "-m", s.bump.Message()}
}
