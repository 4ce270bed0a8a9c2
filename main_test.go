package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// program builds the program once; the tests run it as people do, as a process.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ferry-bin-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "ferry"), ".").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := program(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// world is a scenario's world in a test.
type world struct {
	*sandbox.World
	t   testing.TB
	bin string
}

func start(t testing.TB, scenario string, change func(*sandbox.Scenario), wrap sandbox.Wrap) world {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s, err := sandbox.Find(scenario)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&s)
	}
	w, err := sandbox.Start(t.Context(), s, t.TempDir(), wrap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return world{w, t, bin}
}

// command is the program in one maintainer's clone and home.
func (w world) command(ctx context.Context, who string, args ...string) *exec.Cmd {
	w.t.Helper()
	cmd, err := w.Command(ctx, w.bin, who, append([]string{"ferry"}, args...))
	if err != nil {
		w.t.Fatal(err)
	}
	return cmd
}

type result struct {
	code     int
	out, err string
}

func (w world) run(who string, args ...string) result {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	return finish(w.t, w.command(ctx, who, args...))
}

func finish(t testing.TB, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// created counts how often the release branch, or the tag, was made by a push.
func (w world) created(ref string) (n int) {
	for _, u := range w.Remote.Updates() {
		if u.Pushed && u.Ref == ref && strings.Trim(u.Old, "0") == "" {
			n++
		}
	}
	return n
}

// uploads counts the attempts at each file of the release.
func (w world) uploads() map[string]int {
	out := map[string]int{}
	for _, u := range w.Index.Uploads() {
		out[u.Filename]++
	}
	return out
}

// published checks the one thing that must be true in the end, whatever
// happened on the way: one creation of the branch, one upload of each file, the
// branch gone, the claim there.
func (w world) published() {
	w.t.Helper()
	if n := w.created("refs/heads/" + sandbox.Branch); n != 1 {
		w.t.Errorf("the branch was made %d times", n)
	}
	if up := w.uploads(); len(up) != 2 || slices.Max(values(up)) != 1 {
		w.t.Errorf("uploads: %v", up)
	}
	refs := w.Remote.Refs(sandbox.Slug)
	if _, ok := refs["refs/heads/"+sandbox.Branch]; ok {
		w.t.Error("the branch is still there")
	}
	if _, ok := refs["refs/releases/"+sandbox.Project+"/"+sandbox.Version]; !ok {
		w.t.Errorf("the claim is not there: %v", refs)
	}
}

func values(m map[string]int) (out []int) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// quick makes a scenario's CI as fast as it can be.
func quick(s *sandbox.Scenario) {
	s.MaxAge = 0
	s.CI = "queue 10ms\njob py39 20ms lines=3\njob py312 60ms lines=3\ndeploy job=py312\n"
}

var yes = []string{"release", "--plain", "--yes=" + sandbox.Version}

func TestEveryScenarioEndsAsItSays(t *testing.T) {
	all, err := sandbox.Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			w := start(t, s.Name, nil, nil)
			r := w.run("you", slices.Concat(yes, s.Flags)...)
			if r.code != s.Exit {
				t.Errorf("exit code %d, want %d\n%s%s", r.code, s.Exit, r.err, r.out)
			}
			if s.Exit != 0 && (!strings.Contains(r.err, "now ") || !strings.Contains(r.err, "next ")) {
				t.Errorf("the problem names no way out:\n%s", r.err)
			}
		})
	}
}

func TestHappyEndsWithFilesAndHashes(t *testing.T) {
	w := start(t, "happy", nil, nil)
	r := w.run("you", yes...)
	if r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	w.published()
	for _, u := range w.Index.Uploads() {
		if !strings.Contains(r.err, u.Filename) || !strings.Contains(r.err, u.SHA256) {
			t.Errorf("%s %s is not told:\n%s", u.Filename, u.SHA256, r.err)
		}
	}
	if !strings.HasPrefix(r.out, "acme-core 1.4.0 ") {
		t.Errorf("result %q", r.out)
	}
	again := w.run("you", yes...)
	if again.code != 0 {
		t.Errorf("again: %d\n%s", again.code, again.err)
	}
	w.published()
}

// killer ends the process that a test watches when a chosen request comes:
// before it is handled, or after, before the answer leaves.
type killer struct {
	mu     sync.Mutex
	at     int
	after  bool
	seen   int
	victim *exec.Cmd
}

func (k *killer) wrap(_ string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.UserAgent(), "ferry/") { // to git hosts it is git/2.0 (ferry/…)
			h.ServeHTTP(w, r)
			return
		}
		n, victim := k.count()
		mine := n == k.at && victim != nil
		if mine && !k.after {
			_ = victim.Process.Kill()
		}
		if !mine || k.after {
			answer := &held{header: http.Header{}}
			h.ServeHTTP(answer, r)
			if mine {
				_ = victim.Process.Kill()
			}
			answer.send(w)
		}
	})
}

func (k *killer) count() (int, *exec.Cmd) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen++
	return k.seen, k.victim
}

// held keeps an answer back until it is sent.
type held struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(code int)        { h.code = code }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }
func (h *held) send(w http.ResponseWriter) {
	for k, v := range h.header {
		w.Header()[k] = v
	}
	if h.code != 0 {
		w.WriteHeader(h.code)
	}
	_, _ = w.Write(h.body.Bytes())
}
