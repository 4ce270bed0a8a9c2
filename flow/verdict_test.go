package flow

import (
	"slices"
	"testing"
)

// TestJudge goes through every set of up to three checks: what is bad is never
// made good by others, and one more bad check never improves a verdict.
func TestJudge(t *testing.T) {
	var all []Check
	for _, v := range append(verdicts()[1:], "", "misspelt") {
		for _, r := range []Result{Good, Bad, NotChecked} {
			all = append(all, Check{Result: r, Means: v}, Check{Result: r, Means: v, Decides: true})
		}
	}
	rank := func(v Verdict) int { return slices.Index(verdicts(), v) }
	for _, a := range all {
		for _, b := range all {
			two := Judge([]Check{a, b})
			if rank(two) < 0 {
				t.Fatalf("%v, %v: %q is no verdict", a, b, two)
			}
			if (a.Result == Bad || b.Result == Bad) && two == Verified {
				t.Errorf("%v, %v: verified", a, b)
			}
			for _, c := range all {
				three := Judge([]Check{a, b, c})
				if c.Result == Bad && rank(three) < rank(two) {
					t.Errorf("%v, %v, and then %v: %s from %s", a, b, c, three, two)
				}
			}
		}
	}
	if Judge(nil) != VerdictUnknown {
		t.Error("nothing was checked, and that is a proof")
	}
	if got := Judge([]Check{{Result: Good, Decides: true}, {Result: NotChecked}}); got != Verified {
		t.Errorf("a check that does not decide decides: %s", got)
	}
}

func TestVerdictsExit(t *testing.T) {
	want := map[Verdict]int{Verified: 0, Incomplete: 1, Absent: 1, Withdrawn: 1, Mismatch: 3, Unexpected: 3, NotVisible: 8, VerdictUnknown: 9, "": 9}
	for v, code := range want {
		var err error
		if c := v.Class(); c != "" {
			err = &Problem{Class: c}
		}
		if got := ExitCode(err); got != code {
			t.Errorf("%s exits with %d", v, got)
		}
	}
}
