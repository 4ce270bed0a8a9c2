package steps_test

import (
	"slices"
	"testing"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/ci"
)

// worse are the worlds that differ from this one by one more bad fact; far ones
// have a claim or a job that the groups' own worlds have not.
func (p place) worse(far bool) (out []place) {
	with := func(change func(*place)) {
		q := p
		change(&q)
		out = append(out, q)
	}
	if p.down == "" {
		for _, d := range witnesses[1:] {
			with(func(q *place) { q.down = d })
		}
	}
	if p.content == all { // withdrawn, or of other bytes
		for _, c := range []content{half, nothing, swapped, rotten, takenBack, quarantined} {
			with(func(q *place) { q.content = c })
		}
	}
	if p.content == half {
		with(func(q *place) { q.content = nothing })
	}
	if p.old == fresh {
		for _, o := range ages[1:] {
			with(func(q *place) { q.old = o })
		}
	}
	if p.branch == nowhere {
		with(func(q *place) { q.branch = atTheirs })
	}
	if !far {
		return out
	}
	if n := len(p.claims); n == 0 || p.claims[n-1].by == ours { // a second maintainer's
		with(func(q *place) { q.claims = slices.Concat(p.claims, []claimed{{theirs, justNow}}) })
	}
	if p.setting != alone { // one more job runs, of either commit
		for _, w := range []who{ours, theirs} {
			with(func(q *place) {
				q.builds = slices.Concat([]ran{{w, []ci.State{ci.StateRunning}, 0}}, p.builds)
			})
		}
	}
	return out
}

// grades of what is said of a release; between those of the same grade nothing is
// better or worse.
var grades = map[board.State]int{board.AllDone: 2, board.DoneNotCleaned: 2}

// compare: a worse world is never called done where the better one is not, and
// permits no attempt that the better one did not.
func compare(t *testing.T, better, worse place, w who, was, is verdict) {
	t.Helper()
	if w == theirs && (worse.branch != better.branch || len(worse.claims) != len(better.claims)) {
		return // it is their own
	}
	withdrawn := worse.content == nothing && better.content != nothing // and the version is free
	so := was.confirm != flow.Done && is.confirm == flow.Done || grades[is.state] > grades[was.state]
	if so || is.pushes() && !was.pushes() && !worse.untold() && !withdrawn || is.deletes && !was.deletes {
		t.Errorf("one more bad fact makes it better for %s: %s, %s, next %q\n%+v\nrather than %s, %s, next %q\n%+v\n%s",
			[]string{"ours", "theirs"}[w], is.confirm, is.state, is.next, worse, was.confirm, was.state, was.next, better, is.text)
	}
}
