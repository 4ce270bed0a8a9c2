package gitops

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// describeCandidates is how many marked commits git describe weighs against each other.
const describeCandidates = 10

// Nearest gives the nearest of the marked commits that sha descends from, or is,
// as git describe chooses, and how many commits of sha's history are not in its.
// Without one, near is "" and distance the number of all commits. Where a shallow
// clone ends before that is certain, the error is a *CannotTellError.
func (r *Repo) Nearest(ctx context.Context, sha string, marked func(sha string) bool) (near string, distance int, err error) {
	top, err := r.commit(sha)
	if err != nil {
		return "", 0, err
	}
	d := &describer{repo: r, shallow: r.store.shallow(), within: map[plumbing.Hash]uint{top.Hash: 0}, queue: []*object.Commit{top}}
	if err := d.gather(ctx, marked); err != nil {
		return "", 0, err
	}
	if len(d.found) == 0 {
		return "", d.walked, nil
	}
	best := slices.MinFunc(d.found, func(a, b *mark) int { return a.depth - b.depth })
	if err := d.finish(ctx, best); err != nil {
		return "", 0, err
	}
	return best.hash.String(), best.depth, nil
}

// mark is a marked commit that was found: its bit, and how many commits were
// walked that are not in its history.
type mark struct {
	hash  plumbing.Hash
	bit   uint
	depth int
}

// describer walks back by date. within says in which marks' histories a commit is.
type describer struct {
	repo    *Repo
	shallow map[plumbing.Hash]bool
	within  map[plumbing.Hash]uint
	queue   []*object.Commit // newest first
	found   []*mark
	walked  int
}

// gather finds the marks to choose from.
func (d *describer) gather(ctx context.Context, marked func(string) bool) error {
	for len(d.queue) > 0 {
		c := d.queue[0]
		if marked(c.Hash.String()) {
			if len(d.found) == describeCandidates {
				return nil // c stays in the queue
			}
			m := &mark{c.Hash, 1 << len(d.found), d.walked}
			d.found = append(d.found, m)
			d.within[c.Hash] |= m.bit
		}
		if err := d.next(ctx); err != nil {
			return err
		}
		for _, m := range d.found {
			if d.within[c.Hash]&m.bit == 0 {
				m.depth++
			}
		}
		if d.covered(c) {
			return nil
		}
	}
	return nil
}

// covered says whether all that is left is in the best marks' histories.
func (d *describer) covered(c *object.Commit) bool {
	if len(d.found) == 0 || len(d.queue) > 1 {
		return false
	}
	least, bits := d.found[0].depth, uint(0)
	for _, m := range d.found {
		if m.depth < least {
			least, bits = m.depth, 0
		}
		if m.depth == least {
			bits |= m.bit
		}
	}
	return d.within[c.Hash]&bits == bits
}

// finish walks on until nothing is left that could make the distance longer.
func (d *describer) finish(ctx context.Context, best *mark) error {
	outside := func(c *object.Commit) bool { return d.within[c.Hash]&best.bit == 0 }
	for slices.ContainsFunc(d.queue, outside) {
		if outside(d.queue[0]) {
			best.depth++
		}
		if err := d.next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// next takes the newest commit off the queue and puts its parents into it.
func (d *describer) next(ctx context.Context) error {
	c := d.queue[0]
	d.queue = d.queue[1:]
	d.walked++
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.shallow[c.Hash] && d.within[c.Hash] == 0 {
		return &CannotTellError{"the nearest tag before " + c.Hash.String(), "the clone is shallow"}
	}
	if d.shallow[c.Hash] {
		return nil
	}
	for _, h := range c.ParentHashes {
		if err := d.add(h, d.within[c.Hash]); err != nil {
			return err
		}
	}
	return nil
}

func (d *describer) add(h plumbing.Hash, within uint) error {
	_, seen := d.within[h]
	d.within[h] |= within
	if seen {
		return nil
	}
	if len(d.within) > maxWalk {
		return fmt.Errorf("history: %w", ErrTooBig)
	}
	p, err := object.GetCommit(d.repo.store, h)
	if err != nil {
		return fmt.Errorf("commit %s: %w", h, noObject(err))
	}
	at, _ := slices.BinarySearchFunc(d.queue, p, func(c, p *object.Commit) int {
		if c.Committer.When.Before(p.Committer.When) {
			return 1
		}
		return -1 // behind those of the same time
	})
	d.queue = slices.Insert(d.queue, at, p)
	return nil
}

// Tags gives the tags of this clone with the commits they stand on, by name
// without refs/tags/. A tag of anything but a commit is left out.
func (r *Repo) Tags() map[string]string {
	all := map[string]string{}
	for _, ref := range r.store.references() {
		if !ref.Name().IsTag() || ref.Type() != plumbing.HashReference {
			continue
		}
		if c, err := r.peel(ref.Hash()); err == nil {
			all[ref.Name().Short()] = c.Hash.String()
		}
	}
	return all
}
