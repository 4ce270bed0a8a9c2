package steps_test

import (
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// TestUnsettledRules: a build of another commit on the release ref, which is gone,
// can publish the same version; nothing is pushed before that is over.
func TestUnsettledRules(t *testing.T) {
	tags := options{byTag: true}
	follow(t, []rule{
		{says: "another's build runs, and the branch is gone", world: []happens{built(theirs, 0, ci.StateRunning)},
			step: flow.PushBranch, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "pypi-release is gone, and CI built it at"},
		{says: "another's build runs, and ours is claimed", world: []happens{claim(1, ours, hour), built(theirs, 0, ci.StateQueued)},
			step: flow.PushBranch, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "is not finished"},
		{says: "that is said before the claim", world: []happens{built(theirs, 0, ci.StateRunning)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "ferry status --follow"},
		{says: "another's build of another version runs", world: []happens{claimOf("1.3.0", 1, theirs, hour), built(theirs, 0, ci.StateRunning)},
			step: flow.PushBranch, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "Dana releases acme-core 1.3.0"},
		{says: "another's build of another version is over", world: []happens{claimOf("1.3.0", 1, theirs, hour), built(theirs, time.Minute, ci.StatePassed)},
			step: flow.PushBranch, want: flow.Todo},
		{says: "another's build is over, and the pages are young", world: []happens{built(theirs, min5, ci.StatePassed)},
			step: flow.PushBranch, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "the index may not show its files yet"},
		{says: "another's build is over, and the pages would show it", world: []happens{built(theirs, hour, ci.StatePassed)},
			step: flow.PushBranch, want: flow.Todo},
		{says: "another's tag is gone, and its build runs", like: tags, world: []happens{built(theirs, 0, ci.StateRunning)},
			step: flow.PushTag, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "v1.4.0 is gone"},
		{says: "another's tag is gone, and its build is over", like: tags, world: []happens{built(theirs, hour, ci.StateFailed)},
			step: flow.PushTag, want: flow.Todo},
	})
}
