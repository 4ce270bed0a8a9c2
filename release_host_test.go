package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ferry/flow/ci/citest"
	"ferry/flow/sandbox"
)

// byRelease makes the world's CI quick. The draft of the scenario stays.
func byRelease(s *sandbox.Scenario) {
	s.MaxAge = 0
	s.CI = "queue 10ms\njob test 20ms lines=3\njob publish 60ms lines=3\ndeploy job=publish\n"
}

// releasedOnce checks what must be true in the end, whatever happened on the way: one
// published release of the tag, the tag at the commit, one start of CI, and one upload
// of each file.
func (w world) releasedOnce() {
	w.t.Helper()
	var there []citest.Release
	for _, r := range w.CI.Releases() {
		if r.Tag == "v"+sandbox.Version {
			there = append(there, r)
		}
	}
	if len(there) != 1 || there[0].Draft || there[0].Title != "Planning in order" {
		w.t.Errorf("releases: %+v", there)
	}
	if at := w.Remote.Peel(sandbox.Slug, w.Remote.Refs(sandbox.Slug)[tagRef]); at != w.Commits[len(w.Commits)-1] {
		w.t.Errorf("the tag is at %q", at)
	}
	if n := len(w.CI.Builds()); n != 1 {
		w.t.Errorf("CI was started %d times", n)
	}
	if up := w.uploads(); len(up) != 2 || slices.Max(values(up)) != 1 {
		w.t.Errorf("uploads: %v", up)
	}
	if n := w.created("refs/heads/" + sandbox.Branch); n != 0 {
		w.t.Error("a branch was pushed")
	}
}

// TestByRelease: auto picks it, the draft of the host is published, and status tells so.
func TestByRelease(t *testing.T) {
	t.Parallel()
	w := start(t, "by-release", byRelease, nil)
	if r := w.run("you", "release", "--plain", "--dry-run"); r.code != 0 || !strings.Contains(r.out, "gh release edit v1.4.0") || len(w.CI.Builds()) != 0 {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if r := w.run("you", "release", "--plain", "--yes", "--no-input"); r.code != 8 || len(w.CI.Builds()) != 0 {
		t.Errorf("a bare yes passed the gate: exit code %d\n%s", r.code, r.err)
	}
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	w.releasedOnce()
	r := w.run("sam", "status", "--json")
	var doc struct {
		State   string
		Trigger struct{ Kind, Ref string }
	}
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || doc.State != "done" || doc.Trigger.Kind != "release" || doc.Trigger.Ref != tagRef {
		t.Errorf("%v %+v\n%s", err, doc, r.err)
	}
	if r := w.run("sam", yes...); r.code != 0 {
		t.Errorf("again: exit code %d\n%s", r.code, r.err)
	}
	w.releasedOnce()
}

// TestByReleaseAtATag: somebody has made the tag, and no release of it.
func TestByReleaseAtATag(t *testing.T) {
	t.Parallel()
	w := start(t, "by-release", byRelease, nil)
	w.Remote.SetRef(sandbox.Slug, tagRef, w.Commits[0])
	if doc, best := w.recovers("sam"); doc.State != "not_started" || best != "resume" {
		t.Errorf("%s: %+v", best, doc)
	}
	if r := w.run("sam", "recover", "--resume", "--plain", "--yes="+sandbox.Version); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.releasedOnce()
}

// TestAPlanByRelease is saved, and carried out as long as the host shows the same.
func TestAPlanByRelease(t *testing.T) {
	t.Parallel()
	w := start(t, "by-release", byRelease, nil)
	file := filepath.Join(t.TempDir(), "plan.json")
	if r := w.run("you", "release", "--by", "release", "--plan", "-o", file); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	second := w.CI.AddRelease(citest.Release{Tag: "v1.4.0", Title: "Another", Draft: true})
	if r := w.run("you", append(yes, "--apply", file)...); r.code != 3 || len(w.CI.Builds()) != 0 {
		t.Errorf("two drafts: exit code %d\n%s", r.code, r.err)
	}
	w.CI.RemoveRelease(second)
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), `"gh"`) {
		t.Errorf("%v\n%s", err, text)
	}
	if r := w.run("you", append(yes, "--apply", file)...); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.releasedOnce()
}

// TestKilledByRelease: killed before or after the n-th request, and finished
// from the same clone by a release, or from another one by a recovery.
func TestKilledByRelease(t *testing.T) {
	t.Parallel()
	all := &killer{at: -1}
	if r := start(t, "by-release", byRelease, all.wrap).run("you", yes...); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	step := max(1, all.seen/6)
	if os.Getenv("FERRY_CRASHES") == "all" {
		step = 1
	}
	for at := 1; at <= all.seen; at += step {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("request %d of %d after=%v", at, all.seen, after), func(t *testing.T) {
				t.Parallel()
				k := &killer{at: at, after: after}
				w := start(t, "by-release", byRelease, k.wrap)
				cmd := w.command(t.Context(), "you", yes...)
				k.start(t, cmd)
				_ = cmd.Wait()
				if doc, _ := w.recovers("sam"); len(doc.InFlight) > 0 {
					w.run("sam", "recover", "--resume", "--plain", "--yes="+sandbox.Version)
				}
				if r := w.run("sam", yes...); r.code != 0 {
					t.Errorf("exit code %d\n%s", r.code, r.err)
				}
				w.releasedOnce()
			})
		}
	}
}

