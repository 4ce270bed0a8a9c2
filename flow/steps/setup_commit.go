package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/gitops"
)

// CommitSetup: the files of the setup are in the commit that is checked out. Where
// they are not, they get there on a branch of their own, and nothing else does.
type CommitSetup struct {
	yard  Yard
	setup Setup
	After []flow.Step // what writes the files

	made *gitops.OwnCommit // what Run did
}

// NewCommitSetup makes the step.
func NewCommitSetup(y Yard, s Setup, after ...flow.Step) *CommitSetup {
	return &CommitSetup{yard: y, setup: s, After: after}
}

// Observe compares the files with the commit.
func (s *CommitSetup) Observe(ctx context.Context) flow.Finding {
	f, _ := s.judge(ctx)
	return f
}

// judge says besides whether the files may be committed now. What would keep them
// from it is said also while they are not written.
func (s *CommitSetup) judge(ctx context.Context) (f flow.Finding, now bool) {
	head, left, err := s.yard.uncommitted(ctx, s.setup.Files())
	if err = errors.Join(ctx.Err(), err); err != nil {
		return unknown(unreadTree(err)), false
	}
	before, written := awaited(ctx, s.After)
	switch {
	case before.Status == flow.Unknown:
		return before, false
	case written && len(left) == 0:
		return done("%s: as in %s", strings.Join(s.setup.Files(), ", "), inHead(head)), false
	}
	if err := s.yard.Repo.MayCommitOn(s.setup.Branch); err != nil {
		return s.stopped(err), false
	}
	if !written {
		return before, false
	}
	if p := s.yard.beyond(left); p != nil {
		return failed(p), false
	}
	subject, _, _ := strings.Cut(s.setup.Message(), "\n")
	return todo("commit %s on the branch %s: %q", strings.Join(left, ", "), s.setup.Branch, subject), true
}

// inHead names a commit and where it is.
func inHead(h gitops.Head) string {
	if h.Branch == "" {
		return short(h.SHA)
	}
	return short(h.SHA) + " on " + h.Branch
}

// there says whether something of that name is in the work tree.
func (y Yard) there(file string) bool {
	_, err := os.Lstat(filepath.Join(y.Repo.Root(), filepath.FromSlash(file)))
	return err == nil
}

// uncommitted gives those of the files that are there, and not in the commit as they are.
// Without any commit those are all.
func (y Yard) uncommitted(ctx context.Context, files []string) (gitops.Head, []string, error) {
	head, err := y.Repo.Head()
	if errors.Is(err, gitops.ErrNoCommit) {
		return head, files, nil
	}
	if err != nil {
		return head, nil, err
	}
	tree, err := y.Repo.Tree(head.SHA)
	if err != nil {
		return head, nil, err
	}
	changed, err := y.Repo.Status(ctx)
	var left []string
	for _, f := range files {
		_, in := fs.Stat(tree, f)
		if in != nil && !y.there(f) {
			continue // another file does what this one was for
		}
		if in != nil || slices.ContainsFunc(changed, func(c gitops.Change) bool { return c.Path == f }) {
			left = append(left, f)
		}
	}
	return head, left, err
}

// beyond: a file that git will not take. One that is neither in a commit nor new to
// git is one that git was told to pass over.
func (y Yard) beyond(files []string) *flow.Problem {
	for _, f := range files {
		_, err := os.Lstat(filepath.Join(y.Repo.Root(), filepath.FromSlash(f)))
		if !fs.ValidPath(f) || err != nil {
			return &flow.Problem{Code: flow.CodeCommitRefused, Class: flow.ClassFailed, Retry: flow.RetrySafe,
				Text: fmt.Sprintf("%s is not in the work tree, and so cannot be committed", f), Now: nothingCommitted(), Next: []string{"git status"}, Err: err}
		}
	}
	return nil
}

// Run commits, if that is still to be done.
func (s *CommitSetup) Run(ctx context.Context, log flow.Log) error {
	f, now := s.judge(ctx)
	if !now {
		return fmt.Errorf("commit: %s", f.Text)
	}
	_, left, err := s.yard.uncommitted(ctx, s.setup.Files())
	if err != nil {
		return unreadTree(err)
	}
	made, err := s.yard.Repo.CommitOn(ctx, s.setup.Branch, left, s.setup.Message())
	if err != nil {
		return s.refused(ctx, err)
	}
	s.made = &made
	log(fmt.Sprintf("%s on %s", short(made.SHA), made.Branch))
	return nil
}

// Undo goes back to where HEAD was. The files stay, uncommitted again.
func (s *CommitSetup) Undo(ctx context.Context, log flow.Log) error {
	if s.made == nil {
		return elsewhere("the commit on "+s.setup.Branch, s.byHand()...)
	}
	if err := s.yard.Repo.Uncommit(ctx, *s.made); err != nil {
		return s.stays(err)
	}
	log(fmt.Sprintf("%s is gone, and the branch %s with it; the files are there, not committed", short(s.made.SHA), s.made.Branch))
	s.made = nil
	return nil
}

// byHand takes such a commit back, and keeps the files.
func (s *CommitSetup) byHand() []string {
	return []string{"git reset --soft HEAD~1", flow.Shell([]string{"git", "switch", s.setup.Default}), flow.Shell([]string{"git", "branch", "-D", s.setup.Branch})}
}

// Command is what a person would type.
func (s *CommitSetup) Command() []string {
	commit := []string{"git", "commit"}
	for part := range strings.SplitSeq(s.setup.Message(), "\n\n") {
		commit = append(commit, "-m", part)
	}
	files := append([]string{"--"}, s.setup.Files()...)
	line := []string{
		flow.Shell([]string{"git", "switch", "--no-track", "-c", s.setup.Branch}),
		flow.Shell(append([]string{"git", "add"}, files...)),
		flow.Shell(append(commit, files...)),
	}
	return []string{"sh", "-c", strings.Join(line, " && ")}
}
