package gitops

import (
	"context"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// difference collects the objects of a tip that a remote lacks. It walks new
// commits down to what the remote is known to have, and compares their trees
// with the trees there. Being wrong about the remote costs bytes, never truth.
type difference struct {
	ctx     context.Context
	objects overlay
	shallow map[plumbing.Hash]bool // history ends here on this side
	remote  map[plumbing.Hash]bool // tips the remote has

	chosen  map[plumbing.Hash]bool
	list    []plumbing.Hash
	commits []*object.Commit // to send, newest first
	base    []plumbing.Hash  // trees the remote has
}

func (d *difference) collect(tip plumbing.Hash) error {
	if err := d.history(tip); err != nil {
		return err
	}
	for i := len(d.commits) - 1; i >= 0; i-- { // oldest first: each is compared with its parents
		if err := d.tree(d.commits[i].TreeHash, d.against(d.commits[i])); err != nil {
			return err
		}
	}
	return nil
}

func (d *difference) choose(h plumbing.Hash) bool {
	if d.chosen[h] {
		return false
	}
	d.chosen[h] = true
	d.list = append(d.list, h)
	return true
}

// history finds the commits to send.
func (d *difference) history(tip plumbing.Hash) error {
	reach := newReach(d.objects, d.remote)
	queue := []plumbing.Hash{tip}
	for len(queue) > 0 {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		h := queue[0]
		queue = queue[1:]
		if d.remote[h] || d.chosen[h] {
			continue
		}
		next, err := d.visit(h, reach)
		if err != nil {
			return err
		}
		queue = append(queue, next...)
	}
	return nil
}

// visit takes one tag or commit in and gives what stands behind it.
func (d *difference) visit(h plumbing.Hash, reach *reach) ([]plumbing.Hash, error) {
	if tag, err := object.GetTag(d.objects, h); err == nil {
		d.choose(h)
		return []plumbing.Hash{tag.Target}, nil
	}
	c, err := object.GetCommit(d.objects, h)
	if err != nil {
		return nil, err
	}
	if reach.has(c) {
		d.base = append(d.base, c.TreeHash)
		return nil, nil
	}
	d.choose(h)
	d.commits = append(d.commits, c)
	if d.shallow[h] {
		return nil, nil // the server says so if it lacks what lies beyond
	}
	return c.ParentHashes, nil
}

// against are the trees that a commit's tree is compared with.
func (d *difference) against(c *object.Commit) []plumbing.Hash {
	trees := append([]plumbing.Hash(nil), d.base...)
	for _, p := range c.ParentHashes {
		if parent, err := object.GetCommit(d.objects, p); err == nil {
			trees = append(trees, parent.TreeHash)
		}
	}
	return trees
}

// tree takes in what differs from every base.
func (d *difference) tree(h plumbing.Hash, bases []plumbing.Hash) error {
	for _, b := range bases {
		if b == h {
			return nil
		}
	}
	if err := d.ctx.Err(); err != nil || !d.choose(h) {
		return err
	}
	t, err := object.GetTree(d.objects, h)
	if err != nil {
		return err
	}
	sides := d.sides(bases)
	for _, e := range t.Entries {
		if err := d.entry(e, sides); err != nil {
			return err
		}
	}
	return nil
}

// sides are the bases by name. One that cannot be read compares with nothing.
func (d *difference) sides(bases []plumbing.Hash) []map[string]plumbing.Hash {
	var sides []map[string]plumbing.Hash
	for _, b := range bases {
		t, err := object.GetTree(d.objects, b)
		if err != nil {
			continue
		}
		side := make(map[string]plumbing.Hash, len(t.Entries))
		for _, e := range t.Entries {
			side[e.Name] = e.Hash
		}
		sides = append(sides, side)
	}
	return sides
}

func (d *difference) entry(e object.TreeEntry, sides []map[string]plumbing.Hash) error {
	var below []plumbing.Hash
	for _, side := range sides {
		switch h, ok := side[e.Name]; {
		case ok && h == e.Hash:
			return nil
		case ok:
			below = append(below, h)
		}
	}
	switch e.Mode {
	case filemode.Submodule:
		return nil
	case filemode.Dir:
		return d.tree(e.Hash, below)
	}
	d.choose(e.Hash)
	return nil
}