// TestByReleaseLeftAndResumed: published, left, and brought to its end from another
// clone and home by the way that recover names.
func TestByReleaseLeftAndResumed(t *testing.T) {
	t.Parallel()
	w := start(t, "by-release", nil, nil)
	if r := w.run("you", append(yes, "--no-wait")...); r.code != 8 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	doc, best := w.recovers("sam")
	if len(doc.InFlight) != 1 || best != "resume" {
		t.Errorf("%s: %+v", best, doc)
	}
	if r := w.run("sam", "recover", "--resume", "--yes"); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.releasedOnce()
	if doc, _ := w.recovers("you"); doc.Exit != 0 || len(doc.InFlight) != 0 {
		t.Errorf("after: %+v", doc)
	}
}

// TestTwoByRelease: two maintainers at the same moment make one release.
func TestTwoByRelease(t *testing.T) {
	t.Parallel()
	for i := range races(t) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			w := start(t, "by-release", byRelease, nil)
			for _, r := range together(t, w.command(t.Context(), "you", yes...), w.command(t.Context(), "sam", yes...)) {
				if r.code != 0 {
					t.Errorf("exit code %d\n%s", r.code, r.err)
				}
			}
			w.releasedOnce()
		})
	}
}

// TestTwoCommitsByRelease: of two maintainers with different commits one publishes, and
// the other is told who has.
func TestTwoCommitsByRelease(t *testing.T) {
	t.Parallel()
	for i := range races(t) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			w := start(t, "by-release", inFlight, nil)
			one, two := w.command(t.Context(), "you", yes...), w.command(t.Context(), "sam", yes...)
			commits := []string{w.Commits[0], w.commitIn(two.Dir)}
			results := together(t, one, two)
			at := w.Remote.Peel(sandbox.Slug, w.Remote.Refs(sandbox.Slug)[tagRef])
			for i, r := range results {
				want, tells := 3, "release v1.4.0 was published at"
				if commits[i] == at {
					want, tells = 0, "sha256 equal"
				}
				if r.code != want || !strings.Contains(r.err, tells) {
					t.Errorf("%d: exit code %d, want %d, and %q\n%s", i, r.code, want, tells, r.err)
				}
			}
			if n := len(w.CI.Builds()); n != 1 || len(w.uploads()) != 2 || slices.Max(values(w.uploads())) != 1 {
				t.Errorf("CI was started %d times; uploads: %v", n, w.uploads())
			}
		})
	}
}

// TestByTagPublishesTheHostsRelease where the host has published some before, and no
// job starts from that.
func TestByTagPublishesTheHostsRelease(t *testing.T) {
	t.Parallel()
	w := start(t, "happy-tag", byRelease, nil)
	w.CI.AddRelease(citest.Release{Tag: "v1.3.0", Title: "v1.3.0"})
	if r := w.run("you", append(yes, "--notes", "none")...); r.code != 0 || !strings.Contains(r.err, "release v1.4.0 is published") {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	all := w.CI.Releases()
	if len(all) != 2 || all[1].Tag != "v1.4.0" || all[1].Draft || len(w.CI.Builds()) != 1 {
		t.Errorf("%+v, %d builds", all, len(w.CI.Builds()))
	}
	if n := w.created(tagRef); n != 1 {
		t.Errorf("the tag was made %d times", n)
	}
}

// TestAnEarlyReleaseProvesNothing: where the host has the release before its tag, or
// never gets one, the files are proved all the same.
func TestAnEarlyReleaseProvesNothing(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(world){
		"published before": func(w world) { w.CI.AddRelease(citest.Release{Tag: "v1.4.0", Title: "Early"}) },
		"none expected":    func(world) {},
	} {
		w := start(t, "happy-tag", byRelease, nil)
		before(w)
		if r := w.run("you", "release", "--plain", "--dry-run"); r.code != 0 || strings.Contains(r.out, "gh release") {
			t.Errorf("%s: a release is announced: exit code %d\n%s", name, r.code, r.out)
		}
		n := len(w.CI.Releases())
		if r := w.run("you", yes...); r.code != 0 || !strings.Contains(r.err, "sha256 equal in CI log") {
			t.Errorf("%s: exit code %d\n%s", name, r.code, r.err)
		}
		if len(w.uploads()) != 2 || len(w.CI.Releases()) != n {
			t.Errorf("%s: %v, %+v", name, w.uploads(), w.CI.Releases())
		}
	}
}
