package gittest

import (
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// selection collects objects with all that they need.
type selection struct {
	objects both
	seen    map[plumbing.Hash]bool
	theirs  map[plumbing.Hash]bool // what the client has
	stop    map[plumbing.Hash]bool // the client's history ends here
	list    []plumbing.Hash
	edge    []plumbing.Hash // where a shallow answer ends
}

// walk selects what is wanted and not there yet. The way to it is walked anew
// even where the client has a commit: it may lack what lies behind, having a
// shallow history.
func (s *selection) walk(f *fetchRequest) error {
	for _, have := range f.haves {
		h := plumbing.NewHash(have)
		if _, err := s.objects.get(h); err != nil {
			continue // theirs alone
		}
		if err := s.add(h, 0); err != nil {
			return err
		}
	}
	s.theirs, s.seen = s.seen, map[plumbing.Hash]bool{}
	s.list, s.edge, s.stop = nil, nil, nil
	if f.depth == 0 {
		for _, h := range f.shallow { // it stays as shallow as it is
			s.stop = put(s.stop, plumbing.NewHash(h))
		}
	}
	for _, want := range f.wants {
		if err := s.add(plumbing.NewHash(want), f.depth); err != nil {
			return err
		}
	}
	return nil
}

func put(set map[plumbing.Hash]bool, h plumbing.Hash) map[plumbing.Hash]bool {
	if set == nil {
		set = map[plumbing.Hash]bool{}
	}
	set[h] = true
	return set
}

type visit struct {
	hash  plumbing.Hash
	depth int // how many commits from here; 0: all
}

// add takes in h and all that it needs, the nearest first, so that a commit is
// met on its shortest path.
func (s *selection) add(h plumbing.Hash, depth int) error {
	queue := []visit{{h, depth}}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		if s.seen[v.hash] {
			continue
		}
		next, err := s.object(v)
		if err != nil {
			return err
		}
		queue = append(queue, next...)
	}
	return nil
}

// object takes one object in and gives what stands behind it.
func (s *selection) object(v visit) ([]visit, error) {
	o, err := s.objects.get(v.hash)
	if err != nil {
		return nil, err
	}
	s.seen[v.hash] = true
	if !s.theirs[v.hash] {
		s.list = append(s.list, v.hash)
	}
	switch o.Type() {
	case plumbing.TagObject:
		t := &object.Tag{}
		if err := t.Decode(o); err != nil {
			return nil, err
		}
		return []visit{{t.Target, v.depth}}, nil
	case plumbing.CommitObject:
		return s.commit(o, v)
	case plumbing.TreeObject:
		return s.tree(o)
	}
	return nil, nil
}

func (s *selection) commit(o plumbing.EncodedObject, v visit) ([]visit, error) {
	c := &object.Commit{}
	if err := c.Decode(o); err != nil {
		return nil, err
	}
	next := []visit{{c.TreeHash, 0}}
	if v.depth == 1 || s.stop[v.hash] {
		if len(c.ParentHashes) > 0 {
			s.edge = append(s.edge, v.hash)
		}
		return next, nil
	}
	for _, p := range c.ParentHashes {
		next = append(next, visit{p, max(v.depth-1, 0)})
	}
	return next, nil
}

func (s *selection) tree(o plumbing.EncodedObject) ([]visit, error) {
	t := &object.Tree{}
	if err := t.Decode(o); err != nil {
		return nil, err
	}
	var next []visit
	for _, e := range t.Entries {
		if e.Mode != filemode.Submodule {
			next = append(next, visit{e.Hash, 0})
		}
	}
	return next, nil
}
