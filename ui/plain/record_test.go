package plain_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ferry/flow"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew); got\n%s", path, got)
	}
}

type step []string

func (step) Observe(context.Context) flow.Finding { return flow.Finding{} }
func (step) Run(context.Context, flow.Log) error  { return nil }
func (s step) Command() []string                  { return s }

const commit = "8f3c2ab41d070f6be3a2f6b8f2a2bb3cf1d0e6aa"

func plan() flow.Plan {
	return flow.Plan{Name: "release-by-branch", Title: "release acme-core 1.4.0 by branch", Confirm: "1.4.0", Nodes: []flow.Node{
		{ID: flow.CheckTree, Title: "check the tree", Effect: flow.Reads, Step: step(nil)},
		{ID: flow.CheckVersion, Title: "check the version", Effect: flow.Reads, Step: step(nil)},
		{ID: flow.PushBranch, Title: "push branch pypi-release", Effect: flow.Shared, LeadsTo: flow.Permanent,
			Needs: []flow.ID{flow.CheckTree, flow.CheckVersion},
			Step:  step{"git", "push", "--force-with-lease=refs/heads/pypi-release:", "origin", commit + ":refs/heads/pypi-release"}},
		{ID: flow.AwaitCI, Title: "wait for CI", Effect: flow.Reads, LeadsTo: flow.Permanent, Needs: []flow.ID{flow.PushBranch}, Step: step(nil)},
		{ID: flow.ConfirmIndex, Title: "confirm on pypi", Effect: flow.Reads, Needs: []flow.ID{flow.AwaitCI}, Step: step(nil)},
		{ID: flow.DeleteBranch, Title: "delete branch pypi-release", Effect: flow.Shared, Needs: []flow.ID{flow.ConfirmIndex},
			Step: step{"git", "push", "--force-with-lease=refs/heads/pypi-release:" + commit, "origin", ":refs/heads/pypi-release"}},
	}}
}

// clock is a recording's time.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func start() *clock { return &clock{time.Date(2026, 11, 21, 10, 2, 59, 104e6, time.UTC)} }

// played is an event and how long after the last one it came. An event without
// a kind is a tick of the clock.
type played struct {
	after time.Duration
	ev    flow.Event
}

func play(c *clock, rec []played, event func(flow.Event), tick func(time.Time)) {
	for _, p := range rec {
		c.at = c.at.Add(p.after)
		if p.ev.Kind == "" {
			tick(c.at)
			continue
		}
		event(p.ev)
	}
}

func saw(after time.Duration, id flow.ID, f flow.Finding) played {
	return played{after, flow.Event{Kind: flow.KindObserved, Step: id, Finding: &f}}
}

func told(after time.Duration, kind flow.Kind, id flow.ID, text string) played {
	return played{after, flow.Event{Kind: kind, Step: id, Text: text}}
}

func jobs(states ...flow.JobState) []flow.Job {
	names := []string{"py39", "py312\x1b[2J", "deploy"}
	base := time.Date(2026, 11, 21, 10, 3, 18, 0, time.UTC)
	var out []flow.Job
	for i, s := range states {
		j := flow.Job{ID: names[i][:4], Number: "1207." + string(rune('1'+i)), Name: names[i], State: s, URL: "https://app.travis-ci.com/job/" + string(rune('1'+i))}
		if s != flow.JobQueued && s != flow.JobSkipped {
			j.Started = base
		}
		if s == flow.JobPassed || s == flow.JobFailed {
			j.Ended = base.Add(331 * time.Second)
		}
		out = append(out, j)
	}
	return out
}

func seen(simple flow.Seen) []flow.File {
	sum := "9f21d0a4c1b2e3f405162738495a6b7c8d9e0f112233445566778899aabbccdd"
	return []flow.File{
		{Name: "acme_core-1.4.0.tar.gz", SHA256: sum, Size: 84121, URL: "https://files.pythonhosted.org/acme_core-1.4.0.tar.gz", Expected: true,
			Surfaces: map[string]flow.Seen{flow.SurfaceLog: flow.SeenYes, flow.SurfaceJSON: flow.SeenYes, flow.SurfaceSimple: simple}},
		{Name: "acme_core-1.4.0-py3-none-any.whl", SHA256: sum[32:] + sum[:32], Size: 41007, Expected: true,
			Surfaces: map[string]flow.Seen{flow.SurfaceLog: flow.SeenYes, flow.SurfaceJSON: flow.SeenYes, flow.SurfaceSimple: flow.SeenYes}},
	}
}

