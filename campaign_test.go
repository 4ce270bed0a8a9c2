package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/sandbox"
	"ferry/gitops/gittest"
)

// The campaigns below run at a bounded size here; CONTRIBUTING.md says how to
// run them at full size.

// requests counts how many requests of the program a whole release takes.
func requests(t *testing.T) int {
	k := &killer{at: -1}
	w := start(t, "happy", quick, k.wrap)
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	return k.seen
}

// TestKilledAtEveryRequest: the process is killed before, or after, the n-th of
// its requests is handled, for every n; that covers both sides of every side
// effect. Then it runs again, in the same home and clone or in fresh ones. It
// always ends published, with one creation of the branch and one upload a file.
func TestKilledAtEveryRequest(t *testing.T) {
	all := requests(t)
	step := max(1, all/5)
	if os.Getenv("FERRY_CRASHES") == "all" {
		step = 1
	}
	runs := 0
	for at := 1; at <= all; at += step {
		for _, after := range []bool{false, true} {
			for _, next := range []string{"you", "sam"} {
				runs++
				t.Run(fmt.Sprintf("request %d after=%v next=%s", at, after, next), func(t *testing.T) {
					t.Parallel()
					killedAndResumed(t, at, after, next)
				})
			}
		}
	}
	t.Logf("%d kills at %d requests", runs, all)
}

func killedAndResumed(t *testing.T, at int, after bool, next string) {
	k := &killer{at: at, after: after}
	w := start(t, "happy", quick, k.wrap)
	cmd := w.command(t.Context(), "you", yes...)
	k.start(t, cmd)
	_ = cmd.Wait() // killed, or done before that request came
	if r := w.run(next, yes...); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.published()
}

// start starts the victim; no request of it is counted before it is known.
func (k *killer) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	k.victim = cmd
}

// races is how many races to run.
func races(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("FERRY_RACES"))
	if err != nil {
		return 6
	}
	return n
}

// together starts commands at the same moment and gives their results in order.
func together(t *testing.T, cmds ...*exec.Cmd) []result {
	out := make([]result, len(cmds))
	var wg sync.WaitGroup
	for i, cmd := range cmds {
		wg.Go(func() { out[i] = finish(t, cmd) })
	}
	wg.Wait()
	return out
}

// TestTwoAtTheSameMoment: two maintainers release the same commit from two
// clones. Exactly one creates the branch; the other follows along and ends alike.
func TestTwoAtTheSameMoment(t *testing.T) {
	for i := range races(t) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			for who, r := range together(t, w.command(t.Context(), "you", yes...), w.command(t.Context(), "sam", yes...)) {
				if r.code != 0 {
					t.Errorf("%d: exit code %d\n%s", who, r.code, r.err)
				}
				if !strings.Contains(r.err, "claimed by ") {
					t.Errorf("%d: nobody is named as holder\n%s", who, r.err)
				}
			}
			w.published()
		})
	}
}

// TestTwoCommitsAtTheSameMoment: with two commits of the same version one is
// published, and the other ends in conflict.
func TestTwoCommitsAtTheSameMoment(t *testing.T) {
	for i := range races(t) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			one, two := w.command(t.Context(), "you", yes...), w.command(t.Context(), "sam", yes...)
			other := w.commitIn(two.Dir)
			codes := map[int]int{}
			for _, r := range together(t, one, two) {
				codes[r.code]++
				if r.code != 0 && r.code != 3 {
					t.Errorf("exit code %d\n%s", r.code, r.err)
				}
			}
			if codes[0] != 1 || codes[3] != 1 {
				t.Errorf("exit codes %v", codes)
			}
			w.published()
			_ = other
		})
	}
}

// commitIn makes a second commit of the same version in a clone, and puts it on
// the remote beside main.
func (w world) commitIn(clone string) string {
	w.t.Helper()
	files := map[string]string{"src/acme_core/other.py": "OTHER = 1\n"}
	when := time.Now().Truncate(time.Second)
	sha, err := gittest.WriteCommit(clone, files, "Another thing", when)
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command("git", "push", "-q", "origin", "HEAD:refs/heads/other")
	cmd.Dir = clone
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Skipf("git cannot push: %v %s", err, out)
	}
	return sha
}

// TestTheSameCommitIsNeverPushedAgain: after a red build and the removal of the
// branch, the same commit leads to no second push; a new commit takes the next
// claim and publishes once.
func TestTheSameCommitIsNeverPushedAgain(t *testing.T) {
	w := start(t, "red-then-fixed", nil, nil)
	first := w.command(t.Context(), "sam", yes...)
	detach(t, first.Dir, w.Commits[0])
	before := len(w.Remote.Updates())
	if r := finish(t, first); r.code == 0 {
		t.Errorf("the failed commit: exit code %d\n%s", r.code, r.err)
	}
	if n := len(w.Remote.Updates()); n != before {
		t.Errorf("%d updates of refs by it", n-before)
	}
	if r := w.run("you", yes...); r.code != 0 {
		t.Errorf("the fix: exit code %d\n%s", r.code, r.err)
	}
	w.published()
	if refs := w.Remote.Refs(sandbox.Slug); w.Remote.Peel(sandbox.Slug, refs["refs/releases/"+sandbox.Project+"/"+sandbox.Version+"@2"]) != w.Commits[1] {
		t.Errorf("the second claim is not at the fix: %v", refs)
	}
}

