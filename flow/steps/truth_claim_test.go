package steps_test

import (
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/pypi/pypitest"
)

const (
	min5  = 5 * time.Minute
	min11 = 11 * time.Minute
	min14 = 14 * time.Minute
	min16 = 16 * time.Minute
	hour  = time.Hour
)

// noMaxAge is a 404 that names no age.
var noMaxAge = pypitest.Fault{Status: 404, Body: "not here"}

func TestClaimRules(t *testing.T) {
	follow(t, []rule{
		{says: "absent", step: flow.Claim, want: flow.Todo, tells: claimRef + " for"},
		{says: "newest at our commit is ours, whoever made it", world: []happens{claim(1, ours, hour)},
			step: flow.Claim, want: flow.Done, tells: "claimed by Dana"},
		{says: "ours, and CI and index are not even asked", world: []happens{claim(1, ours, hour), down("ci", "500"), down("index", "500")},
			step: flow.Claim, want: flow.Done},
		{says: "another's, its build runs", world: []happens{claim(1, theirs, hour), built(theirs, 0, ci.StateRunning)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "is claimed by Dana"},
		{says: "another's, in another spelling of the version", world: []happens{claimOf("1.4", 1, theirs, hour), built(theirs, 0, ci.StateRunning)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "is claimed by Dana"},
		{says: "another's, since when", world: []happens{claim(1, theirs, hour), built(theirs, 0, ci.StateRunning)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "since 20"},
		{says: "another's, one of its jobs runs", world: []happens{claim(1, theirs, 5*hour), built(theirs, 2*hour, ci.StatePassed, ci.StateRunning)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed},
		{says: "another's, its build is in a state that nobody knows", world: []happens{claim(1, theirs, 5*hour), built(theirs, 2*hour, ci.StateFailed), odd},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed},
		{says: "another's is over: branch gone, builds final, absence counts", world: []happens{claim(1, theirs, 5*hour), built(theirs, hour, ci.StateFailed)},
			step: flow.Claim, want: flow.Todo, tells: claimRef + "@2 for"},
		{says: "another's is over, and so is the one after it", step: flow.Claim, want: flow.Todo, tells: claimRef + "@3 for",
			world: []happens{claim(1, first, 9*hour), claim(2, theirs, 5*hour), built(first, 8*hour, ci.StateFailed), built(theirs, hour, ci.StateFailed)}},
		{says: "only the newest counts", step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: claimRef + "@2",
			world: []happens{claim(1, first, 9*hour), claim(2, theirs, hour), built(first, 8*hour, ci.StateFailed), built(theirs, 0, ci.StateQueued)}},
		{says: "the tenth attempt is newer than the ninth", step: flow.Claim, want: flow.Done, tells: "@10",
			world: []happens{claim(9, theirs, hour), claim(10, ours, hour)}},
		{says: "another's is over: branch stale", world: []happens{claim(1, theirs, 5*hour), built(theirs, hour, ci.StateFailed), branch(theirs)},
			step: flow.Claim, want: flow.Todo, tells: "@2"},
		{says: "another's build ended, and the index may not show its files yet", world: []happens{claim(1, theirs, 5*hour), built(theirs, min5, ci.StateFailed)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "may not show"},
		{says: "the JSON page alone is too young", world: []happens{claim(1, theirs, 5*hour), built(theirs, min11, ci.StateFailed)},
			like: options{maxAge: map[string]int{pypitest.Simple: 600, pypitest.JSON: 900}},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "may not show"},
		{says: "an absence without an age has the age of 600 s: too early", world: []happens{claim(1, theirs, 5*hour), built(theirs, 9*time.Minute, ci.StateFailed), page("simple", noMaxAge), page("pypi", noMaxAge)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed},
		{says: "an absence without an age has the age of 600 s: late enough", world: []happens{claim(1, theirs, 5*hour), built(theirs, min11, ci.StateFailed), page("simple", noMaxAge), page("pypi", noMaxAge)},
			step: flow.Claim, want: flow.Todo, tells: "@2"},
		{says: "another's published", world: []happens{claim(1, theirs, 5*hour), built(theirs, hour, ci.StatePassed), published(hour, sdist)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "on the index"},
		{says: "another's has no build 15 minutes long", world: []happens{claim(1, theirs, min14)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "may still start"},
		{says: "another's has no build after 15 minutes", world: []happens{claim(1, theirs, min16)},
			step: flow.Claim, want: flow.Todo, tells: "@2"},
		{says: "another's has no build after 15 minutes, but its branch is there", world: []happens{claim(1, theirs, 5*hour), branch(theirs)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "its branch is there"},
		{says: "a claim that does not say when is never over for its age", world: []happens{ref(claimRef, theirs)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "at an unknown time"},
		{says: "a claim from the future is never over for its age", world: []happens{claim(1, theirs, -48*hour)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed},
		{says: "at our commit, but a newer one elsewhere", world: []happens{claim(1, ours, 9*hour), claim(2, theirs, hour), built(theirs, 0, ci.StateRunning)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "has since claimed"},
		{says: "at our commit, and the newer one elsewhere is over: never a second push", step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed, tells: "was claimed for",
			world: []happens{claim(1, ours, 9*hour), claim(2, theirs, 5*hour), built(theirs, hour, ci.StateFailed)}},
		{says: "CI builds the claim ref", world: []happens{claim(1, ours, hour), builtOn(claimRef, ours, hour, "", ci.StatePassed)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimBuilt},
		{says: "refs that only look like claims", step: flow.Claim, want: flow.Todo, tells: claimRef + " for",
			world: []happens{ref(claimRef+"@x", theirs), ref(claimRef+"@1", theirs), ref(claimRef+"@0", theirs), ref(claimRef+"rc1", theirs), ref(claimRef+"1", theirs), ref("refs/releases/acme-core-extra/1.4.0", theirs)}},
		{says: "another version's claim", world: []happens{claimOf("1.3.0", 1, theirs, hour)}, step: flow.Claim, want: flow.Todo},
		{says: "remote unreadable", world: []happens{down("git", "500")}, step: flow.Claim, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
		{says: "CI unreadable", world: []happens{down("ci", "500")}, step: flow.Claim, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "index unreadable", world: []happens{down("index", "html")}, step: flow.Claim, want: flow.Unknown, code: flow.CodeIndexUnreachable},
		{says: "CI unreadable never makes another's claim over", world: []happens{claim(1, theirs, 5*hour), built(theirs, hour, ci.StateFailed), down("ci", "html")},
			step: flow.Claim, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "without CI, an old claim without a branch is over", like: options{noCI: true}, world: []happens{claim(1, theirs, 5*hour)},
			step: flow.Claim, want: flow.Todo, tells: "@2"},
		{says: "without CI, a claim with its branch is not", like: options{noCI: true}, world: []happens{claim(1, theirs, 5*hour), branch(theirs)},
			step: flow.Claim, want: flow.Conflict, code: flow.CodeClaimed},
	})
}

func TestFreeRules(t *testing.T) {
	follow(t, []rule{
		{says: "nobody else", step: flow.CheckFree, want: flow.Done, tells: "nobody else"},
		{says: "our own branch", world: []happens{branch(ours)}, step: flow.CheckFree, want: flow.Done, tells: "this release"},
		{says: "in the way: its build runs", world: []happens{branch(theirs), built(theirs, 0, ci.StateRunning)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "not known"},
		{says: "in the way: no build yet", world: []happens{branch(theirs)}, step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchInTheWay},
		{says: "in the way, and who", world: []happens{branch(theirs), claim(1, theirs, hour), built(theirs, 0, ci.StateQueued)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchInTheWay, tells: "Dana releases acme-core 1.4.0, since"},
		{says: "in the way: the index may not show its files yet", world: []happens{branch(theirs), built(theirs, min5, ci.StatePassed)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchInTheWay},
		{says: "stale: final, and nothing was published", world: []happens{branch(theirs), built(theirs, hour, ci.StateFailed)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchStale, tells: "it published nothing"},
		{says: "stale: another version's, published", world: []happens{branch(theirs), claimOf("1.3.0", 1, theirs, 9*hour), built(theirs, min5, ci.StatePassed), existing("1.3.0")},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchStale, tells: "its files are on PyPI"},
		{says: "stale: another version's, failed", world: []happens{branch(theirs), claimOf("1.3.0", 1, theirs, 9*hour), built(theirs, hour, ci.StateFailed)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchStale, tells: "Dana releases acme-core 1.3.0"},
		{says: "stale is said with the command that deletes exactly that", world: []happens{branch(theirs), built(theirs, hour, ci.StateFailed)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchStale, tells: "--force-with-lease=" + branchRef + ":"},
		{says: "what only the JSON page shows is published too", like: options{lag: map[string]time.Duration{pypitest.Simple: 3 * hour}},
			world: []happens{branch(theirs), claim(1, theirs, 9*hour), built(theirs, 2*hour, ci.StatePassed), published(2*hour, sdist)},
			step:  flow.CheckFree, want: flow.Conflict, code: flow.CodeBranchStale, tells: "its files are on PyPI"},
		{says: "another's claim goes on without a branch yet", world: []happens{claim(1, theirs, min5)},
			step: flow.CheckFree, want: flow.Conflict, code: flow.CodeClaimed},
		{says: "another's claim is over", world: []happens{claim(1, theirs, min16)}, step: flow.CheckFree, want: flow.Done},
		{says: "remote unreadable", world: []happens{down("git", "500")}, step: flow.CheckFree, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
		{says: "CI unreadable", world: []happens{down("ci", "500")}, step: flow.CheckFree, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "index unreadable", world: []happens{down("index", "500")}, step: flow.CheckFree, want: flow.Unknown, code: flow.CodeIndexUnreachable},
	})
}
