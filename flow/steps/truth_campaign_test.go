package steps_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"ferry/flow"
	"ferry/flow/board"
)

// verdict is what the steps said of a world to one maintainer.
type verdict struct {
	confirm flow.Status
	state   board.State
	next    flow.ID // the node whose attempt the engine would make
	deletes bool
	offers  []who // whose branch a problem offers to delete by hand
	safe    bool  // a problem calls it safe to try again
	text    string
}

// pushes: the attempt sets a build going, or is the lock before it.
func (v verdict) pushes() bool {
	return v.next == flow.Claim || v.next == flow.PushBranch || v.next == flow.PushTag
}

// tally counts what a campaign saw.
type tally struct {
	sync.Mutex
	worlds, untold, done, notCleaned, pushes, deletes, offers, safe, pairs, carried, landed int
}

// TestTruth: in every small world, nothing is called done that is not, nothing is
// pushed twice or called safe to try again where that would, and no branch is
// deleted, or offered for it, under a job or before the proof. FERRY_TRUTH=all
// looks at all of them.
func TestTruth(t *testing.T) {
	every := 1201
	if os.Getenv("FERRY_TRUTH") == "all" {
		every = 1
	}
	var sum tally
	t.Run("worlds", func(t *testing.T) {
		for i, g := range groups() {
			t.Run(g.String(), func(t *testing.T) {
				t.Parallel()
				g.survey(t, every, i, &sum)
			})
		}
	})
	if sum.done == 0 || sum.notCleaned == 0 || sum.pushes == 0 || sum.deletes == 0 || sum.offers == 0 || sum.safe == 0 || sum.pairs == 0 || sum.landed == 0 {
		t.Errorf("something never occurred: %+v", &sum)
	}
	t.Logf("%d worlds, each for two maintainers: %d done, %d done and not cleaned up, %d to push, %d to delete, %d deletions offered, %d called safe to try again; %d pairs of which one is worse; in %d worlds files that no witness knows of; %d runs carried out, %d pushed",
		sum.worlds, sum.done, sum.notCleaned, sum.pushes, sum.deletes, sum.offers, sum.safe, sum.pairs, sum.untold, sum.carried, sum.landed)
}

// survey judges the worlds of a group, and compares them with those that are
// worse by one fact.
func (g group) survey(t *testing.T, every, from int, sum *tally) {
	y := newGround(t, g)
	seen := map[string][2]verdict{}
	judge := func(p place) [2]verdict {
		if known, ok := seen[p.key()]; ok {
			return known
		}
		vs := y.judge(p)
		seen[p.key()] = vs
		sum.count(p, vs)
		for w, v := range vs {
			p.check(t, who(w), v, vs)
		}
		return vs
	}
	for i, p := range g.places() {
		if (i+from)%every != 0 && !p.whole() {
			continue
		}
		was := judge(p)
		for w, v := range was {
			if (i/every)%32 == 0 || v.pushes() && (i/every)%4 == 0 {
				y.carry(p, who(w), v, sum)
			}
		}
		for _, q := range p.worse((i/every)%16 == 0) {
			is := judge(q)
			sum.pair()
			for w := range was {
				compare(t, p, q, who(w), was[w], is[w])
			}
		}
	}
}

func (p place) key() string {
	return fmt.Sprint(p.branch, "|", p.claims, "|", p.builds, "|", p.content, "|", p.old, "|", p.down)
}

// judge asks the real steps, for both maintainers, in one reading of the world.
func (y *ground) judge(p place) (out [2]verdict) {
	y.turn(p)
	ctx := flow.WithReading(y.t.Context())
	for _, w := range []who{ours, theirs} {
		plan := y.plans[w]
		found, err := (&flow.Engine{}).Survey(ctx, plan)
		must(y.t, err)
		out[w] = y.verdict(ctx, plan, found, w)
	}
	return out
}

