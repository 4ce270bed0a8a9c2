package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// trials is how many trials a campaign has here, or as the variable says.
func trials(variable string, here int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return here
}

// seeds are those of the trials: 0 and up, or from FERRY_SEED on.
func seeds(n int) []uint64 {
	first, _ := strconv.ParseUint(os.Getenv("FERRY_SEED"), 10, 64)
	out := make([]uint64, n)
	for i := range out {
		out[i] = first + uint64(i)
	}
	return out
}

// tally is what a campaign counts over its trials.
type tally struct {
	trials, kills, looked atomic.Int64

	mu sync.Mutex
	at map[string]int // where the world stood after a kill
}

func (s *tally) killed(where string) {
	s.kills.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[string]int{}
	}
	s.at[where]++
}

// situation is who is killed, and who goes on.
type situation struct {
	name string
	who  func(round int) []string // those who release in a round, at the same time
}

var people = []string{"you", "sam", "kim", "lee", "dana"}

var situations = []situation{
	{"same machine", func(int) []string { return people[:1] }},
	{"fresh machine", func(round int) []string { return people[round : round+1] }},
	{"two maintainers", func(int) []string { return people[:2] }},
}

// TestCrash kills releases at random moments, one to three times, against git's
// own server, with a CI that hears of pushes late and an index whose pages are
// old; then it lets them run to their end. In a part of the trials a maintainer
// looks in between, and must be told nothing that is not so.
func TestCrash(t *testing.T) {
	n := trials("FERRY_CRASH_TRIALS", 9)
	span := alone(t)
	var sum tally
	t.Run("trials", func(t *testing.T) {
		for i, seed := range seeds(n) {
			s := situations[i%len(situations)]
			t.Run(strconv.FormatUint(seed, 10)+" "+s.name, func(t *testing.T) {
				t.Parallel()
				crash(t, seed, s, span, &sum)
			})
		}
	})
	t.Logf("%d trials, %d kills that struck (%v), %d looks in between; a release alone takes %s",
		sum.trials.Load(), sum.kills.Load(), sum.at, sum.looked.Load(), span.Round(time.Millisecond))
}

// alone is how long a release takes that nobody kills.
func alone(t *testing.T) time.Duration {
	t.Helper()
	h := startHarbour(t, somePace(rand.New(rand.NewPCG(0, 8))))
	begun := time.Now()
	if r := finish(t, h.command("you", yes...)); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	span := time.Since(begun)
	h.judge()
	return span
}

func crash(t *testing.T, seed uint64, s situation, span time.Duration, sum *tally) {
	rnd := rand.New(rand.NewPCG(seed, 8))
	h := startHarbour(t, somePace(rnd))
	rounds := 1 + rnd.IntN(3)
	for round := range rounds {
		h.killed(rnd, s.who(round), span, sum)
		if rnd.IntN(4) == 0 {
			h.told("dana")
			sum.looked.Add(1)
		}
	}
	var cmds []*exec.Cmd
	for _, who := range s.who(rounds) {
		cmds = append(cmds, h.command(who, yes...))
	}
	for i, r := range together(t, cmds...) {
		if r.code != 0 {
			t.Errorf("%s: exit code %d\n%s", s.who(rounds)[i], r.code, r.err)
		}
	}
	h.judge()
	if state := h.told("dana"); state != "done" {
		t.Errorf("at the end it is said to be %s", state)
	}
	for _, who := range s.who(rounds) {
		h.leavesAlone(who)
	}
	sum.trials.Add(1)
}

// killed starts releases at the same moment, and kills each at a moment of its
// own: some time after the host has received so many things. By the clock alone a
// machine with much to do would be killed before it has done anything.
func (h *harbour) killed(rnd *rand.Rand, who []string, span time.Duration, sum *tally) {
	var wg sync.WaitGroup
	for _, name := range who {
		things, after := rnd.IntN(4), time.Duration(rnd.Int64N(int64(span)))
		cmd := h.command(name, yes...)
		if err := cmd.Start(); err != nil {
			h.t.Fatal(err)
		}
		ended := make(chan struct{})
		wg.Go(func() { defer close(ended); _ = cmd.Wait() })
		wg.Go(func() {
			if h.receives(things, ended) {
				select {
				case <-time.After(after):
				case <-ended:
				}
			}
			_ = cmd.Process.Kill()
			<-ended
			if !cmd.ProcessState.Exited() {
				sum.killed(h.where())
			}
		})
	}
	wg.Wait()
}

// receives waits until the host has received so many things; false if what is
// waited with ends before.
func (h *harbour) receives(things int, ended <-chan struct{}) bool {
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for len(h.received()) < things {
		select {
		case <-tick.C:
		case <-ended:
			return false
		}
	}
	return true
}

// where says how far the world is, in a word.
func (h *harbour) where() string {
	deleted, pushed := false, false
	log := h.received()
	for _, u := range log {
		pushed = pushed || u.ref == branchRef
		deleted = deleted || u.ref == branchRef && u.new == nothing
	}
	switch {
	case deleted:
		return "deleted"
	case pushed && h.unfinished() == "":
		return "published"
	case pushed:
		return "pushed"
	case len(log) > 0:
		return "claimed"
	}
	return "nothing done"
}

// told asks where the release stands, and holds the answer against the world
// before and after: it may lag, and must not invent.
func (h *harbour) told(who string) string {
	h.t.Helper()
	pushed := h.pushed()
	r := finish(h.t, h.command(who, "status", "--json"))
	var doc struct{ State string }
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		h.t.Errorf("exit code %d: %v\n%s%s", r.code, err, r.out, r.err)
	}
	_, branch := h.refs()[branchRef]
	files := len(h.uploads())
	untrue := map[string]bool{
		"done": branch || h.unfinished() != "", "done_not_cleaned": files != 2, "partly_deployed": files == 0,
		"not_started": pushed, "failed": true, "conflicted": true, // nothing fails here, and nobody is in the way
	}
	if untrue[doc.State] {
		h.t.Errorf("said to be %s; pushed before: %v, branch there: %v, %d files, %s", doc.State, pushed, branch, files, h.unfinished())
	}
	return doc.State
}

// pushed says whether the branch was ever there.
func (h *harbour) pushed() bool {
	return slices.ContainsFunc(h.received(), func(u update) bool { return u.ref == branchRef })
}

// leavesAlone wants every clone to be as it was but for its list of files, which
// git itself refreshes, and no home to hold the token that CI was asked with.
func (h *harbour) leavesAlone(who string) {
	h.t.Helper()
	made, _ := template()
	clone, home := filepath.Join(h.Dir, who, sandbox.Project), filepath.Join(h.Dir, who+"-home")
	have, want := contents(h.t, clone), contents(h.t, sampleIn(made))
	for _, m := range []map[string]string{have, want} {
		delete(m, ".git/index")
		delete(m, ".git/config")
	}
	if !maps.Equal(have, want) {
		h.t.Errorf("%s's clone has changed", who)
	}
	for path, text := range contents(h.t, home) {
		if strings.Contains(text, harbourToken) {
			h.t.Errorf("%s holds the token", path)
		}
	}
}

func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return out
}
