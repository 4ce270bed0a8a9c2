package gitops

import (
	"errors"
	"fmt"
)

// PartialCloneError says that the clone was made with a filter, and lacks an
// object that is wanted here. Remote is where it would come from.
type PartialCloneError struct{ Remote string }

func (e *PartialCloneError) Error() string {
	return fmt.Sprintf("this is a partial clone, and it lacks file contents that are needed: git fetch --refetch --no-filter %s brings them all", e.Remote)
}

// Is finds ErrNoObject: that is what it comes to.
func (e *PartialCloneError) Is(target error) bool { return target == ErrNoObject } //nolint:errorlint // no wrapping here

// lacks says of a missing object whether it is missing on purpose.
func (r *Repo) lacks(err error) error {
	err = noObject(err)
	if remote := r.promisor(); errors.Is(err, ErrNoObject) && remote != "" {
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
