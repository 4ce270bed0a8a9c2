package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"ferry/flow/sandbox"
)

const raised = "1.5.0"

var bump = []string{"release", "--plain", "--bump", raised, "--yes=" + raised}

// bumped checks what must be true in the end: main went on by one commit, by one
// push; one branch was made, and each file was uploaded once.
func (w world) bumped() {
	w.t.Helper()
	mains := 0
	for _, u := range w.Remote.Updates() {
		if u.Pushed && u.Ref == "refs/heads/main" {
			mains++
		}
	}
	if n := w.created("refs/heads/" + sandbox.Branch); n != 1 || mains != 1 {
		w.t.Errorf("the branch was made %d times, main pushed %d times", n, mains)
	}
	if up := w.uploads(); len(up) != 2 || slices.Max(values(up)) != 1 || !strings.Contains(fmt.Sprint(up), raised) {
		w.t.Errorf("uploads: %v", up)
	}
	if _, ok := w.Remote.Refs(sandbox.Slug)["refs/releases/"+sandbox.Project+"/"+raised]; !ok {
		w.t.Error("the claim is not there")
	}
	if log := w.inClone("log", "--format=%s"); strings.Count(log, "Release "+raised) != 1 || w.inClone("status", "--porcelain") != "" {
		w.t.Errorf("commits:\n%s", log)
	}
}

// inClone asks the real git in the maintainer's clone.
func (w world) inClone(args ...string) string {
	w.t.Helper()
	dir, err := w.Clone("you")
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func needsGitProgram(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal("git is not installed, and FERRY_REAL=require")
		}
		t.Skip("git is not installed")
	}
}

func TestBumpAndRelease(t *testing.T) {
	needsGitProgram(t)
	w := start(t, "happy", quick, nil)
	if r := w.run("you", "release", "--plain", "--bump", raised, "--dry-run"); r.code != 0 || !strings.Contains(r.out, "+version = \""+raised+"\"") || w.inClone("status", "--porcelain") != "" {
		t.Fatalf("%d\n%s%s", r.code, r.out, r.err)
	}
	if r := w.run("you", "release", "--plain", "--bump", raised, "--yes=1.4.7"); r.code != 3 || len(w.Remote.Updates()) != 1 && w.created("refs/heads/"+sandbox.Branch) != 0 {
		t.Fatalf("another version's yes: %d\n%s", r.code, r.err)
	}
	if r := w.run("you", "release", "--plain", "--bump", raised, "--no-input"); r.code != 8 || !strings.Contains(r.err, "ferry release --bump "+raised+" --yes") || w.inClone("status", "--porcelain") != "" {
		t.Fatalf("nobody there: %d\n%s", r.code, r.err)
	}
	r := w.run("you", "release", "--json", "--bump", raised, "--yes="+raised)
	if r.code != 0 {
		t.Fatalf("%d\n%s%s", r.code, r.out, r.err)
	}
	kinds := map[string]int{}
	var last struct {
		Kind string
		Seq  int
		URLs map[string]string
	}
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	for i, l := range lines {
		if err := json.Unmarshal([]byte(l), &last); err != nil || last.Seq != i+1 {
			t.Fatalf("line %d: %v, seq %d", i, err, last.Seq)
		}
		kinds[last.Kind]++
	}
	if kinds["hello"] != 1 || kinds["result"] != 1 || kinds["plan"] != 2 || last.Kind != "result" || last.URLs["project"] == "" {
		t.Errorf("%v, last %+v", kinds, last)
	}
	w.bumped()
	if r := w.run("you", bump...); r.code != 0 {
		t.Errorf("again: %d\n%s", r.code, r.err)
	}
	w.bumped()
}

// TestBumpKilled: whatever the moment, the same command goes on and raises nothing twice.
func TestBumpKilled(t *testing.T) {
	needsGitProgram(t)
	for _, at := range []int{2, 4, 6, 8, 10, 13, 16, 20, 30} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(at, after), func(t *testing.T) {
				t.Parallel()
				k := &killer{at: at, after: after}
				w := start(t, "happy", quick, k.wrap)
				cmd := w.command(t.Context(), "you", bump...)
				k.start(t, cmd)
				_ = cmd.Wait()
				if r := w.run("you", bump...); r.code != 0 {
					t.Errorf("exit code %d\n%s", r.code, r.err)
				}
				w.bumped()
			})
		}
	}
}
