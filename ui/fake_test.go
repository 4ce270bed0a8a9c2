package ui

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ferry/flow"
)

const (
	testCommit = "51d9e07a4c3b2f1e0d9c8b7a6f5e4d3c2b1a0f9e"
	testSDist  = "9f21d0a4e7b0c5d2f6a8e1b3c4d5f60718293a4b5c6d7e8f9a0b1c2d7be1c0de"
	testWheel  = "77ab03f1905dd2e8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a3f2e1d0c9b82c4419f2"
)

// world is a small world in memory, carried by the real engine.
type world struct {
	mu     sync.Mutex
	done   map[flow.ID]bool
	pushed time.Time
	pace   time.Duration // how long CI takes
	red    bool          // CI fails
	slow   time.Duration // how long the server takes for its answer
}

func newWorld(pace time.Duration) *world { return &world{done: map[flow.ID]bool{}, pace: pace} }

type fakeStep struct {
	w   *world
	id  flow.ID
	cmd []string
}

func (s fakeStep) Command() []string { return s.cmd }

func (s fakeStep) Observe(ctx context.Context) flow.Finding {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	f := s.w.look(s.id)
	f.At = time.Now()
	if ctx.Err() != nil {
		f.Status = flow.Unknown
	}
	return f
}

func (s fakeStep) Run(ctx context.Context, log flow.Log) error {
	log("remote: " + string(s.id) + " taken in")
	t := time.NewTimer(s.w.slow)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.done[s.id] = true
	if s.id == flow.PushBranch {
		s.w.pushed = time.Now()
	}
	return nil
}

func (w *world) ran() float64 {
	if w.pushed.IsZero() {
		return -1
	}
	return float64(time.Since(w.pushed)) / float64(w.pace)
}

func (w *world) look(id flow.ID) flow.Finding {
	switch id {
	case flow.CheckTree:
		return flow.Finding{Status: flow.Done, Text: "clean, 51d9e07 is on origin/main"}
	case flow.CheckVersion:
		return flow.Finding{Status: flow.Done, Text: "1.4.0 (pyproject.toml), newer than 1.3.0, unused on PyPI"}
	case flow.CheckCI:
		return flow.Finding{Status: flow.Done, Text: "Travis deploys pypi-release in 1 of 3 jobs"}
	case flow.CheckFree:
		return flow.Finding{Status: flow.Done, Text: "no release branch, nobody is releasing"}
	case flow.AwaitCI:
		return w.ci()
	case flow.ConfirmIndex:
		return w.index()
	}
	if id == flow.DeleteBranch && !w.done[flow.PushBranch] {
		return flow.Finding{Status: flow.Todo, Text: "nothing to delete yet"}
	}
	if w.done[id] {
		return flow.Finding{Status: flow.Done, Text: map[flow.ID]string{flow.Claim: "ours, by you", flow.PushBranch: "pypi-release is at 51d9e07",
			flow.DeleteBranch: "pypi-release is gone"}[id]}
	}
	return flow.Finding{Status: flow.Todo, Text: map[flow.ID]string{flow.Claim: "no claim on 1.4.0", flow.PushBranch: "no branch pypi-release on origin",
		flow.DeleteBranch: "pypi-release is at 51d9e07"}[id]}
}

func (w *world) ci() flow.Finding {
	t := w.ran()
	f := flow.Finding{Status: flow.Underway, Started: w.pushed, Text: "Travis #1207, 1 of 3 jobs over",
		Proof: []flow.Proof{{What: "build", Where: "https://ci.example/acme/acme-core/builds/271828182"}}}
	switch {
	case t < 0:
		return flow.Finding{Status: flow.Todo, Text: "no build of 51d9e07 on pypi-release"}
	case t < 0.1:
		return flow.Finding{Status: flow.Underway, Text: "no build yet",
			Problem: &flow.Problem{Code: flow.CodeNoBuild, Class: flow.ClassWaiting, Text: "No build for 3s", Now: []string{"the hook is on"}}}
	case t > 1 && w.red:
		p := &flow.Problem{Code: flow.CodeCIRed, Class: flow.ClassFailed, Text: "CI failed in 1207.2 (py39). Nothing was uploaded: 0 files on PyPI.",
			Now:   []string{"pypi-release is at 51d9e07 on origin", "0 files of 1.4.0 on PyPI; 1.4.0 is still free"},
			Retry: flow.RetrySafe,
			Lines: []string{"tests/test_plan.py:88: in test_scaling_groups", "    assert plan.groups == expected", "E   AssertionError: assert ['a'] == ['a', 'b']",
				"========= 1 failed, 411 passed in 301.22s =========", "The command \"tox -e py39\" exited with 1."},
			Next: []string{"ferry status", "git push origin :refs/heads/pypi-release"}}
		f.Status, f.Text, f.Problem = flow.Failed, p.Text, p
	case t > 1:
		f.Status, f.Text = flow.Done, "Travis #1207 passed in 10m 31s; 1207.2 deployed"
	}
	f.Jobs = testJobs(w.pushed, t > 1, w.red)
	return f
}

func testJobs(at time.Time, over, red bool) []flow.Job {
	jobs := []flow.Job{
		{ID: "1", Number: "1207.1", Name: "py27", State: flow.JobPassed, Started: at, Ended: at.Add(242 * time.Second)},
		{ID: "2", Number: "1207.2", Name: "py39", State: flow.JobRunning, Started: at, Note: "test, then deploys", URL: "https://ci.example/jobs/2"},
		{ID: "3", Number: "1207.3", Name: "docs", State: flow.JobQueued},
	}
	if over {
		for i := range jobs {
			jobs[i].State, jobs[i].Started, jobs[i].Ended = flow.JobPassed, at, at.Add(300*time.Second)
		}
		if red {
			jobs[1].State = flow.JobFailed
		}
	}
	return jobs
}

