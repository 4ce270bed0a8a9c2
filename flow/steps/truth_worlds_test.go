package steps_test

import (
	"fmt"
	"slices"
	"time"

	"ferry/flow/ci"
)

// place is one small world of a release: a position of each thing that the
// witnesses can be asked about. ours and theirs are two maintainers' commits of
// one version.
type place struct {
	setting setting
	branch  where     // the release ref
	claims  []claimed // oldest first
	builds  []ran     // on the release ref
	content content   // what was really uploaded
	old     pages     // which pages are of before the upload
	down    string    // the witness that cannot be read; "" is none
}

type setting string

const (
	claiming   setting = "by branch, with claims"
	unclaiming setting = "by branch, without claims"
	tagging    setting = "by tag"
	alone      setting = "by branch, without CI"
)

type where string

const (
	nowhere  where = "absent"
	atOurs   where = "ours"
	atTheirs where = "theirs"
	lightly  where = "ours, lightweight" // of a tag
)

type claimed struct {
	by  who
	age time.Duration
}

type ran struct {
	of     who
	states []ci.State
	ago    time.Duration // since its last job ended
}

// over: every job is final.
func (r ran) over() bool {
	return !slices.ContainsFunc(r.states, func(s ci.State) bool { return !s.Final() })
}

// logged: a job ran to its end, and its log says what it uploaded.
func (r ran) logged() bool {
	return slices.ContainsFunc(r.states, func(s ci.State) bool { return s == ci.StatePassed || s == ci.StateFailed })
}

type content string

const (
	nothing     content = "nothing"
	half        content = "half"
	all         content = "all"
	more        content = "all, and one more"
	swapped     content = "all, one of other bytes than were built"
	rotten      content = "all, one of other bytes than the pages say"
	takenBack   content = "all, yanked"
	quarantined content = "all, quarantined"
)

type pages string

const (
	fresh     pages = "fresh"
	oldJSON   pages = "JSON old"
	oldSimple pages = "simple old"
	oldBoth   pages = "both old"
)

func (p pages) json() bool   { return p == oldJSON || p == oldBoth }
func (p pages) simple() bool { return p == oldSimple || p == oldBoth }

const (
	justNow = time.Minute
	quarter = 15 * time.Minute // the oldest page that an index of these worlds keeps, and how long a claim waits for its build
	long    = 2 * hour
)

var (
	contents  = []content{nothing, half, all, more, swapped, rotten, takenBack, quarantined}
	ages      = []pages{fresh, oldJSON, oldSimple, oldBoth}
	witnesses = []string{"", "git", "ci", "json", "simple", "bytes"}
)

func single(of who, ago time.Duration, states ...ci.State) []ran { return []ran{{of, states, ago}} }

// runs are what CI can have done on the ref.
var runs = [][]ran{
	nil,
	single(ours, 0, ci.StateQueued),
	single(ours, 0, ci.StateApproval),
	single(ours, 0, ci.StateRunning),
	single(ours, long, ci.StatePassed, ci.StateRunning),
	single(ours, long, ci.StatePassed),
	single(ours, justNow, ci.StatePassed),
	single(ours, long, ci.StateFailed),
	single(ours, justNow, ci.StateFailed),
	single(ours, long, ci.StateCancelled),
	single(ours, long, ci.StateUnknown),
	{{ours, []ci.State{ci.StateRunning}, 0}, {ours, []ci.State{ci.StatePassed}, long}},
	{{theirs, []ci.State{ci.StateRunning}, 0}, {ours, []ci.State{ci.StatePassed}, long}},
	{{theirs, []ci.State{ci.StateFailed}, long}, {ours, []ci.State{ci.StateFailed}, long}},
	single(theirs, 0, ci.StateQueued),
	single(theirs, 0, ci.StateRunning),
	single(theirs, long, ci.StatePassed),
	single(theirs, justNow, ci.StatePassed),
	single(theirs, long, ci.StateFailed),
	single(theirs, justNow, ci.StateFailed),
}

var holders = [][]claimed{
	nil,
	{{ours, 9 * hour}},
	{{theirs, justNow}},
	{{theirs, 9 * hour}},
	{{ours, 9 * hour}, {theirs, 5 * hour}},
	{{theirs, 9 * hour}, {ours, 5 * hour}},
}

// group are the worlds that differ only in what costs little to change.
type group struct {
	setting setting
	claims  []claimed
}

func (g group) String() string { return fmt.Sprint(g.setting, ", claims ", g.claims) }

func groups() (out []group) {
	for _, c := range holders {
		out = append(out, group{claiming, c}, group{alone, c})
	}
	return append(out, group{unclaiming, nil}, group{tagging, nil})
}

// places are the worlds of a group.
func (g group) places() (out []place) {
	built, refs := runs, []where{nowhere, atOurs, atTheirs}
	switch g.setting {
	case alone:
		built = runs[:1]
	case tagging:
		refs = append(refs, lightly)
	}
	for _, b := range refs {
		for _, r := range built {
			for _, c := range contents {
				for _, p := range ages {
					for _, d := range witnesses {
						if d == "" || p == fresh || p == oldBoth {
							out = append(out, place{g.setting, b, g.claims, r, c, p, d})
						}
					}
				}
			}
		}
	}
	return out
}

// whole: everything went well, and the release ref is where it was put.
func (p place) whole() bool {
	well := p.setting == alone || len(p.builds) == 1 && p.builds[0].of == ours && p.builds[0].ago == long && p.builds[0].states[0] == ci.StatePassed
	return p.branch == atOurs && well && p.content == all && p.old == fresh && p.down == ""
}
