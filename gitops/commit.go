package gitops

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Commit is one commit as people know it. Subject and Author are text from outside.
type Commit struct {
	SHA, Subject, Author string
	Message              string    // all of it
	When                 time.Time // the committer's
}

// Commit reads a commit of this clone.
func (r *Repo) Commit(sha string) (Commit, error) {
	c, err := r.commit(sha)
	if err != nil {
		return Commit{}, err
	}
	subject, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return Commit{SHA: c.Hash.String(), Subject: subject, Author: c.Author.Name, Message: c.Message, When: c.Committer.When}, nil
}

func (r *Repo) commit(sha string) (*object.Commit, error) {
	if err := checkSHA(sha); err != nil {
		return nil, err
	}
	c, err := object.GetCommit(r.store, plumbing.NewHash(sha))
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", sha, noObject(err))
	}
	return c, nil
}

func noObject(err error) error {
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return ErrNoObject
	}
	return err
}

// Has says whether the object is in this clone.
func (r *Repo) Has(sha string) bool {
	return checkSHA(sha) == nil && r.store.HasEncodedObject(plumbing.NewHash(sha)) == nil
}

// Resolve gives the full id of the commit that rev means: a name, an id or the
// start of one, each with ~N and ^N behind it.
func (r *Repo) Resolve(rev string) (string, error) {
	name, steps := splitSteps(strings.TrimSuffix(rev, "^{commit}"))
	for _, h := range r.candidates(name) {
		c, err := r.peel(h)
		if err != nil {
			continue
		}
		if c, err = r.walk(c, steps); err != nil {
			return "", fmt.Errorf("%q: %w", rev, err)
		}
		return c.Hash.String(), nil
	}
	if name == "HEAD" {
		if _, err := r.Head(); errors.Is(err, ErrNoCommit) {
			return "", ErrNoCommit
		}
	}
	return "", fmt.Errorf("no commit is called %q: %w", rev, ErrNoObject)
}

// splitSteps cuts "main~2^" into the name and its steps.
func splitSteps(rev string) (name, steps string) {
	if i := strings.IndexAny(rev, "~^"); i >= 0 {
		return rev[:i], rev[i:]
	}
	return rev, ""
}

// candidates are the objects that name may mean, by git's order of rules.
func (r *Repo) candidates(name string) []plumbing.Hash {
	if name == "@" {
		name = "HEAD"
	}
	if fullSHA(name) {
		return []plumbing.Hash{plumbing.NewHash(name)}
	}
	var found []plumbing.Hash
	for _, rule := range plumbing.RefRevParseRules {
		if sha, err := r.follow(plumbing.ReferenceName(fmt.Sprintf(rule, name))); err == nil {
			found = append(found, plumbing.NewHash(sha))
		}
	}
	return append(found, r.abbreviated(name)...)
}

const minPrefix = 4 // as git has it

// abbreviated is the one commit whose id starts so; two of them are none.
func (r *Repo) abbreviated(prefix string) []plumbing.Hash {
	prefix = strings.ToLower(prefix)
	b, err := hex.DecodeString(prefix[:len(prefix)&^1])
	if err != nil || len(prefix) < minPrefix {
		return nil
	}
	var found []plumbing.Hash
	for _, h := range r.store.prefixed(b) {
		if !strings.HasPrefix(h.String(), prefix) {
			continue
		}
		if _, err := r.peel(h); err == nil {
			found = append(found, h)
		}
	}
	if len(found) > 1 {
		return nil
	}
	return found
}

const maxPeel = 10

// peel follows annotated tags to their commit.
func (r *Repo) peel(h plumbing.Hash) (*object.Commit, error) {
	for range maxPeel {
		c, err := object.GetCommit(r.store, h)
		if err == nil {
			return c, nil
		}
		tag, err := object.GetTag(r.store, h)
		if err != nil {
			return nil, noObject(err)
		}
		h = tag.Target
	}
	return nil, ErrNoObject
}

const maxSteps = 100_000

// walk takes the steps ~N (first parents) and ^N (the Nth parent).
func (r *Repo) walk(c *object.Commit, steps string) (*object.Commit, error) {
	for steps != "" {
		op := steps[0]
		rest := strings.TrimLeft(steps[1:], "0123456789")
		n, err := strconv.Atoi(steps[1 : len(steps)-len(rest)])
		if len(rest) == len(steps)-1 {
			n, err = 1, nil
		}
		if err != nil || n > maxSteps || rest != "" && rest[0] != '~' && rest[0] != '^' {
			return nil, errors.New("not understood")
		}
		if c, err = r.step(c, op, n); err != nil {
			return nil, err
		}
		steps = rest
	}
	return c, nil
}

func (r *Repo) step(c *object.Commit, op byte, n int) (*object.Commit, error) {
	parent, times := 1, n
	if op == '^' {
		parent, times = n, min(n, 1)
	}
	for range times {
		if c.NumParents() < parent {
			return nil, ErrNoObject
		}
		next, err := object.GetCommit(r.store, c.ParentHashes[parent-1])
		if err != nil {
			return nil, noObject(err)
		}
		c = next
	}
	return c, nil
}

// maxWalk bounds a walk through history: beyond it the answer is an error.
const maxWalk = 2_000_000

// Contains says whether sha is reachable from tip, both of this clone. In a
// shallow clone history ends where the clone ends, and a no there is an error:
// nobody can tell.
func (r *Repo) Contains(ctx context.Context, tip, sha string) (bool, error) {
	if _, err := r.commit(sha); err != nil {
		return false, err
	}
	top, err := r.commit(tip)
	if err != nil {
		return false, err
	}
	w := &walk{repo: r, shallow: r.store.shallow(), seen: map[plumbing.Hash]bool{}}
	found, err := w.find(ctx, top, plumbing.NewHash(sha))
	if err == nil && !found && w.cut {
		return false, &CannotTellError{"whether " + tip + " contains " + sha, "the clone is shallow"}
	}
	return found, err
}

type walk struct {
	repo    *Repo
	shallow map[plumbing.Hash]bool
	seen    map[plumbing.Hash]bool
	queue   []*object.Commit
	cut     bool // it ended at a shallow boundary somewhere
}

func (w *walk) find(ctx context.Context, top *object.Commit, want plumbing.Hash) (bool, error) {
	w.queue = append(w.queue, top)
	for len(w.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		c := w.queue[0]
		w.queue = w.queue[1:]
		if c.Hash == want {
			return true, nil
		}
		if err := w.parents(c); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (w *walk) parents(c *object.Commit) error {
	if w.shallow[c.Hash] {
		w.cut = true
		return nil
	}
	for _, h := range c.ParentHashes {
		if w.seen[h] {
			continue
		}
		w.seen[h] = true
		if len(w.seen) > maxWalk {
			return fmt.Errorf("history: %w", ErrTooBig)
		}
		p, err := object.GetCommit(w.repo.store, h)
		if err != nil {
			return fmt.Errorf("commit %s: %w", h, noObject(err))
		}
		w.queue = append(w.queue, p)
	}
	return nil
}
