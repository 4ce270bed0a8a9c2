package steps

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/gitops"
	"ferry/pypi"
)

// edits are the changes that a bump makes of a tree, the version's file first. said is
// what of the changelog was left alone.
func (b Bump) edits(tree fs.FS, date string) (all []change, said string, err error) {
	if tree, err = packageTree(tree, b.Dir); err != nil {
		return nil, "", err
	}
	v, err := pypi.ParseVersion(b.Version)
	if err != nil {
		return nil, "", err
	}
	r, err := pypi.Restate(tree, v)
	if err != nil {
		return nil, "", uneditable(err)
	}
	all = []change{{file: path.Join(b.Dir, r.File), old: r.Old, now: r.New}}
	file := changelogOf(tree)
	if file == "" {
		return all, "there is no changelog", nil
	}
	old, err := fs.ReadFile(tree, file)
	if err != nil {
		return nil, "", err
	}
	now, said, ok := rollNotes(string(old), b.Version, date)
	if !ok {
		return all, file + " has no heading of what is not released, and is left as it is", nil
	}
	return append(all, change{file: path.Join(b.Dir, file), old: old, now: []byte(now)}), said, nil
}

// changelogOf is the name of a tree's changelog, "" without one.
func changelogOf(tree fs.FS) string {
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return ""
	}
	name, best := "", len(changelogs)
	for _, e := range entries {
		if rank := changelogRank(e.Name()); e.Type().IsRegular() && rank >= 0 && rank < best {
			name, best = e.Name(), rank
		}
	}
	return name
}

// desk is the checkout as a bump finds it.
type desk struct {
	head    gitops.Head
	version pypi.Version // of the commit that is checked out
	changes []gitops.Change
}

func (w World) desk(ctx context.Context, b Bump) (d desk, err error) {
	if err = ctx.Err(); err != nil {
		return d, err
	}
	if d.head, err = w.Repo.Head(); err != nil {
		return d, err
	}
	if d.version, err = w.versionAt(d.head.SHA, b.Dir); err != nil {
		return d, err
	}
	d.changes, err = flow.Read(ctx, readingOf{"status", w.Repo.Root()}, w.Repo.Status)
	return d, err
}

// bumped says whether the commit has the version.
func (d desk) bumped(b Bump) bool { return d.version.String() == b.Version }

// written says whether what differs from the commit is the bump and nothing else, on
// whatever day it was written.
func (w World) written(b Bump, d desk) ([]string, error) {
	if len(d.changes) == 0 {
		return nil, nil
	}
	tree, err := w.Repo.Tree(d.head.SHA)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(w.Repo.Root())
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	for _, date := range b.days(root) {
		all, _, err := b.edits(tree, date)
		if err != nil {
			return nil, err
		}
		if files := filesOf(all); isThere(root, all) && onlyThose(d.changes, files) {
			return files, nil
		}
	}
	return nil, nil
}

// days are those on which the changelog may have been rolled.
func (b Bump) days(root *os.Root) []string {
	days := []string{b.Date}
	tree, err := packageTree(root.FS(), b.Dir)
	if err != nil {
		return days
	}
	text, err := fs.ReadFile(tree, cmpText(changelogOf(tree), "CHANGELOG"))
	if err != nil {
		return days
	}
	found := isoDate.FindAllString(string(text), 3)
	return slices.Compact(append(days, found...))
}

func cmpText(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func filesOf(all []change) (files []string) {
	for _, c := range all {
		files = append(files, c.file)
	}
	return files
}

// isThere says whether every file is as the change has it, but for line ends, which git
// may convert.
func isThere(root *os.Root, all []change) bool {
	return !slices.ContainsFunc(all, func(c change) bool {
		text, err := root.ReadFile(c.file)
		return err != nil || !bytes.Equal(unixEnds(text), unixEnds(c.now))
	})
}

func unixEnds(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// onlyThose says whether exactly these files differ.
func onlyThose(changes []gitops.Change, files []string) bool {
	return len(changes) == len(files) && !slices.ContainsFunc(changes, func(c gitops.Change) bool { return !slices.Contains(files, c.Path) })
}

// diffOf shows several changes as one.
func diffOf(all []change) *flow.Diff {
	var text strings.Builder
	for _, c := range all {
		text.WriteString(c.diff().Text)
	}
	return &flow.Diff{Path: strings.Join(filesOf(all), ", "), Text: text.String()}
}

func sameChanges(a, b []change) bool {
	return slices.EqualFunc(a, b, func(x, y change) bool {
		return x.file == y.file && bytes.Equal(x.old, y.old) && bytes.Equal(x.now, y.now)
	})
}

// deskProblem: the checkout cannot be read.
func deskProblem(err error) *flow.Problem {
	p := unreadTree(err)
	p.Text, p.Now = fmt.Sprintf("The checkout cannot be read: %v", err), nothingEdited()
	return p
}
