package gitops

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// DefaultBranch is the branch that the remote's HEAD named when this clone was made
// or last asked for it; "" if the clone does not know. It asks nobody.
func (m *Remote) DefaultBranch() string {
	prefix := "refs/remotes/" + m.name + "/"
	for _, ref := range m.repo.store.references() {
		if ref.Type() == plumbing.SymbolicReference && ref.Name().String() == prefix+"HEAD" {
			return strings.TrimPrefix(ref.Target().String(), prefix)
		}
	}
	return ""
}
