package steps_test

import (
	"context"
	"strconv"
	"strings"
	"time"

	"ferry/flow"
)

// carry lets the real engine go on from a world, for one maintainer: it attempts
// what was foreseen, pushes only where that is right, and no run after it, by
// either maintainer, pushes again.
func (y *ground) carry(p place, w who, v verdict, sum *tally) {
	if v.next == flow.DeleteBranch { // judge made that attempt
		return
	}
	y.turn(p)
	defer y.sweep()
	first := y.attempted(w)
	if first != v.next {
		y.t.Errorf("a run attempts %q rather than %q\n%+v\n%s", first, v.next, p, v.text)
	}
	now := y.git.Refs(slug)[y.target.Ref]
	landed := p.branch == nowhere && now != ""
	sum.ran(landed)
	if landed && !p.mayPush(w) && !p.untold() {
		y.t.Errorf("it was pushed\n%+v\n%s", p, v.text)
	}
	if !landed {
		return
	}
	for _, again := range []who{ours, theirs} {
		y.attempted(again)
		if y.git.Refs(slug)[y.target.Ref] != now {
			y.t.Errorf("a run after it pushed again\n%+v", p)
		}
	}
}

// attempted runs a maintainer's plan, with a yes to everything, and gives the
// first node of which the attempt was made.
func (y *ground) attempted(w who) (first flow.ID) {
	e := flow.Engine{NoWait: true, Fresh: time.Minute,
		Ask: func(_ context.Context, q flow.Question) (flow.Answer, error) {
			return flow.Answer{Yes: true, Typed: q.Confirm}, nil
		},
		Sink: func(ev flow.Event) {
			if ev.Kind == flow.KindRun && first == "" {
				first = ev.Step
			}
		}}
	_ = e.Run(y.t.Context(), y.plans[w]) // where it stopped is not the question
	return first
}

// sweep takes away the claims that a run made.
func (y *ground) sweep() {
	for ref := range y.git.Refs(slug) {
		if n, mine := attemptOf(ref); mine && n > y.held {
			y.git.DeleteRef(slug, ref)
		}
	}
}

func attemptOf(ref string) (n int, claim bool) {
	rest, claim := strings.CutPrefix(ref, claimRef)
	n, err := strconv.Atoi(strings.TrimPrefix(rest, "@"))
	if err != nil {
		n = 1
	}
	return n, claim
}

func (s *tally) ran(landed bool) {
	s.Lock()
	defer s.Unlock()
	s.carried++
	if landed {
		s.landed++
	}
}