func pushed() []played {
	fact := flow.Fact{Witness: "git", About: "refs/heads/pypi-release", Says: "absent", Where: "https://github.com/acme/acme-core",
		ReadAt: time.Date(2026, 11, 21, 10, 3, 0, 0, time.UTC)}
	return []played{
		saw(3*time.Second, flow.CheckTree, flow.Finding{Status: flow.Done, Text: "tree clean, HEAD = origin/main = 8f3c2ab"}),
		saw(0, flow.CheckVersion, flow.Finding{Status: flow.Done, Text: "version 1.4.0 (pyproject.toml), newer than 1.3.9"}),
		saw(0, flow.PushBranch, flow.Finding{Status: flow.Todo, Text: "no branch pypi-release on origin", Facts: []flow.Fact{fact}}),
		saw(0, flow.AwaitCI, flow.Finding{Status: flow.Todo, Text: "no build"}),
		saw(0, flow.ConfirmIndex, flow.Finding{Status: flow.Todo, Text: "0 files of 1.4.0"}),
		saw(0, flow.DeleteBranch, flow.Finding{Status: flow.Todo, Text: "no branch yet"}),
		told(time.Second, flow.KindAsk, flow.PushBranch, "1.4.0"),
		told(9*time.Second, flow.KindAnswer, flow.PushBranch, "yes"),
		told(0, flow.KindRun, flow.PushBranch, ""),
		{0, flow.Event{Kind: flow.KindLine, Step: flow.PushBranch, Line: "remote: \x1b[33mhello\x1b[0m\x1b]0;x\a"}},
		told(2*time.Second, flow.KindRan, flow.PushBranch, "connection reset by peer"),
		saw(time.Second, flow.PushBranch, flow.Finding{Status: flow.Done, Text: "created refs/heads/pypi-release = 8f3c2ab41d07 on github.com/acme/acme-core"}),
		saw(5*time.Second, flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "Travis #1207, 3 jobs", Jobs: jobs(flow.JobRunning, flow.JobQueued, flow.JobQueued)}),
		{59 * time.Second, flow.Event{}},
		{time.Second, flow.Event{}},
		{30 * time.Second, flow.Event{}},
	}
}

func happy() []played {
	build := []flow.Proof{{What: "build 1207", Where: "https://app.travis-ci.com/acme/acme-core/builds/271828182"}}
	late := flow.Finding{Status: flow.Underway, Text: "2 of 2 files in JSON, 1 of 2 in the index (its cache may be 10m old)", Files: seen(flow.SeenLate)}
	there := flow.Finding{Status: flow.Done, Text: "2 files, sha256 equal in CI log, JSON and index", Files: seen(flow.SeenYes)}
	return append(pushed(),
		saw(200*time.Second, flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "Travis #1207, 3 jobs", Jobs: jobs(flow.JobPassed, flow.JobPassed, flow.JobRunning)}),
		saw(300*time.Second, flow.AwaitCI, flow.Finding{Status: flow.Done, Text: "#1207 passed in 10m 31s; 1207.3 deployed", Proof: build, Jobs: jobs(flow.JobPassed, flow.JobPassed, flow.JobPassed)}),
		saw(3*time.Second, flow.ConfirmIndex, late),
		saw(90*time.Second, flow.ConfirmIndex, there),
		told(0, flow.KindRun, flow.DeleteBranch, ""),
		told(time.Second, flow.KindRan, flow.DeleteBranch, ""),
		saw(time.Second, flow.DeleteBranch, flow.Finding{Status: flow.Done, Text: "deleted refs/heads/pypi-release (was 8f3c2ab41d07)"}),
		told(0, flow.KindDone, "", ""),
		saw(60*time.Second, flow.DeleteBranch, flow.Finding{Status: flow.Done, Text: "still gone after 60s"}),
	)
}

func ciRed() ([]played, error) {
	red := &flow.Problem{Code: flow.CodeCIRed, Class: flow.ClassFailed, Text: "CI failed in 1207.1 (py39)",
		Now:   []string{"pypi-release is at 8f3c2ab41d07 on origin", "0 files of 1.4.0 are on pypi; 1.4.0 is still free"},
		Retry: flow.RetrySafe,
		Lines: []string{"E   AssertionError: assert ['a'] == ['a', 'b']", "\x1b[31mFAILED\x1b[0m tests/test_plan.py::test_groups\u202e", `The command "tox -e py39" exited with 1.`},
		Next:  []string{"travis restart 1207.1 -r acme/acme-core", "ferry recover --clean-up"}}
	return append(pushed(),
		saw(240*time.Second, flow.AwaitCI, flow.Finding{Status: flow.Done, Text: "#1207 failed in 5m 31s", Jobs: jobs(flow.JobFailed, flow.JobPassed, flow.JobSkipped)}),
		saw(time.Second, flow.ConfirmIndex, flow.Finding{Status: flow.Failed, Text: "0 files of 1.4.0 on pypi", Problem: red}),
		played{0, flow.Event{Kind: flow.KindProblem, Problem: red}},
	), red
}

var errDisk = errors.New("no space left on device")
