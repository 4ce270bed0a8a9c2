package gitops

import (
	"errors"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// PartialCloneError says that the clone was made with a filter, and lacks an
// object that is wanted here. Remote is where it would come from.
type PartialCloneError struct{ Remote string }

func (e *PartialCloneError) Error() string {
	return "this is a partial clone, and it lacks file contents that are needed here: " + strings.Join(e.Command(), " ") + " brings them"
}

// Command brings all that the clone lacks.
func (e *PartialCloneError) Command() []string {
	return []string{"git", "fetch", "--refetch", "--no-filter", e.Remote}
}

// Is finds ErrNoObject: that is what it comes to.
func (e *PartialCloneError) Is(target error) bool { return target == ErrNoObject } //nolint:errorlint // nothing is wrapped here

// lacks says of a missing object whether it is missing on purpose.
func (r *Repo) lacks(err error) error {
	err = noObject(err)
	if !errors.Is(err, ErrNoObject) {
		return err
	}
	if remote := r.promisor(); remote != "" {
		return &PartialCloneError{remote}
	}
	return err
}

// promisor is the remote that a partial clone leaves objects at, "" in a clone
// that is meant to be whole.
func (r *Repo) promisor() string {
	s := r.settings()
	if name := s.last("extensions.partialclone"); name != "" {
		return name
	}
	for _, name := range s.subsections("remote", "promisor") {
		if truth(s.last("remote." + name + ".promisor")) {
			return name
		}
	}
	return ""
}

// promised reads what a partial clone left at its remote by way of git, which
// fetches it into the clone as it does for every command of its own.
type promised struct {
	storer.EncodedObjectStorer
	repo *Repo
}

// EncodedObject gives files and folders. Commits and tags are never fetched: that
// one is missing tells something.
func (p promised) EncodedObject(t plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	o, err := p.EncodedObjectStorer.EncodedObject(t, h)
	if t != plumbing.BlobObject && t != plumbing.TreeObject || !errors.Is(err, plumbing.ErrObjectNotFound) {
		return o, err
	}
	err = p.repo.lacks(err)
	if !isA[*PartialCloneError](err) {
		return nil, err
	}
	b, none := ask(p.repo.root, "cat-file", t.String(), h.String())
	m := &plumbing.MemoryObject{}
	m.SetType(t)
	if _, bad := m.Write(b); none != nil || bad != nil || m.Hash() != h {
		return nil, err
	}
	return m, nil
}