func (y *ground) verdict(ctx context.Context, plan flow.Plan, found []flow.Finding, w who) verdict {
	v := verdict{state: board.New(plan).WithFindings(found).State(), next: next(plan, found)}
	var said []string
	for i, f := range found {
		id := plan.Nodes[i].ID
		if id == flow.ConfirmIndex {
			v.confirm = f.Status
		}
		said = append(said, fmt.Sprintf("%s %s: %s", id, f.Status, f.Text))
		if f.Problem != nil {
			v.safe = v.safe || f.Problem.Retry == flow.RetrySafe
			v.offers = append(v.offers, y.offered(f.Problem)...)
		}
		if id == flow.DeleteBranch && f.Status == flow.Todo {
			v.deletes = y.deletes(ctx, w)
		}
	}
	v.text = strings.Join(said, "\n")
	return v
}

// deletes makes the attempt, with what was read already, and puts the branch back.
func (y *ground) deletes(ctx context.Context, w who) bool {
	before := y.git.Refs(slug)[y.target.Ref]
	_ = y.hands[w].Run(ctx, func(string) {})
	gone := y.git.Refs(slug)[y.target.Ref] == "" && before != ""
	if gone {
		y.git.SetRef(slug, y.target.Ref, before)
	}
	return gone
}

// offered are the commits whose branch a problem's commands delete.
func (y *ground) offered(p *flow.Problem) (out []who) {
	for _, line := range p.Next {
		for _, w := range []who{ours, theirs} {
			if strings.Contains(line, "--force-with-lease="+branchRef+":"+y.commit(w)) && strings.HasSuffix(line, " :"+branchRef) {
				out = append(out, w)
			}
		}
	}
	return out
}

// next is the node whose attempt a run would make now: the engine stops where it
// is blocked, and goes through what counts in the plan's order.
func next(p flow.Plan, found []flow.Finding) flow.ID {
	at := map[flow.ID]flow.Finding{}
	for i, n := range p.Nodes {
		at[n.ID] = found[i]
	}
	counts := p.Counts(at)
	for _, n := range p.Nodes {
		s := at[n.ID].Status
		if counts[n.ID] && (s == flow.Failed || s == flow.Conflict || s == flow.Unknown && n.Every == 0) {
			return ""
		}
	}
	for _, n := range p.Nodes {
		switch {
		case !counts[n.ID] || at[n.ID].Status == flow.Done:
		case at[n.ID].Status == flow.Todo:
			return n.ID
		default:
			return ""
		}
	}
	return ""
}

func (s *tally) pair() {
	s.Lock()
	defer s.Unlock()
	s.pairs++
}

func (s *tally) count(p place, vs [2]verdict) {
	s.Lock()
	defer s.Unlock()
	s.worlds++
	if p.untold() {
		s.untold++
	}
	for _, v := range vs {
		for n, so := range map[*int]bool{&s.done: v.state == board.AllDone, &s.notCleaned: v.state == board.DoneNotCleaned,
			&s.pushes: v.pushes(), &s.deletes: v.deletes, &s.offers: len(v.offers) > 0, &s.safe: v.safe} {
			if so {
				*n++
			}
		}
	}
}

// check holds a verdict against the oracle.
func (p place) check(t *testing.T, w who, v verdict, both [2]verdict) {
	t.Helper()
	wrong := func(what string) {
		t.Errorf("%s, for %s\n%+v\n%s", what, []string{"ours", "theirs"}[w], p, v.text)
	}
	isDone := v.state == board.AllDone || v.state == board.DoneNotCleaned
	switch proved := p.proved(w); {
	case (v.confirm == flow.Done) != proved:
		wrong(fmt.Sprintf("confirmed is %s, proved is %v", v.confirm, proved))
	case isDone && !proved || v.state.ExitCode() == 0 && (!proved || p.at(w) && p.setting != tagging):
		wrong("falsely done: " + string(v.state))
	case v.pushes() && !p.mayPush(w) && !p.untold():
		wrong("would push: " + string(v.next))
	case v.safe && !p.untold() && slices.ContainsFunc([]who{ours, theirs}, func(o who) bool { return both[o].pushes() && !p.mayPush(o) }):
		wrong("falsely safe to try again")
	case v.deletes && !p.mayDelete(w):
		wrong("deletes the branch")
	case slices.ContainsFunc(v.offers, func(o who) bool { return !p.mayOffer(o) }):
		wrong("offers to delete the branch")
	}
}
