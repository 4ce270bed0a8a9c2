package pypi

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// CompareSource holds an sdist against the tree it was built from. What build
// tools make themselves, by what they and the tree's own settings are known for,
// is Generated; what nothing in the tree can vouch for (files of submodules,
// files that a hook of the build makes) is Unchecked. OnlyA and Differ are the
// rest. OnlyB are files that the sdist leaves out, which is nothing unusual.
func CompareSource(ctx context.Context, sdist *Artifact, src fs.FS) (ArchiveDiff, error) {
	c, err := newSourceCheck(sdist, src)
	if err != nil {
		return ArchiveDiff{}, err
	}
	at, seen := sdist.within(), map[string]bool{}
	err = sdist.Walk(ctx, func(m Member, r io.Reader) error {
		if m.Folder {
			return nil
		}
		file := at(m)
		seen[file] = true
		return c.member(file, m, r)
	})
	if err == nil {
		err = c.leftOut(ctx, seen)
	}
	return c.result(), err
}

// sourceCheck compares files with those of a tree.
type sourceCheck struct {
	artifact *Artifact
	tree     tree
	made     maker
	diff     ArchiveDiff
}

func newSourceCheck(a *Artifact, src fs.FS) (*sourceCheck, error) {
	c := &sourceCheck{artifact: a, tree: tree{src}}
	var err error
	c.made, err = newMaker(a, c.tree)
	return c, err
}

func (c *sourceCheck) result() ArchiveDiff {
	d := c.diff
	for _, list := range [][]string{d.Differ, d.OnlyA, d.OnlyB, d.Generated, d.Unchecked} {
		slices.Sort(list)
	}
	slices.SortFunc(d.Derived, func(a, b Derived) int { return strings.Compare(a.File, b.File) })
	d.SameContents = d.Clean() && len(d.OnlyB) == 0 && len(d.Generated) == 0 && len(d.Unchecked) == 0 && len(d.Derived) == 0
	return d
}

// member judges one file of the sdist.
func (c *sourceCheck) member(file string, m Member, r io.Reader) error {
	if m.Link != "" {
		return c.link(file, m.Link)
	}
	own, err := readContents(r, maxSource)
	if err != nil {
		return c.artifact.spoilt()
	}
	theirs, there, err := c.inTree(c.made.from(file))
	source, err2 := c.derived(file, own)
	switch {
	case err != nil || err2 != nil:
		return errors.Join(err, err2)
	case !there && c.made.makes(file, own):
		c.diff.Generated = append(c.diff.Generated, file)
	case !there && (c.made.byHook(file) || c.submodule(file)):
		c.diff.Unchecked = append(c.diff.Unchecked, file)
	case !there && source != "":
		c.diff.Derived = append(c.diff.Derived, Derived{file, source})
	case !there:
		c.diff.OnlyA = append(c.diff.OnlyA, file)
	case c.same(file, own, theirs):
	case c.made.rewrites(file, own, theirs):
		c.diff.Generated = append(c.diff.Generated, file)
	default:
		c.diff.Differ = append(c.diff.Differ, file)
	}
	return nil
}

// inTree reads a file of the tree; what is a folder there is no such file.
func (c *sourceCheck) inTree(file string) (contents, bool, error) {
	if !fs.ValidPath(file) {
		return contents{}, false, nil
	}
	f, err := c.tree.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return contents{}, false, nil
	}
	if err != nil {
		return contents{}, false, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return contents{}, false, err
	}
	got, err := readContents(f, maxSource)
	return got, err == nil, err
}

// same: the bytes are equal, or become so by what git does at a checkout.
func (c *sourceCheck) same(file string, own, theirs contents) bool {
	if own.sha256 == theirs.sha256 || largeFile(theirs) == own.sha256 {
		return true
	}
	a, textA := own.text()
	b, textB := theirs.text()
	return textA && textB && unixLines(a) == unixLines(b) && c.tree.convertsLines(file)
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// largeFile is the hash that a pointer of git-lfs stands for, "" for other files.
func largeFile(c contents) string {
	text, ok := c.text()
	if !ok || len(text) > 1024 || !strings.HasPrefix(text, "version https://git-lfs.github.com/spec/v1\n") {
		return ""
	}
	for line := range strings.Lines(text) {
		if sum, ok := strings.CutPrefix(strings.TrimSpace(line), "oid sha256:"); ok && hexSHA256.MatchString(sum) {
			return sum
		}
	}
	return ""
}

// link wants a link of the sdist to lead to what the tree has in its place.
func (c *sourceCheck) link(file, to string) error {
	here, there, err := c.inTree(file)
	if err != nil {
		return err
	}
	target, leads, err := c.inTree(path.Join(path.Dir(file), to))
	switch {
	case err != nil:
		return err
	case !there:
		c.diff.OnlyA = append(c.diff.OnlyA, file)
	case !leads || here.sha256 != target.sha256:
		c.diff.Differ = append(c.diff.Differ, file)
	}
	return nil
}

// submodule: git keeps no empty folders, so one that is empty in the tree is a
// submodule, whose files are in another repository.
func (c *sourceCheck) submodule(file string) bool {
	for dir := path.Dir(file); dir != "." && !strings.HasPrefix(dir, ".."); dir = path.Dir(dir) {
		if entries, err := fs.ReadDir(c.tree, dir); err == nil {
			return len(entries) == 0
		}
	}
	return false
}

// leftOut lists what only the tree has.
func (c *sourceCheck) leftOut(ctx context.Context, seen map[string]bool) error {
	count := 0
	return fs.WalkDir(c.tree, ".", func(file string, d fs.DirEntry, err error) error {
		if count++; err != nil || count > maxMembers || ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		if !d.IsDir() && !seen[file] {
			c.diff.OnlyB = append(c.diff.OnlyB, file)
		}
		return nil
	})
}
