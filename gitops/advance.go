package gitops

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// NotForwardError says that a ref would not be led on from Old, but moved: SHA has
// not Old among the commits before it. Nothing was sent.
type NotForwardError struct{ Ref, Old, SHA string }

func (e *NotForwardError) Error() string {
	return fmt.Sprintf("%s is not led on from %s by %s", e.Ref, e.Old, e.SHA)
}

// Advance leads a branch on from old to sha, as a maintainer's push of a new commit
// does. It refuses all that is no fast-forward from exactly old with *NotForwardError,
// and where this clone cannot tell with an error; the server itself then refuses if
// the branch is no longer at old, under its lock. So nothing of anybody's is moved or
// lost. Errors are those of Create, with *MovedError in the place of *ExistsError.
func (m *Remote) Advance(ctx context.Context, ref, old, sha string, progress func(line string)) error {
	if err := errors.Join(ValidRef(ref), checkSHA(old), checkSHA(sha)); err != nil {
		return err
	}
	if old == sha || old == zeroSHA || sha == zeroSHA || !strings.HasPrefix(ref, "refs/heads/") {
		return &NotForwardError{ref, old, sha}
	}
	switch on, err := m.repo.Contains(ctx, sha, old); {
	case errors.Is(err, ErrNoObject):
		return &CannotTellError{"whether " + sha + " follows " + old, "this clone lacks one of the two"}
	case err != nil:
		return err
	case !on:
		return &NotForwardError{ref, old, sha}
	}
	return m.update(ctx, command{ref, old, sha}, newOverlay(m.repo.store), progress)
}

// AdvanceCommand is what a person would type to lead a branch on to a commit or HEAD:
// without force git refuses all that is no fast-forward.
func AdvanceCommand(url, ref, to string) []string {
	return []string{"git", "push", url, to + ":" + ref}
}
