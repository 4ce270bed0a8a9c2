package main

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"ferry/flow/sandbox"
)

// TestJournalContradictsTheWorld: the world counts, and the contradiction is pointed
// out to who has the journal.
func TestJournalContradictsTheWorld(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	const says = "the world shows otherwise, and the world counts"
	if r := w.run("you", "status"); strings.Contains(r.out, says) {
		t.Errorf("nothing contradicts it\n%s", r.out)
	}
	w.Remote.SetRef(sandbox.Slug, "refs/heads/"+sandbox.Branch, w.Remote.Refs(sandbox.Slug)["refs/heads/main"])
	r := w.run("you", "status")
	if strings.Count(r.out, says) != 1 || !strings.Contains(r.out, "journal  delete branch "+sandbox.Branch+": done, by a run on this machine at ") {
		t.Errorf("not pointed out\n%s%s", r.out, r.err)
	}
	if r := w.run("you", "status", "--json"); !strings.Contains(r.out, `"witness":"journal"`) {
		t.Errorf("not in the document\n%s", r.out)
	}
	if r := w.run("dana", "status"); strings.Contains(r.out, says) {
		t.Errorf("another machine has no journal\n%s", r.out)
	}
}

// TestLogReport: a release is told whole: who, which commit, builds, files, hashes, and
// who agreed.
func TestLogReport(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	r := w.run("you", "log", "--report", sandbox.Version)
	for _, want := range []string{"# Release report: `" + sandbox.Project + "` `" + sandbox.Version + "`", "- commit `" + w.Remote.Refs(sandbox.Slug)["refs/heads/main"] + "`",
		"- trigger `refs/heads/" + sandbox.Branch + "`", " agreed, with `" + sandbox.Version + "`, before `claim`", "## Builds\n\n- `travis #", "/builds/", "## Files\n\n- `acme_core-", ", sha256 `", "- the last run: done"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is not in\n%s", want, r.out)
		}
	}
	if r := w.run("you", "log", "--report", "--follow"); r.code != 64 {
		t.Errorf("exit %d", r.code)
	}
}

// TestLogFollow: what another run writes is shown as it comes, until ctrl-c.
func TestLogFollow(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no interrupt can be sent to another process there")
	}
	t.Parallel()
	w := start(t, "happy", quick, nil)
	if r := w.run("you", "release", "--plain", "--no-input"); r.code != 8 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	said := &transcript{}
	follow := w.command(t.Context(), "you", "log", "--follow", sandbox.Version)
	follow.Stdout = said
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the first run", func() bool { return said.has("needs-person") })
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	until(t, "the second one", func() bool { return said.has("  done\n") })
	if err := follow.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := follow.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}
