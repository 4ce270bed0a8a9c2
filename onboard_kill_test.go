package main

import (
	"bufio"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// onboards is how many set-ups are killed: FERRY_ONBOARDS, or a few.
func onboards() int {
	n, err := strconv.Atoi(os.Getenv("FERRY_ONBOARDS"))
	if err != nil {
		n = len(ways)
	}
	return n
}

// TestOnboardKilledAtAnyTime kills a set-up once or twice: when a request comes,
// before it is handled or before its answer leaves, or when a line is told, between
// one step and the next. Run again it ends as one that nobody killed.
func TestOnboardKilledAtAnyTime(t *testing.T) {
	t.Parallel()
	n := onboards()
	left := undisturbed(t, ways[:min(n, len(ways))])
	for seed := range n {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(uint64(seed), 6))
			y, k := ways[seed%len(ways)], &reaper{}
			w := bare(t, k.wrap)
			var killed []string
			for range 1 + rnd.IntN(2) {
				at, kind := 1+rnd.IntN(34), rnd.IntN(3)
				killed = append(killed, w.kills(k, y, kind, at))
			}
			t.Logf("%s: %q", y, killed)
			if r := w.run("you", y.args("--yes")...); r.code != 0 {
				t.Fatalf("%s, killed at %q: exit %d\n%s", y, killed, r.code, r.err)
			}
			w.isSetUp(y)
			if d := differences(left[y.String()], w.left()); len(d) > 0 {
				t.Errorf("%s, killed at %q: it ends another way\n%s", y, killed, strings.Join(d, "\n"))
			}
			w.idle("you", y)
		})
	}
}

// undisturbed is what each of the ways leaves.
func undisturbed(t *testing.T, all []way) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, y := range all {
		w := bare(t, nil)
		if r := w.run("you", y.args("--yes")...); r.code != 0 {
			t.Fatalf("%s: exit %d\n%s", y, r.code, r.err)
		}
		out[y.String()] = w.left()
	}
	return out
}

// timed is a line that tells of a step.
var timed = regexp.MustCompile(`^[0-9]`)

// kills begins a set-up, ends it at the request or the line of a number, and says
// after which line. One that is over before ends by itself.
func (w world) kills(k *reaper, y way, kind, at int) (last string) {
	w.t.Helper()
	cmd := w.command(w.t.Context(), "you", y.args("--yes")...)
	told, err := cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	request := at
	if kind == 2 {
		request = 0
	}
	if err := k.arm(cmd, request, kind == 1); err != nil {
		w.t.Fatal(err)
	}
	lines := bufio.NewScanner(told)
	for n := 0; lines.Scan(); {
		if last = lines.Text(); timed.MatchString(last) {
			n++
		}
		if kind == 2 && n == at {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	k.disarm()
	if cmd.ProcessState.Exited() {
		return "the end"
	}
	return strconv.Itoa(kind) + ":" + last
}

// reaper ends a process when a request of a number comes.
type reaper struct {
	mu     sync.Mutex
	at     int // none if 0
	after  bool
	seen   int
	victim *exec.Cmd
}

// arm starts a process that is to end at a request, counted from now.
func (k *reaper) arm(cmd *exec.Cmd, at int, after bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.after, k.seen, k.victim = at, after, 0, cmd
	return cmd.Start()
}

// disarm lets every request pass.
func (k *reaper) disarm() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = 0
}

// due gives the process that is to end at this request, before it or after.
func (k *reaper) due(r *http.Request) (victim *exec.Cmd, after bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !strings.Contains(r.UserAgent(), "ferry/") {
		return nil, false
	}
	if k.seen++; k.seen != k.at {
		return nil, false
	}
	return k.victim, k.after
}

func (k *reaper) wrap(_ string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		victim, after := k.due(r)
		if victim != nil && !after {
			_ = victim.Process.Kill()
			return
		}
		answer := &held{header: http.Header{}}
		h.ServeHTTP(answer, r)
		if victim != nil {
			_ = victim.Process.Kill()
		}
		answer.send(w)
	})
}
