package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// starts is how often somebody, or ferry for somebody, started the workflow.
func (w world) starts() (n int) {
	for _, b := range w.CI.Builds() {
		if b.ByHand() {
			n++
		}
	}
	return n
}

// once checks what a release by dispatch must come to: one start, each file once, and
// the default branch where it was.
func (w world) once(main string) {
	w.t.Helper()
	if n := w.starts(); n != 1 {
		w.t.Errorf("the workflow was started %d times", n)
	}
	if len(w.uploads()) != 2 {
		w.t.Errorf("uploads: %v", w.uploads())
	}
	for file, n := range w.uploads() {
		if n != 1 {
			w.t.Errorf("%s was uploaded %d times", file, n)
		}
	}
	if at := w.Remote.Refs(sandbox.Slug)["refs/heads/main"]; at != main {
		w.t.Errorf("main is at %s, and was at %s", at, main)
	}
}

// stillBuilding keeps the run going while somebody else looks.
func stillBuilding(s *sandbox.Scenario) {
	quick(s)
	s.CI = "queue 50ms\njob test 300ms lines=3\njob publish 1500ms lines=3\ndeploy job=publish\n"
}

func byDispatch(t *testing.T, change func(*sandbox.Scenario)) (world, string) {
	w := start(t, "by-dispatch", change, nil)
	return w, w.Remote.Refs(sandbox.Slug)["refs/heads/main"]
}

// TestByDispatch: looked at without a change, planned, carried out as planned, and
// done, also for another clone. It is started once, whoever asks again.
func TestByDispatch(t *testing.T) {
	t.Parallel()
	w, main := byDispatch(t, quick)
	plan := filepath.Join(t.TempDir(), "plan.json")
	for _, args := range [][]string{{"release", "--dry-run", "--plain"}, {"release", "--by", "dispatch", "--plan", "-o", plan}} {
		r := w.run("you", args...)
		if all := r.out + r.err; r.code != 0 || !strings.Contains(all, "gh workflow run publish.yml") || !strings.Contains(all, "version=1.4.0") || w.starts() != 0 {
			t.Errorf("%v: exit code %d, %d starts\n%s", args, r.code, w.starts(), all)
		}
	}
	if r := w.run("you", append(yes, "--apply", plan)...); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	w.once(main)
	var doc struct {
		State   string
		Trigger struct{ Kind, Ref string }
	}
	r := w.run("sam", "status", "--json")
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || doc.State != "done" || doc.Trigger.Kind != "dispatch" || doc.Trigger.Ref != "refs/heads/main" {
		t.Errorf("%+v, %v\n%s", doc, err, r.out)
	}
	for _, args := range [][]string{yes, {"recover", "--plain"}} {
		if r := w.run("sam", args...); r.code != 0 {
			t.Errorf("%v: exit code %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
	w.once(main)
	if r := w.run("you", append(yes, "--apply", plan)...); r.code != 3 {
		t.Errorf("an old plan: exit code %d\n%s", r.code, r.err)
	}
}

// TestTwoDispatchAtOnce: the claim decides who starts; the other follows.
func TestTwoDispatchAtOnce(t *testing.T) {
	t.Parallel()
	for _, other := range []string{"sam", "you"} {
		w, main := byDispatch(t, stillBuilding)
		one, two := w.command(t.Context(), "you", yes...), w.command(t.Context(), other, yes...)
		var results [2]result
		var wg sync.WaitGroup
		wg.Go(func() { results[0] = finish(t, one) })
		wg.Go(func() { results[1] = finish(t, two) })
		wg.Wait()
		for i, r := range results {
			if r.code != 0 {
				t.Errorf("%s, %d: exit code %d\n%s", other, i, r.code, r.err)
			}
		}
		w.once(main)
	}
}

// TestAKilledDispatch: killed as soon as the workflow is started; another maintainer's
// clone says where it stands, and finishes it. main has gone on meanwhile.
func TestAKilledDispatch(t *testing.T) {
	t.Parallel()
	w, _ := byDispatch(t, stillBuilding)
	cmd := w.command(t.Context(), "you", yes...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the start", func() bool { return w.starts() == 1 })
	_ = cmd.Process.Kill() // it may be over
	_ = cmd.Wait()
	w.Remote.Commit(sandbox.Slug, "main", "Go on", map[string]string{"more.txt": "more\n"}, time.Now())
	main := w.Remote.Refs(sandbox.Slug)["refs/heads/main"]
	doc, best := w.recovers("sam")
	if best != "resume" || len(doc.InFlight) != 1 {
		t.Errorf("%s: %+v", best, doc)
	}
	if r := w.run("sam", "recover", "--resume", "--plain", "--yes"); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.once(main)
}

// TestADispatchOfAnotherCommit: what would be built is not what is released.
func TestADispatchOfAnotherCommit(t *testing.T) {
	t.Parallel()
	w, _ := byDispatch(t, quick)
	if r := w.run("you", "release", "--dry-run", "--plain"); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	w.Remote.Commit(sandbox.Slug, "main", "Go on", map[string]string{"more.txt": "more\n"}, time.Now())
	r := w.run("you", yes...)
	if r.code != 3 || !strings.Contains(r.err, "dispatch.not-tip") || w.starts() != 0 {
		t.Errorf("exit code %d, %d starts\n%s", r.code, w.starts(), r.err)
	}
	for ref := range w.Remote.Refs(sandbox.Slug) {
		if strings.HasPrefix(ref, "refs/releases/") {
			t.Errorf("%s was made", ref)
		}
	}
}
