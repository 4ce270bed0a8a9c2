package gitops

import (
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// slack is how much two committers' clocks may differ. If they lie more, the
// pack only grows.
const slack = 24 * time.Hour

// reach answers whether a commit is reachable from a remote tip that is known
// here. It walks no further back than the commit's own date, so that a push
// costs the distance to the remote and not the length of history.
type reach struct {
	objects overlay
	seen    map[plumbing.Hash]bool
	queue   []*object.Commit
}

// Reaches says whether sha is reachable from tip, both of this clone, as Contains
// does, but looks no further back than a day before sha was made: that costs what is
// new since, and not the length of history. A no is no proof where clocks lie more.
func (r *Repo) Reaches(tip, sha string) (bool, error) {
	c, err := r.commit(sha)
	if err == nil {
		_, err = r.commit(tip)
	}
	if err != nil {
		return false, err
	}
	return newReach(newOverlay(r.store), map[plumbing.Hash]bool{plumbing.NewHash(tip): true}).has(c), nil
}

func newReach(objects overlay, tips map[plumbing.Hash]bool) *reach {
	r := &reach{objects: objects, seen: map[plumbing.Hash]bool{}}
	for h := range tips {
		r.push(h)
	}
	return r
}

func (r *reach) push(h plumbing.Hash) {
	if r.seen[h] {
		return
	}
	r.seen[h] = true
	if tag, err := object.GetTag(r.objects, h); err == nil {
		r.push(tag.Target)
		return
	}
	if c, err := object.GetCommit(r.objects, h); err == nil {
		r.queue = append(r.queue, c)
	}
}

func (r *reach) has(c *object.Commit) bool {
	oldest := c.Committer.When.Add(-slack)
	var later []*object.Commit // too old to matter now
	for len(r.queue) > 0 && !r.seen[c.Hash] {
		x := r.queue[len(r.queue)-1]
		r.queue = r.queue[:len(r.queue)-1]
		if x.Committer.When.Before(oldest) {
			later = append(later, x)
			continue
		}
		for _, p := range x.ParentHashes {
			r.push(p)
		}
	}
	r.queue = append(r.queue, later...)
	return r.seen[c.Hash]
}