func (w *world) index() flow.Finding {
	t := w.ran()
	if t < 1 || w.red {
		return flow.Finding{Status: flow.Todo, Text: "no file of 1.4.0"}
	}
	f := flow.Finding{Status: flow.Underway, Started: w.pushed, Text: "the index is late: each node may keep the old page for 10 minutes", Files: testFiles(flow.SeenLate)}
	if t > 1.5 {
		f.Status, f.Text, f.Files = flow.Done, "2 files, sha256 equal in log, JSON, index, data", testFiles(flow.SeenYes)
	}
	return f
}

func testFiles(idx flow.Seen) []flow.File {
	all := func(simple flow.Seen) map[string]flow.Seen {
		return map[string]flow.Seen{flow.SurfaceLog: flow.SeenYes, flow.SurfaceJSON: flow.SeenYes, flow.SurfaceSimple: simple, flow.SurfaceBytes: flow.SeenYes}
	}
	return []flow.File{
		{Name: "acme_core-1.4.0.tar.gz", SHA256: testSDist, Size: 84121, Expected: true, Surfaces: all(flow.SeenYes)},
		{Name: "acme_core-1.4.0-py3-none-any.whl", SHA256: testWheel, Size: 61702, Expected: true, Surfaces: all(idx)},
	}
}

func (w *world) plan() flow.Plan {
	step := func(id flow.ID, cmd ...string) fakeStep { return fakeStep{w, id, cmd} }
	tree := []flow.ID{flow.CheckTree, flow.CheckVersion, flow.CheckCI, flow.CheckFree}
	url := "https://git.example/acme/acme-core"
	every := 50 * time.Millisecond
	return flow.Plan{Name: "release-by-branch", Title: "release acme-core 1.4.0", Confirm: "1.4.0", Nodes: []flow.Node{
		{ID: flow.CheckTree, Title: "check the work tree", Effect: flow.Reads, Step: step(flow.CheckTree)},
		{ID: flow.CheckVersion, Title: "check that 1.4.0 can be published", Effect: flow.Reads, Step: step(flow.CheckVersion)},
		{ID: flow.CheckCI, Title: "check that CI knows pypi-release", Effect: flow.Reads, Step: step(flow.CheckCI)},
		{ID: flow.CheckFree, Title: "check that nobody else is releasing", Effect: flow.Reads, Step: step(flow.CheckFree)},
		{ID: flow.Claim, Title: "claim 1.4.0 for this commit", Effect: flow.Shared, LeadsTo: flow.Permanent, Needs: tree,
			Step: step(flow.Claim, "git", "push", "--force-with-lease=refs/releases/acme-core/1.4.0:", url, "51d9e07:refs/releases/acme-core/1.4.0")},
		{ID: flow.PushBranch, Title: "push branch pypi-release", Effect: flow.Shared, LeadsTo: flow.Permanent, Needs: append(tree, flow.Claim),
			Step: step(flow.PushBranch, "git", "push", "--force-with-lease=refs/heads/pypi-release:", url, testCommit+":refs/heads/pypi-release")},
		{ID: flow.AwaitCI, Title: "CI builds and uploads to PyPI", Effect: flow.Reads, LeadsTo: flow.Permanent, Needs: []flow.ID{flow.PushBranch}, Every: every, Step: step(flow.AwaitCI)},
		{ID: flow.ConfirmIndex, Title: "prove every file on PyPI", Effect: flow.Reads, Needs: []flow.ID{flow.AwaitCI}, Every: every, Step: step(flow.ConfirmIndex)},
		{ID: flow.DeleteBranch, Title: "delete branch pypi-release", Effect: flow.Shared, Needs: []flow.ID{flow.AwaitCI, flow.ConfirmIndex},
			Step: step(flow.DeleteBranch, "git", "push", "--force-with-lease=refs/heads/pypi-release:"+testCommit, url, ":refs/heads/pypi-release")},
	}}
}

func (w *world) session() *Session {
	plan := w.plan()
	engine := func() *flow.Engine { return &flow.Engine{SecondLook: time.Second, Fresh: time.Minute} }
	return &Session{
		Project: "acme-core", Version: "1.4.0", Commit: testCommit, Subject: "Fix blueprint cache", Branch: "main", Dir: "~/src/acme-core",
		Remote: "origin", RemoteURL: "https://git.example/acme/acme-core", Index: "PyPI", Trigger: "branch pypi-release",
		Plan: plan,
		Survey: func(ctx context.Context) (Survey, error) {
			fs, err := engine().Survey(ctx, plan)
			return Survey{Findings: fs, Latest: "1.3.0   sdist + wheel, 21 days ago", At: time.Now()}, err
		},
		Run: func(ctx context.Context, sink flow.Sink, ask flow.Ask) error {
			e := engine()
			e.Sink, e.Ask = sink, ask
			return e.Run(ctx, plan)
		},
		Follow: fakeFollow,
		Links: func() map[string]string {
			return map[string]string{"project": "https://pypi.org/project/acme-core/1.4.0/", "ci": "https://ci.example/acme/acme-core"}
		},
	}
}

func fakeFollow(ctx context.Context, job string, log flow.Log) error {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	log("$ tox -e py39")
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			log(fmt.Sprintf("tests/test_plan.py::test_case_%04d \x1b[32mPASSED\x1b[0m   [%2d%%]", i, i%100))
		}
	}
}

var errOpen = &flow.Problem{Code: flow.CodeNoRepo, Class: flow.ClassUsage, Text: "There is no git repository at /tmp/x", Now: []string{"nothing was read"},
	Retry: flow.RetrySafe, Next: []string{"git init"}, Err: errors.New("no repository")}
