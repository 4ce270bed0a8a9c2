package main

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"ferry/flow/sandbox"
)

// told is the document of a bare recover.
type told struct {
	Exit    int
	State   string
	Options []struct {
		ID          string
		Recommended bool
		Command     []string
	}
	InFlight []struct{ Version string } `json:"in_flight"`
}

// recovers lets somebody ask what is half done.
func (w world) recovers(who string) (doc told, best string) {
	w.t.Helper()
	r := w.run(who, "recover", "--json")
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || r.code != doc.Exit || strings.Count(r.out, "\n") != 1 {
		w.t.Fatalf("%v, exit code %d\n%s%s", err, r.code, r.out, r.err)
	}
	for _, o := range doc.Options {
		if o.Recommended {
			best = o.ID
		}
	}
	return doc, best
}

// TestRecoverFromAnotherMachine: what one maintainer began and left another one
// finishes, in another clone and home, by the command that is recommended.
func TestRecoverFromAnotherMachine(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	if doc, best := w.recovers("sam"); doc.State != "not_started" || len(doc.InFlight) != 0 || best != "" {
		t.Errorf("before: %+v", doc)
	}
	if r := w.run("you", append(yes, "--no-wait")...); r.code != 8 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	if doc, _ := w.recovers("sam"); len(doc.InFlight) != 1 || doc.InFlight[0].Version != sandbox.Version || len(doc.Options) == 0 {
		t.Errorf("left: %+v", doc)
	}
	if r := w.run("sam", "recover", "--resume", "--yes"); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.published()
	if doc, _ := w.recovers("you"); doc.Exit != 0 || len(doc.Options) != 0 {
		t.Errorf("after: %+v", doc)
	}
}

// TestRecoverGivesUp: only the version that is in flight, only where it is
// offered, and then nothing is.
func TestRecoverGivesUp(t *testing.T) {
	t.Parallel()
	w := start(t, "ci-red", nil, nil)
	if r := w.run("you", yes...); r.code != 1 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	if doc, best := w.recovers("sam"); doc.State != "failed" || best != "restart" {
		t.Errorf("%+v", doc)
	}
	for _, c := range []struct {
		code int
		args []string
	}{
		{64, []string{"--abandon="}}, {64, []string{"--resume", "--clean-up"}}, {64, []string{"1.3.0", "--abandon=1.4.0"}},
		{3, []string{"--abandon=1.3.0"}}, {3, []string{"1.3.0", "--resume"}}, {0, []string{"1.3.0"}}, {1, []string{"--resume"}}, {1, []string{"--clean-up"}}, {1, []string{"--complete"}},
		{3, []string{"--restart", "--yes=1.3.0"}}, {8, []string{"--restart", "--yes", "--no-input"}}, {64, []string{"--abandon=1.4.0", "--read-only"}},
	} {
		if r := w.run("sam", append([]string{"recover", "--plain"}, c.args...)...); r.code != c.code {
			t.Errorf("%v: exit code %d, want %d\n%s%s", c.args, r.code, c.code, r.out, r.err)
		}
	}
	if _, ok := w.Remote.Refs(sandbox.Slug)["refs/heads/"+sandbox.Branch]; !ok || len(w.uploads()) != 0 {
		t.Fatal("something was done before anybody agreed")
	}
	if r := w.run("sam", "recover", "--plain", "--abandon="+sandbox.Version); r.code != 0 || strings.Contains(r.err, "upload") {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	if at, ok := w.Remote.Refs(sandbox.Slug)["refs/heads/"+sandbox.Branch]; ok {
		t.Errorf("the branch is at %s", at)
	}
	if doc, _ := w.recovers("you"); doc.Exit != 0 || len(doc.InFlight) != 0 {
		t.Errorf("after: %+v", doc)
	}
}

// TestRecoverRestarts: CI builds the same commit again, and its end is followed.
func TestRecoverRestarts(t *testing.T) {
	t.Parallel()
	w := start(t, "half-the-files", nil, nil)
	if r := w.run("you", yes...); r.code != 1 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	r := w.run("sam", "recover", "--plain", "--restart", "--yes="+sandbox.Version)
	if n := w.created("refs/heads/" + sandbox.Branch); n != 1 || r.code != 1 || !strings.Contains(r.err, "builds this commit again") {
		t.Errorf("the branch was made %d times; exit code %d\n%s", n, r.code, r.err)
	}
	if doc, best := w.recovers("you"); doc.State != "partly_deployed" || best != "restart" {
		t.Errorf("after: %+v", doc)
	}
}

// TestRecoverUndo: no step of a release is taken back exactly, and what makes up
// for it is named; nothing is changed by asking.
func TestRecoverUndo(t *testing.T) {
	t.Parallel()
	w := start(t, "ci-red", nil, nil)
	if r := w.run("you", yes...); r.code != 1 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	before := w.Remote.Refs(sandbox.Slug)
	for step, want := range map[string]struct {
		code int
		text string
	}{
		"push-branch": {1, "ferry recover --abandon=" + sandbox.Version},
		"claim":       {1, "the claim stays for good"},
		"check-tree":  {1, "only looks"},
		"frobnicate":  {64, "no such step"},
	} {
		r := w.run("sam", "recover", "--plain", "--undo", step)
		if r.code != want.code || !strings.Contains(r.err, want.text) {
			t.Errorf("%s: exit code %d\n%s", step, r.code, r.err)
		}
	}
	if r := w.run("sam", "recover", "--undo", "claim", "--resume"); r.code != 64 {
		t.Errorf("with a way: exit code %d", r.code)
	}
	if after := w.Remote.Refs(sandbox.Slug); !maps.Equal(before, after) {
		t.Errorf("the refs were %v and are %v", before, after)
	}
}
