package gitops

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"sort"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// cachedTree is the tree object that a folder of the index would become, as git
// noted it. Git takes the note away when anything below changes.
type cachedTree struct {
	count int
	hash  plumbing.Hash
}

// extensions reads what follows the entries. One whose name begins with a
// capital may be passed over; any other changes what the entries mean.
func (p *indexReader) extensions(idx *indexFile) error {
	for p.at+8 <= len(p.b) {
		name, size := p.text[p.at:p.at+4], int(binary.BigEndian.Uint32(p.b[p.at+4:]))
		p.at += 8
		if size > len(p.b)-p.at {
			return indexError("an extension is cut off")
		}
		switch {
		case name == "TREE":
			cachedTrees(p.text[p.at:p.at+size], idx.trees)
		case name == "link":
			return indexError("it is a split index (git update-index --no-split-index joins it)")
		case name[0] < 'A' || name[0] > 'Z':
			return indexError("it has the extension " + strconv.Quote(name))
		}
		p.at += size
	}
	return nil
}

// cachedTrees reads the notes, which stand in depth-first order. A folder with
// the count -1 has none. Text that makes no sense ends it: then trees are read.
func cachedTrees(text string, trees map[string]cachedTree) {
	type level struct {
		dir  string
		left int
	}
	var open []level
	for text != "" {
		name, rest, _ := strings.Cut(text, "\x00")
		line, rest, ok := strings.Cut(rest, "\n")
		var count, below int
		if _, err := fmt.Sscanf(line, "%d %d", &count, &below); !ok || err != nil {
			return
		}
		dir := ""
		if len(open) > 0 {
			open[len(open)-1].left--
			dir = open[len(open)-1].dir + name + "/"
		}
		if count >= 0 {
			if len(rest) < sumSize {
				return
			}
			t := cachedTree{count: count}
			copy(t.hash[:], rest)
			trees[dir], rest = t, rest[sumSize:]
		}
		open = append(open, level{dir, below})
		for len(open) > 0 && open[len(open)-1].left == 0 {
			open = open[:len(open)-1]
		}
		text = rest
	}
}

// children gives what lies directly in dir: a file with its stages, or a folder
// (with a slash behind it) with all below.
func children(dir string, listed []tracked) iter.Seq2[string, []tracked] {
	return func(yield func(string, []tracked) bool) {
		for len(listed) > 0 {
			name, n := listed[0].name, 1
			if i := strings.IndexByte(name[len(dir):], '/'); i >= 0 {
				name = name[:len(dir)+i+1]
				n = sort.Search(len(listed), func(i int) bool { return !strings.HasPrefix(listed[i].name, name) })
			}
			for n < len(listed) && listed[n].name == name {
				n++
			}
			if !yield(name, listed[:n]) {
				return
			}
			listed = listed[n:]
		}
	}
}

// headTree is the tree that is checked out, zero before the first commit.
func (r *Repo) headTree() (plumbing.Hash, error) {
	head, err := r.Head()
	if errors.Is(err, ErrNoCommit) {
		return plumbing.ZeroHash, nil
	}
	if err != nil {
		return plumbing.ZeroHash, err
	}
	c, err := r.commit(head.SHA)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return c.TreeHash, nil
}

// staged compares a folder of HEAD with the same folder of the index. Where the
// index notes the very tree of HEAD, nothing below differs.
func (s *scan) staged(ctx context.Context, tree plumbing.Hash, dir string, listed []tracked) error {
	if t, ok := s.index.trees[dir]; ok && t.hash == tree && t.count == len(listed) {
		return nil
	}
	was, err := s.treeEntries(ctx, tree)
	if err != nil {
		return err
	}
	for name, below := range children(dir, listed) {
		base := strings.TrimSuffix(name[len(dir):], "/")
		old, ok := was[base]
		if strings.HasSuffix(name, "/") {
			if !ok || old.Mode != filemode.Dir {
				old.Hash = plumbing.ZeroHash
			} else {
				delete(was, base)
			}
			err = s.staged(ctx, old.Hash, name, below)
		} else if s.stagedFile(below, old, ok && old.Mode != filemode.Dir) {
			delete(was, base)
		}
		if err != nil {
			return err
		}
	}
	return s.removed(ctx, dir, was)
}

// stagedFile says whether it has dealt with what HEAD has under that name.
func (s *scan) stagedFile(stages []tracked, old object.TreeEntry, ok bool) bool {
	e := &stages[0]
	switch {
	case e.stage != 0:
		s.unmerged(stages)
		return old.Mode != filemode.Dir
	case e.intended:
		return false // its content is not staged: for git HEAD's file is removed
	case !ok:
		s.mark(e.name, 0, 'A')
		return false
	case kind(old.Mode) != kind(e.mode):
		s.mark(e.name, 0, 'T')
	case old.Hash != e.hash || old.Mode != e.mode && old.Mode != filemode.Deprecated:
		s.mark(e.name, 0, 'M')
	}
	return true
}

// conflicts are git's letters for the stages that are there: base 1, ours 2, theirs 4.
var conflicts = [8]string{1: "DD", 2: "AU", 3: "UD", 4: "UA", 5: "DU", 6: "AA", 7: "UU"}

func (s *scan) unmerged(stages []tracked) {
	set := 0
	for i := range stages {
		set |= 1 << stages[i].stage >> 1
	}
	s.mark(stages[0].name, 0, conflicts[set][0])
	s.mark(stages[0].name, 1, conflicts[set][1])
}

// removed marks what only HEAD has.
func (s *scan) removed(ctx context.Context, dir string, was map[string]object.TreeEntry) error {
	for name, e := range was {
		if e.Mode != filemode.Dir {
			s.mark(dir+name, 0, 'D')
			continue
		}
		below, err := s.treeEntries(ctx, e.Hash)
		if err == nil {
			err = s.removed(ctx, dir+name+"/", below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) treeEntries(ctx context.Context, tree plumbing.Hash) (map[string]object.TreeEntry, error) {
	all := map[string]object.TreeEntry{}
	if err := ctx.Err(); err != nil || tree.IsZero() {
		return all, err
	}
	t, err := object.GetTree(s.repo.store, tree)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", tree, noObject(err))
	}
	for _, e := range t.Entries {
		all[e.Name] = e
	}
	return all, nil
}

// kind folds the modes that git calls the same type.
func kind(m filemode.FileMode) filemode.FileMode {
	if m == filemode.Executable || m == filemode.Deprecated {
		return filemode.Regular
	}
	return m
}
