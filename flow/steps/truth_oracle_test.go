package steps_test

import (
	"slices"
	"strings"
)

// The oracle says of a world what may be said and done in it. It is written from
// the rules of truth in ARCHITECTURE.md and knows none of the steps' own code.

func (p place) at(w who) bool {
	return w == ours && (p.branch == atOurs || p.branch == lightly) || w == theirs && p.branch == atTheirs
}

func (p place) claim(w who) bool {
	return slices.ContainsFunc(p.claims, func(c claimed) bool { return c.by == w })
}

func (p place) of(w who) (out []ran) {
	for _, r := range p.builds {
		if r.of == w {
			out = append(out, r)
		}
	}
	return out
}

func runsOn(rs []ran) bool { return slices.ContainsFunc(rs, func(r ran) bool { return !r.over() }) }

func (p place) reads(witness string) bool { return !strings.Contains(witness, p.down) || p.down == "" }

func (p place) asksCI() bool { return p.setting != alone }

// belongs: the files are this maintainer's, by something that can be read.
func (p place) belongs(w who) bool {
	byRef := p.setting == tagging || p.setting == alone
	return p.reads("git") && (p.claim(w) || byRef && p.at(w)) || p.asksCI() && p.reads("ci") && len(p.of(w)) > 0
}

// proved: every expected file is on every page, with the right bytes, and CI is
// done. Other bytes than were built are seen only where a build printed them; and
// where neither a build nor the CI files name a wheel, an sdist is all.
func (p place) proved(w who) bool {
	printed := slices.ContainsFunc(p.of(w), ran.logged)
	right := p.content == all || p.content == more || p.content == swapped && !printed || p.content == half && !printed && p.setting == tagging
	over := !p.asksCI() || p.reads("ci") && !runsOn(p.of(w))
	return right && p.old == fresh && p.reads("json simple bytes") && over && p.belongs(w)
}

// hidden: something was uploaded, and no page can tell.
func (p place) hidden() bool {
	return p.content != nothing && (p.old == oldBoth || p.content == quarantined && p.old == oldSimple)
}

// untold: it was uploaded by nobody that any witness knows of, so that nobody can
// know of it. No such upload comes from ferry: it pushes, and CI shows the build.
func (p place) untold() bool { return p.hidden() && len(p.builds) == 0 }

// late: the pages may be older than the upload of one of these runs.
func (p place) late(by []ran) bool {
	if p.old != fresh {
		return len(by) > 0
	}
	return slices.ContainsFunc(by, func(r ran) bool { return r.ago < quarter })
}

// mayPush: nothing of the version is there, is coming, or can be about to come
// from another, and every witness of that was read.
func (p place) mayPush(w who) bool {
	switch {
	case !p.reads("git json simple") || p.asksCI() && !p.reads("ci"):
		return false
	case p.branch != nowhere || len(p.of(w)) > 0 || runsOn(p.builds):
		return false
	case p.content != nothing || p.late(p.builds):
		return false
	}
	return p.setting != claiming && p.setting != alone || p.mayClaim(w)
}

// mayClaim: the newest claim is at our commit, or there is none, or it is over
// (built, or no build came in time) and ours was never claimed before.
func (p place) mayClaim(w who) bool {
	if len(p.claims) == 0 {
		return true
	}
	newest := p.claims[len(p.claims)-1]
	over := newest.age > quarter || len(p.of(newest.by)) > 0
	return newest.by == w || !p.claim(w) && over
}

// mayDelete: proved, and no job of the branch's commit can still clone it.
func (p place) mayDelete(w who) bool {
	if p.setting == tagging || !p.at(w) || !p.reads("git") || !p.proved(w) {
		return false
	}
	return !p.asksCI() || len(p.of(w)) > 0
}

// mayOffer: deleting the branch at that commit by hand takes nothing away from a
// job, and nothing can still come of it. Without CI that is a person's to judge.
func (p place) mayOffer(at who) bool {
	if !p.asksCI() {
		return true
	}
	of := p.of(at)
	absent := p.content == nothing && !p.late(of)
	there := p.content != nothing && !p.hidden()
	return p.at(at) && len(of) > 0 && !runsOn(of) && p.reads("git") && p.reads("ci") && (absent || there)
}
