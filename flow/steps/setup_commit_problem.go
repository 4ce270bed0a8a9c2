package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/gitops"
)

func nothingCommitted() []string {
	return []string{"nothing was committed; the files are in the work tree"}
}

// stopped says why no commit can be made as things are.
func (s *CommitSetup) stopped(err error) flow.Finding {
	p := &flow.Problem{Code: flow.CodeCommitRefused, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The files cannot be committed: %v", err), Now: nothingCommitted(), Next: []string{"git status", "ferry onboard --dry-run"}}
	var busy *gitops.BusyError
	var taken *gitops.ExistsError
	switch {
	case errors.As(err, &busy):
		p.Code = flow.CodeGitBusy
		p.Text = fmt.Sprintf("Git is in the middle of %s here: end that, or call it off, first", busy.What)
	case errors.As(err, &taken):
		p.Code, p.Class = flow.CodeCommitBranch, flow.ClassConflict
		p.Text = fmt.Sprintf("The branch %s is there already, at %s", s.setup.Branch, short(taken.SHA))
		p.Next = []string{flow.Shell([]string{"git", "log", "--oneline", s.setup.Default + ".." + s.setup.Branch}), flow.Shell([]string{"git", "switch", s.setup.Branch})}
	case errors.Is(err, gitops.ErrNoGit):
		p.Code, p.Text = flow.CodeCommitNoGit, "Only the git program commits, for its hooks and its signing are yours, and it is not installed"
		p.Next = []string{"ferry doctor"}
	case errors.Is(err, gitops.ErrNoCommit):
		p.Text, p.Next = "The repository has no commit yet, and so no branch to begin from", []string{"git add --all", "git commit"}
	}
	if p.Class == flow.ClassConflict {
		return conflict(p)
	}
	return failed(p)
}

// refused says what came of an attempt to commit.
func (s *CommitSetup) refused(ctx context.Context, err error) error {
	var hook *gitops.HookError
	var git *gitops.CommitError
	var half *gitops.HalfDoneError
	p := &flow.Problem{Code: flow.CodeCommitRefused, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Now: []string{"nothing was committed; HEAD, the branches and the index are as they were"}, Next: []string{"git status", flow.Shell(s.Command())}}
	switch {
	case errors.As(err, &half):
		p.Code, p.Text = flow.CodeCommitHalf, fmt.Sprintf("The commit on %s came to nothing: %v", s.setup.Branch, half.Err)
		p.Now = []string{fmt.Sprintf("the branch %s may be left, and may be checked out: %v", s.setup.Branch, half.Back)}
		p.Next = []string{"git status", flow.Shell([]string{"git", "branch", "-v"})}
	case ctx.Err() != nil:
		return err
	case errors.As(err, &hook):
		p.Text, p.Lines = fmt.Sprintf("A hook of the repository stands against the commit: %v", hook), lastLines(hook.Text)
	case errors.As(err, &git):
		p.Text, p.Lines = fmt.Sprintf("Git did not %s: %s", git.Command, strings.TrimSpace(opening(git.Text))), lastLines(git.Text)
		p.Next = append(ways(git.Text), p.Next...)
	default:
		return s.stopped(err).Problem
	}
	return p
}

func opening(lines []string) string {
	if len(lines) == 0 {
		return "it does not say why"
	}
	return lines[0]
}

// lastLines are the end of what a program said.
func lastLines(lines []string) []string { return lines[max(0, len(lines)-8):] }

// ways out of what git says in its own words, which we have set to English.
func ways(text []string) []string {
	said := strings.Join(text, "\n")
	switch {
	case strings.Contains(said, "tell me who you are"):
		return []string{"git config user.name NAME", "git config user.email ADDRESS"}
	case strings.Contains(said, "ignored by"):
		return []string{"git status --ignored"}
	}
	return nil
}

// stays: the commit was not taken back.
func (s *CommitSetup) stays(err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeCommitStays, Class: flow.ClassConflict, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The commit on %s is not taken back: %v", s.setup.Branch, err),
		Now:  []string{"what was done since is left alone"}, Next: append([]string{"git status"}, s.byHand()...)}
}