func detach(t *testing.T, clone, sha string) {
	t.Helper()
	cmd := exec.Command("git", "checkout", "-q", "--detach", sha)
	cmd.Dir = clone
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("no git here: %v %s", err, out)
	}
}

// counter counts the program's requests, delays each, and remembers how many
// round trips they made one after the other.
type counter struct {
	mu    sync.Mutex
	n     int
	delay time.Duration
	paths []string
}

func (c *counter) wrap(server string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.UserAgent(), "ferry/") {
			c.mu.Lock()
			c.n++
			c.paths = append(c.paths, server+" "+r.URL.Path)
			c.mu.Unlock()
			select {
			case <-time.After(c.delay):
			case <-r.Context().Done():
			}
		}
		h.ServeHTTP(w, r)
	})
}

// TestStatusAsksLittle: a status takes at most eight requests, before and after a
// release. GitHub gives a log by way of a redirect, which makes nine; by tag its
// releases take three more, where a token may publish one.
func TestStatusAsksLittle(t *testing.T) {
	for scenario, most := range map[string]int{"happy": 8, "happy-tag": 11} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			c := &counter{}
			w := start(t, scenario, quick, c.wrap)
			for _, moment := range []string{"before", "after"} {
				c.n, c.paths = 0, nil
				if r := w.run("sam", "status"); r.code != 0 {
					t.Errorf("%s: exit code %d\n%s", moment, r.code, r.err)
				}
				if c.n > most {
					t.Errorf("%s: %d requests: %s", moment, c.n, strings.Join(c.paths, ", "))
				}
				w.run("you", append(yes, "--timeout", "20s")...)
			}
		})
	}
}

// BenchmarkStatus measures a status in a world where every request takes 200 ms:
// within four round trips, which is 800 ms and what the process itself needs.
func BenchmarkStatus(b *testing.B) {
	c := &counter{delay: 200 * time.Millisecond}
	w := start(b, "happy", quick, c.wrap)
	w.run("you", yes...)
	for b.Loop() {
		c.n = 0
		if r := w.run("sam", "status"); r.code != 0 {
			b.Fatal(r.err)
		}
		b.ReportMetric(float64(c.n), "requests")
	}
}

func BenchmarkVersion(b *testing.B) {
	bin, err := program()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := exec.CommandContext(context.Background(), filepath.Join(bin, "ferry"), "version").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestFollowJoinsFromAnotherMachine: while one maintainer releases, another only
// looks, from a clone and a home of their own, and is told the end.
func TestFollowJoinsFromAnotherMachine(t *testing.T) {
	w := start(t, "happy", nil, nil)
	cmd := w.command(t.Context(), "you", yes...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for w.created("refs/heads/"+sandbox.Branch) == 0 {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the branch was never pushed")
		}
	}
	r := w.run("sam", "status", "--follow", "--plain")
	if r.code != 0 || !strings.Contains(r.err, "job 1.2") || !strings.Contains(r.err, "sha256") {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	w.published()
	if r := w.run("sam", "status", "--follow", "--json"); r.code != 0 || !strings.Contains(r.out, `"state":"done"`) {
		t.Errorf("after it: exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

// TestInterrupted: an interrupt ends the waiting, says what is true and how to
// come back; a second run goes on.
func TestInterrupted(t *testing.T) {
	for _, face := range []string{"--plain", "--json"} {
		t.Run(face, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", nil, nil)
			cmd := w.command(t.Context(), "you", "release", face, "--yes="+sandbox.Version)
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for w.created("refs/heads/"+sandbox.Branch) == 0 {
				select {
				case <-time.After(20 * time.Millisecond):
				case <-t.Context().Done():
					t.Fatal("the branch was never pushed")
				}
			}
			_ = cmd.Process.Signal(os.Interrupt)
			_ = cmd.Wait()
			said := out.String() + errs.String()
			if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(said, "ferry status") {
				t.Errorf("exit code %d\n%s", code, said)
			}
			if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); face == "--json" && !strings.Contains(lines[len(lines)-1], `"kind":"result"`) {
				t.Errorf("the last line is %s", lines[len(lines)-1])
			}
			if r := w.run("you", yes...); r.code != 0 {
				t.Errorf("again: exit code %d\n%s", r.code, r.err)
			}
			w.published()
		})
	}
}
