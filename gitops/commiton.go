package gitops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// OwnCommit is a commit that CommitOn or CommitHere made, with what Uncommit needs to
// take it back. It lives no longer than the process that made it.
type OwnCommit struct {
	SHA, Branch string // Branch is short
	from        Head
	index       indexPart
}

// MayCommitOn says whether CommitOn could begin: ErrNoGit, ErrNoCommit, a
// *BusyError or an *ExistsError if not. It changes nothing.
func (r *Repo) MayCommitOn(branch string) error {
	ref := "refs/heads/" + branch
	if err := ValidRef(ref); err != nil || strings.HasPrefix(branch, "-") {
		return errors.Join(fmt.Errorf("%q is no name of a branch", branch), err)
	}
	if _, err := r.mayCommit(); err != nil {
		return err
	}
	switch at, err := r.follow(plumbing.ReferenceName(ref)); {
	case err == nil:
		return &ExistsError{ref, at}
	case !errors.Is(err, plumbing.ErrReferenceNotFound):
		return err
	}
	return nil
}

// CommitOn makes a branch at HEAD, switches to it and commits the files that paths
// name, from the top of the work tree, as they are there. Nothing else gets into
// the commit, and whatever else is staged or changed stays so. Git itself does it, so
// that the person's hooks, filters and signing are what they always are. After an
// error everything is as it was, unless it is a *HalfDoneError: errors are those of
// MayCommitOn, *HookError and *CommitError.
func (r *Repo) CommitOn(ctx context.Context, branch string, paths []string, message string) (OwnCommit, error) {
	if err := errors.Join(r.plainFiles(paths), r.MayCommitOn(branch)); err != nil {
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
	made := OwnCommit{Branch: branch, from: from, index: part}
	if err := r.commitOn(ctx, &made, paths, message); err != nil {
		return OwnCommit{}, r.takeBack(ctx, made, err)
	}
	return made, nil
}

func (r *Repo) commitOn(ctx context.Context, made *OwnCommit, paths []string, message string) error {
	if err := r.write(ctx, []string{"post-checkout"}, "switch", "--quiet", "--no-track", "-c", made.Branch); err != nil {
		return err
	}
	return r.commitPaths(ctx, made, paths, message)
}

// commitPaths commits the files on the branch that is checked out.
func (r *Repo) commitPaths(ctx context.Context, made *OwnCommit, paths []string, message string) error {
	if err := r.write(ctx, nil, append([]string{"add", "--"}, paths...)...); err != nil {
		return err
	}
	switch same, err := r.asInHead(ctx, paths); {
	case err != nil:
		return err
	case same:
		return &CommitError{Command: "commit", Text: []string{"there is nothing to commit"}}
	}
	hooks := []string{"pre-commit", "prepare-commit-msg", "commit-msg"}
	if err := r.write(ctx, hooks, append([]string{"commit", "--quiet", "-m", message, "--"}, paths...)...); err != nil {
		return err
	}
	head, err := r.Head()
	if err == nil && (head.Branch != made.Branch || head.SHA == made.from.SHA) {
		err = fmt.Errorf("after the commit HEAD is %s on %q", head.SHA, head.Branch)
	}
	made.SHA = head.SHA
	return err
}

// asInHead says whether the index has nothing of the paths that HEAD has not.
func (r *Repo) asInHead(ctx context.Context, paths []string) (bool, error) {
	out, err := run(ctx, r.root, append([]string{"--literal-pathspecs", "diff-index", "--cached", "--name-only", "-z", "HEAD", "--"}, paths...)...)
	return err == nil && len(out) == 0, err
}

// plainFiles refuses what could name more than a file: without any path git would
// commit everything that is staged.
func (r *Repo) plainFiles(paths []string) error {
	if len(paths) == 0 {
		return errors.New("no file to commit is named")
	}
	for _, p := range paths {
		if !fs.ValidPath(p) || p == "." {
			return fmt.Errorf("%q is no path of a file from the top of the work tree", p)
		}
		info, err := os.Lstat(filepath.Join(r.root, filepath.FromSlash(p)))
		if err == nil && info.IsDir() {
			return fmt.Errorf("%q is a folder, not a file", p)
		}
	}
	return nil
}

// underWay are what git leaves in its folder while it is in the middle of something.
var underWay = []struct{ name, what string }{
	{"rebase-merge", "a rebase"}, {"rebase-apply", "a rebase or the applying of patches"}, {"MERGE_HEAD", "a merge"},
	{"CHERRY_PICK_HEAD", "a cherry-pick"}, {"REVERT_HEAD", "a revert"}, {"sequencer", "a series of cherry-picks or reverts"},
	{"BISECT_LOG", "a bisection"},
}

// busy says what git is in the middle of, "" if it is of nothing.
func (r *Repo) busy() string {
	i := slices.IndexFunc(underWay, func(u struct{ name, what string }) bool {
		_, err := os.Lstat(filepath.Join(r.gitDir, u.name))
		return err == nil
	})
	if i < 0 {
		return ""
	}
	return underWay[i].what
}
