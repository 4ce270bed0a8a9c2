package gitops

import (
	"context"
	"errors"
)

// ErrDetached says that no branch is checked out.
var ErrDetached = errors.New("no branch is checked out")

// MayCommitHere says whether CommitHere could begin: ErrNoGit, ErrNoCommit,
// ErrDetached or a *BusyError if not. It changes nothing.
func (r *Repo) MayCommitHere() error {
	head, err := r.mayCommit()
	if err == nil && head.Branch == "" {
		return ErrDetached
	}
	return err
}

// mayCommit gives what is checked out, if git may commit at all.
func (r *Repo) mayCommit() (Head, error) {
	if _, err := lookGit(); err != nil {
		return Head{}, err
	}
	if what := r.busy(); what != "" {
		return Head{}, &BusyError{what}
	}
	return r.Head()
}

// CommitHere commits, on the branch that is checked out, the files that paths name
// from the top of the work tree, as they are there. It is as careful as CommitOn:
// nothing else gets into the commit, hooks, filters and signing are the person's own,
// and after an error everything is as it was, unless it is a *HalfDoneError. Errors
// are those of MayCommitHere, *HookError and *CommitError.
func (r *Repo) CommitHere(ctx context.Context, paths []string, message string) (OwnCommit, error) {
	if err := errors.Join(r.plainFiles(paths), r.MayCommitHere()); err != nil {
		return OwnCommit{}, err
	}
	from, err := r.Head()
	if err != nil {
		return OwnCommit{}, err
	}
	part, err := r.indexOf(ctx, paths)
	if err != nil {
		return OwnCommit{}, err
	}
	made := OwnCommit{Branch: from.Branch, from: from, index: part}
	if err := r.commitPaths(ctx, &made, paths, message); err != nil {
		return OwnCommit{}, r.takeBack(ctx, made, err)
	}
	return made, nil
}

// here says whether the commit was made on the branch that was checked out.
func (c OwnCommit) here() bool { return c.Branch == c.from.Branch }

// stepBack puts the branch where it was, if it still is at the commit, and the index.
// What stands there instead may be another's: it is left.
func (r *Repo) stepBack(ctx context.Context, c OwnCommit, at string) error {
	if at != c.from.SHA {
		if at != c.SHA {
			return &MovedError{"refs/heads/" + c.Branch, c.from.SHA, at}
		}
		if _, err := run(ctx, r.root, "update-ref", "-m", "ferry: back", "refs/heads/"+c.Branch, c.from.SHA, at); err != nil {
			return err
		}
	}
	return r.putIndex(ctx, c.index)
}
