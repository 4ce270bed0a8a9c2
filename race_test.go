package main

import (
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// race is one way in which two releases can meet.
type race struct {
	name string
	run  func(t *testing.T, rnd *rand.Rand) (first, second time.Time)
}

var raceKinds = []race{
	{"two maintainers", func(t *testing.T, rnd *rand.Rand) (a, b time.Time) { return atBranch(t, rnd, "sam", false) }},
	{"two terminals", func(t *testing.T, rnd *rand.Rand) (a, b time.Time) { return atBranch(t, rnd, "you", false) }},
	{"two commits", func(t *testing.T, rnd *rand.Rand) (a, b time.Time) { return atBranch(t, rnd, "sam", true) }},
	{"two maintainers, by tag", func(t *testing.T, rnd *rand.Rand) (a, b time.Time) { return atTag(t, rnd, "sam", false) }},
	{"two terminals, by tag", func(t *testing.T, rnd *rand.Rand) (a, b time.Time) { return atTag(t, rnd, "you", false) }},
	{"two commits, by tag", func(t *testing.T, rnd *rand.Rand) (a, b time.Time) { return atTag(t, rnd, "sam", true) }},
}

// TestRaces lets two runs meet: by branch against git's own server, and by tag.
// Exactly one makes the trigger. Of the same commit both end alike, and each
// says who holds the release, since when, and at which commit; of two commits the
// other one ends in a conflict that says so.
func TestRaces(t *testing.T) {
	var met, all atomic.Int64
	t.Run("races", func(t *testing.T) {
		for i, seed := range seeds(trials("FERRY_RACES", 6)) {
			kind := raceKinds[i%len(raceKinds)]
			t.Run(strconv.FormatUint(seed, 10)+" "+kind.name, func(t *testing.T) {
				t.Parallel()
				over, begun := kind.run(t, rand.New(rand.NewPCG(seed, 9)))
				all.Add(1)
				if begun.Before(over) {
					met.Add(1)
				}
			})
		}
	})
	t.Logf("%d races, in %d of which the second began while the first ran", all.Load(), met.Load())
}

// runner is one of the two.
type runner struct {
	who    string // as they are known to others
	commit string
	result
}

// meet runs both, the second up to a fifth of a second after the first, and
// says when the first was over and the second began.
func meet(t *testing.T, rnd *rand.Rand, one, two *exec.Cmd) (results [2]result, over, begun time.Time) {
	gap := time.Duration(rnd.IntN(200)*rnd.IntN(2)) * time.Millisecond
	var wg sync.WaitGroup
	wg.Go(func() { results[0] = finish(t, one); over = time.Now() })
	<-time.After(gap)
	begun = time.Now()
	results[1] = finish(t, two)
	wg.Wait()
	return results, over, begun
}

func name(who string) string { return strings.ToUpper(who[:1]) + who[1:] + " Maintainer" }

func atBranch(t *testing.T, rnd *rand.Rand, other string, another bool) (over, begun time.Time) {
	h := startHarbour(t, somePace(rnd))
	one, two := h.command("you", yes...), h.command(other, yes...)
	commits := [2]string{h.refs()["refs/heads/main"], h.refs()["refs/heads/main"]}
	if another {
		commits[1] = h.commitIn(two.Dir)
	}
	results, over, begun := meet(t, rnd, one, two)
	h.judge()
	at := h.madeAt(branchRef)
	decided(t, at, [2]runner{{name("you"), commits[0], results[0]}, {name(other), commits[1], results[1]}}, "claimed by ")
	return over, begun
}

// madeAt is the commit at which the host says that a ref was made.
func (h *harbour) madeAt(ref string) string {
	for _, u := range h.received() {
		if u.ref == ref {
			return u.new
		}
	}
	return ""
}

// inFlight keeps the build going while the second run looks: of a release that is
// over nobody asks whose it was.
func inFlight(s *sandbox.Scenario) {
	quick(s)
	s.CI = "queue 50ms\njob test 200ms lines=3\njob publish 1500ms lines=3\ndeploy job=publish\n"
}

func atTag(t *testing.T, rnd *rand.Rand, other string, another bool) (over, begun time.Time) {
	w := start(t, "happy-tag", inFlight, nil)
	one, two := w.command(t.Context(), "you", yes...), w.command(t.Context(), other, yes...)
	commits := [2]string{w.Commits[0], w.Commits[0]}
	if another {
		commits[1] = w.commitIn(two.Dir)
	}
	results, over, begun := meet(t, rnd, one, two)
	if n := w.created(tagRef); n != 1 || len(w.uploads()) != 2 {
		t.Errorf("the tag was made %d times; uploads: %v", n, w.uploads())
	}
	for file, n := range w.uploads() {
		if n != 1 {
			t.Errorf("%s was uploaded %d times", file, n)
		}
	}
	at := w.Remote.Peel(sandbox.Slug, w.Remote.Refs(sandbox.Slug)[tagRef])
	decided(t, at, [2]runner{{name("you"), commits[0], results[0]}, {name(other), commits[1], results[1]}}, "tagged by ")
	return over, begun
}

// late is a run that found everything done when it looked first: whom to thank
// for it stands in the log, and is not asked for again.
func late(r result) bool {
	return r.code == 0 && !strings.Contains(r.err, " todo ") && !strings.Contains(r.err, " run  ")
}

// decided wants one winner, and both to be told who that is: by the same name, as
// long as the two have two.
func decided(t *testing.T, at string, rs [2]runner, words string) {
	t.Helper()
	holders := map[string]bool{}
	for i, r := range rs {
		want := 0
		if r.commit != at {
			want = 3
		}
		if r.code != want {
			t.Errorf("%d: exit code %d, want %d\n%s", i, r.code, want, r.err)
		}
		_, said, told := strings.Cut(r.err, words)
		if late(r.result) {
			continue
		}
		if !told || !strings.Contains(r.err, at[:7]) || !strings.Contains(said, "UTC") {
			t.Errorf("%d is not told who, when and which commit\n%s", i, r.err)
			continue
		}
		for _, one := range rs {
			if strings.HasPrefix(said, one.who) && (one.commit == at) {
				holders[one.who] = true
			}
		}
	}
	if len(holders) != 1 {
		t.Errorf("the holder is said to be %v\n%s\n%s", holders, rs[0].err, rs[1].err)
	}
}
