package steps

import (
	"fmt"

	"ferry/flow"
	"ferry/gitops"
)

// tagCommand is what a person would type to put an annotated tag of the commit
// at a ref of the remote, create-only. The local tag lives only for the push,
// also for one that is refused: left over it would be in the way of the next, and
// a later push of all tags would carry it.
func tagCommand(url, ref, commit, message string) []string {
	local := "ferry-claim"
	line := "git tag -a -m %s %s %s && { %s; pushed=$?; git tag -d %s; test $pushed = 0; }"
	push := flow.Shell(gitops.CreateCommand(url, ref, "refs/tags/"+local))
	return []string{"sh", "-c", fmt.Sprintf(line, flow.Shell([]string{message}), local, commit, push, local)}
}

func keptTagCommand(url, ref, name, commit, message string) []string {
	push := flow.Shell(gitops.CreateCommand(url, ref, ref))
	return []string{"sh", "-c", fmt.Sprintf("git tag -a -m %s %s %s && %s", flow.Shell([]string{message}), name, commit, push)}
}
