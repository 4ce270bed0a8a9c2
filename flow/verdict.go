package flow

import "slices"

// Verdict is what all facts about a release on an index come to. There is no
// zero verdict: what was not judged is VerdictUnknown.
type Verdict string

// The verdicts, from the best to the worst.
const (
	Verified       Verdict = "verified"    // every check that decides is good
	VerdictUnknown Verdict = "unknown"     // a witness could not be read
	NotVisible     Verdict = "not-visible" // uploaded, and not on every page yet
	Incomplete     Verdict = "incomplete"  // expected files are not there
	Absent         Verdict = "absent"      // none is
	Withdrawn      Verdict = "withdrawn"   // yanked, deleted, or its project is not active
	Unexpected     Verdict = "unexpected"  // more, or from elsewhere, than this release would have
	Mismatch       Verdict = "mismatch"    // other bytes, another version, other metadata
)

func verdicts() []Verdict {
	return []Verdict{Verified, VerdictUnknown, NotVisible, Incomplete, Absent, Withdrawn, Unexpected, Mismatch}
}

// Class gives the exit code of a verdict; "" is success.
func (v Verdict) Class() Class {
	switch v {
	case Verified:
		return ""
	case NotVisible:
		return ClassWaiting
	case Incomplete, Absent, Withdrawn:
		return ClassFailed
	case Unexpected, Mismatch:
		return ClassConflict
	}
	return ClassUnknown
}

// Result is what one check found.
type Result string

// The results. A check that was not made says why; it never counts as good.
const (
	Good       Result = "ok"
	Bad        Result = "bad"
	NotChecked Result = "not-checked"
)

// Check is one fact about a release, with the evidence for it.
type Check struct {
	ID       string
	Result   Result
	Evidence string
	Proof    []Proof
	Means    Verdict // what it comes to when it is bad
	Decides  bool    // without it nothing is verified: not checked is unknown then
	Here     bool    // not checked for a reason on this machine, which no waiting changes
}

// Verification is everything that was looked at.
type Verification struct {
	Name, Version, Index string
	Verdict              Verdict
	Files                []File
	Checks               []Check
}

// Judge folds checks into a verdict: the worst that any of them means. One more
// bad check never makes it better, and no check at all is no proof.
func Judge(checks []Check) Verdict {
	worst, proved := Verified, false
	for _, c := range checks {
		switch {
		case c.Result == Bad:
			worst = worse(worst, c.Means)
		case c.Result == Good:
			proved = proved || c.Decides
		case c.Decides:
			worst = worse(worst, VerdictUnknown)
		}
	}
	if worst == Verified && !proved {
		return VerdictUnknown
	}
	return worst
}

// worse takes a verdict that is not in the list for one that nobody can judge.
func worse(a, b Verdict) Verdict {
	order := verdicts()
	if !slices.Contains(order, b) {
		b = VerdictUnknown
	}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
