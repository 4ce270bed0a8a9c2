package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Uncommit takes back what CommitOn or CommitHere made: HEAD is where it was, a branch
// of its own is gone, the index has of the files what it had, and the files stay as they are. It refuses
// with *MovedError where HEAD is no longer at that commit on that branch, or the
// former branch has moved; nothing was changed then.
func (r *Repo) Uncommit(ctx context.Context, c OwnCommit) error {
	if what := r.busy(); what != "" {
		return &BusyError{what}
	}
	head, err := r.Head()
	switch {
	case err != nil:
		return err
	case c.SHA == "":
		return errors.New("no commit to take back")
	case head.Branch != c.Branch || head.SHA != c.SHA:
		return &MovedError{"HEAD", c.SHA, head.SHA}
	}
	return r.restore(ctx, c, head.SHA)
}

// takeBack undoes as much of a commit as was done. Its own time is short and does
// not end with the caller's: half a thing is worse than a moment's wait.
func (r *Repo) takeBack(ctx context.Context, c OwnCommit, why error) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer done()
	head, err := r.Head()
	if err == nil && head.Branch == c.Branch {
		err = r.restore(ctx, c, head.SHA)
	}
	if err != nil {
		return &HalfDoneError{c.Branch, why, err}
	}
	return why
}

// restore puts HEAD, the index and the branch back. It speaks to git's plumbing, as
// git switch would run the person's hooks and touch files.
func (r *Repo) restore(ctx context.Context, c OwnCommit, at string) error {
	if c.here() {
		return r.stepBack(ctx, c, at)
	}
	if err := r.standsStill(c.from); err != nil {
		return err
	}
	back := []string{"symbolic-ref", "-m", "ferry: back to " + c.from.Branch, "HEAD", "refs/heads/" + c.from.Branch}
	if c.from.Branch == "" {
		back = []string{"update-ref", "-m", "ferry: back", "--no-deref", "HEAD", c.from.SHA}
	}
	if _, err := run(ctx, r.root, back...); err != nil {
		return err
	}
	if err := r.putIndex(ctx, c.index); err != nil {
		return err
	}
	_, err := run(ctx, r.root, "update-ref", "-d", "refs/heads/"+c.Branch, at)
	return err
}

// standsStill refuses to go back to a branch that is elsewhere by now.
func (r *Repo) standsStill(h Head) error {
	if h.Branch == "" {
		return nil
	}
	at, err := r.Resolve("refs/heads/" + h.Branch)
	if err != nil || at != h.SHA {
		return &MovedError{"refs/heads/" + h.Branch, h.SHA, at}
	}
	return nil
}

// indexPart is what the index had of some paths. Those in intended were only
// announced (git add -N).
type indexPart struct {
	paths    []string
	entries  []byte // as git update-index --index-info reads them
	intended []string
}

func (r *Repo) indexOf(ctx context.Context, paths []string) (indexPart, error) {
	p := indexPart{paths: paths}
	out, err := run(ctx, r.root, append([]string{"--literal-pathspecs", "ls-files", "-v", "--stage", "-z", "--"}, paths...)...)
	if err != nil {
		return p, err
	}
	changes, err := r.Status(ctx)
	if err != nil {
		return p, err
	}
	announced := map[string]bool{}
	for _, c := range changes {
		announced[c.Path] = c.Code == " A"
	}
	for rec := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		if len(rec) == 0 {
			continue
		}
		tag, entry, _ := strings.Cut(string(rec), " ")
		fields, path, _ := strings.Cut(entry, "\t")
		switch {
		case tag != "H" || !strings.HasSuffix(fields, " 0"):
			return p, &UnsupportedError{fmt.Sprintf("%s as the index has it: it is unmerged, outside of a sparse checkout, or git was told not to look at it", path)}
		case announced[path]:
			p.intended = append(p.intended, path)
		default:
			p.entries = append(append(p.entries, entry...), 0)
		}
	}
	return p, nil
}

// putIndex gives the index back what it had. An entry that is removed first loses
// every mark it has.
func (r *Repo) putIndex(ctx context.Context, p indexPart) error {
	var in bytes.Buffer
	for _, path := range p.paths {
		fmt.Fprintf(&in, "0 %s\t%s\x00", zeroSHA, path)
	}
	in.Write(p.entries)
	if err := r.feed(ctx, &in, "update-index", "-z", "--index-info"); err != nil || len(p.intended) == 0 {
		return err
	}
	_, err := run(ctx, r.root, append([]string{"--literal-pathspecs", "add", "-N", "--"}, p.intended...)...)
	return err
}
