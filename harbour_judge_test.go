package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// TestTheJudgeSees: a judge that finds nothing proves nothing by itself. By git's
// own hand the branch is made, deleted under its build, and made again.
func TestTheJudgeSees(t *testing.T) {
	h := startHarbour(t, pace{job: time.Minute})
	clone := h.command("you").Dir
	push := func(refspec string) {
		cmd := exec.CommandContext(t.Context(), "git", "push", "-q", h.RemoteURL, refspec)
		cmd.Dir = clone
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", refspec, err, out)
		}
	}
	for _, refspec := range []string{"HEAD:" + branchRef, ":" + branchRef, "HEAD:" + branchRef} {
		push(refspec)
	}
	heard := &deaf{TB: t}
	h.t = heard
	h.judge()
	h.t = t
	said := strings.Join(heard.said, "\n")
	for _, want := range []string{"created 2 times", "deleted 1 times", `too early: ["`, "uploads: map[]", "refs: map["} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said:\n%s", want, said)
		}
	}
	if strings.Contains(said, sandbox.Project+"/"+sandbox.Version) {
		t.Errorf("a claim is seen that nobody made:\n%s", said)
	}
}
