package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ferry/flow"
)

// wishes counts what CI was asked for.
type wishes struct {
	restarts, cancels, runs int
	typed                   string
	err                     error
}

// able is a session whose CI can be wishes.
func (a *wishes) able(w *world) *Session {
	s := w.session()
	s.Fails = func(l string) bool { return strings.Contains(l, "ERROR") }
	s.Restart = Act{Run: func(_ context.Context, _ flow.Sink, typed string) error { a.restarts++; a.typed = typed; return a.err }}
	s.Cancel = Act{Run: func(context.Context, flow.Sink, string) error { a.cancels++; return a.err }}
	s.Run = func(context.Context, flow.Sink, flow.Ask) error { a.runs++; return nil }
	return s
}

// work does what the driver has queued.
func (r *rig) work() {
	for len(r.m.d.jobs) > 0 {
		(<-r.m.d.jobs)(context.Background())
	}
}

func eightJobs(at time.Time, over bool) []flow.Job {
	var out []flow.Job
	for i := range 8 {
		j := flow.Job{ID: fmt.Sprint(i), Number: fmt.Sprintf("12.%d", i+1), Name: fmt.Sprintf("py3%d", i+6), Stage: "test", State: flow.JobPassed, Started: at, Ended: at.Add(90 * time.Second)}
		switch i {
		case 6:
			j.Publishes, j.Why = flow.PublishNo, "the condition $TRAVIS_PYTHON_VERSION = 3.13 does not hold (.travis.yml:31)"
		case 7:
			j.Name, j.Stage, j.Publishes, j.State, j.Ended = "publish", "deploy", flow.PublishYes, flow.JobRunning, time.Time{}
			if over {
				j.State, j.Ended = flow.JobFailed, at.Add(2*time.Minute)
			}
		}
		out = append(out, j)
	}
	return out
}

var eightRed = &flow.Problem{Code: flow.CodeCIRed, Class: flow.ClassFailed, Retry: flow.RetrySafe,
	Text: "CI failed: travis #12 errored in 2m0s; 12.8 (publish) errored. Nothing was uploaded: 0 files on PyPI",
	Now: []string{"0 files of 1.4.0 on PyPI; the version is still free", "pypi-release is at " + testCommit + " on origin",
		"commit 51d9e07 was pushed once and is not pushed again; a fix is a new commit"},
	Lines: []string{"ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/", "PypiError: Twine upload failed.", "failed to deploy",
		"Checking dist/acme_core-1.4.0.tar.gz: PASSED", "Uploading distributions to https://upload.pypi.org/legacy/", "Uploading acme_core-1.4.0.tar.gz", "Done. Your build exited with 1."},
	Next: []string{"curl -sSf -X POST -H 'Travis-API-Version: 3' -H \"Authorization: token $TRAVIS_TOKEN\" https://api.travis-ci.com/build/271828182/restart",
		"git push --force-with-lease=refs/heads/pypi-release:" + testCommit + " https://git.example/acme/acme-core :refs/heads/pypi-release", "ferry release"}}

func atEight(t testing.TB, o Options) *rig { return atEightOf(t, o, &wishes{}, false) }

// atEightOf is a build of eight jobs, the last of which publishes, or failed to.
func atEightOf(t testing.TB, o Options, a *wishes, over bool) *rig {
	r := newRig(t, o)
	w := newWorld(time.Hour)
	r.opened(a.able(w))
	r.m.begin()
	for _, n := range w.plan().Nodes[:6] {
		r.saw(n.ID, flow.Finding{Status: flow.Done, Text: "done"})
	}
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "build #12: 7 ok, 1 run", Jobs: eightJobs(r.now, false),
		Proof: []flow.Proof{{What: "build", Where: "https://ci.example/acme/acme-core/builds/271828182"}}})
	r.wait(95 * time.Second)
	if !over {
		return r
	}
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Done, Text: "travis #12 errored in 2m0s; 12.8 (publish) errored", Jobs: eightJobs(r.now, true)})
	r.saw(flow.ConfirmIndex, flow.Finding{Status: flow.Failed, Text: eightRed.Text, Problem: eightRed})
	r.event(flow.Event{Kind: flow.KindProblem, Problem: eightRed})
	r.do(endedMsg{eightRed})
	return r
}

func atEightRed(t testing.TB, o Options) *rig { return atEightOf(t, o, &wishes{}, true) }
func atRerun(t testing.TB, o Options) *rig {
	r := atEightRed(t, o)
	r.keys("R")
	r.wait(time.Second)
	return r
}

func atCancel(t testing.TB, o Options) *rig {
	r := atEight(t, o)
	r.keys("x")
	r.wait(time.Second)
	return r
}

// atNoBuild is a pushed branch that CI has not heard of for more than a minute.
func atNoBuild(t testing.TB, o Options) *rig {
	r := newRig(t, o)
	w := newWorld(time.Hour)
	r.opened((&wishes{}).able(w))
	r.m.begin()
	r.saw(flow.PushBranch, flow.Finding{Status: flow.Done, Text: "pypi-release is at 51d9e07"})
	p := &flow.Problem{Code: flow.CodeNoBuild, Class: flow.ClassWaiting, Text: "CI never started: no build of 51d9e07 on pypi-release",
		Now: []string{"pypi-release is at " + testCommit + " on origin", "no build means that nothing was published by it"},
		Lines: []string{"likely causes:", "travis heard of no push of 51d9e07 to pypi-release: the webhook from the host to it is off or broken, or late",
			"CI builds no pushed branches for this repository, or only others (branches.only)", "the queue is long, or the account's credits are used up", "see https://ci.example/acme/acme-core/branches"}}
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "no build yet", Problem: p})
	r.wait(130 * time.Second)
	r.do(tickMsg{})
	return r
}

func TestNoBuildIsExplainedAfterAWhile(t *testing.T) {
	r := atNoBuild(t, Options{})
	if v := check(t, r.m); !strings.Contains(v, "No build for 2m") || !strings.Contains(v, "credits") {
		t.Errorf("frame:\n%s", v)
	}
	r.wait(-90 * time.Second)
	r.do(tickMsg{})
	if v := check(t, r.m); strings.Contains(v, "credits") || !strings.Contains(v, "no build yet") {
		t.Errorf("too soon:\n%s", v)
	}
}

// TestTheCauseIsInView: at any size that we draw for.
func TestTheCauseIsInView(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		r := atEightRed(t, Options{})
		r.size(size[0], size[1])
		v := check(t, r.m)
		for _, want := range []string{"12.8 (publish) errored", "HTTPError: 403 Forbidden", "R rerun"} {
			if !strings.Contains(squeezed(v), squeezed(want)) {
				t.Errorf("%v: no %q in\n%s", size, want, v)
			}
		}
	}
}

func TestRerunAsksForTheVersion(t *testing.T) {
	a := &wishes{}
	r := atEightOf(t, Options{}, a, true)
	r.work()
	r.keys("R", "enter")
	r.wait(time.Second)
	r.keys("enter", "1.4.1", "enter")
	if r.m.gate == nil || len(r.m.d.jobs) > 0 {
		t.Fatal("it went on without the version")
	}
	r.keys("ctrl+u", "1.4.0", "enter")
	r.work()
	if a.restarts != 1 || a.runs < 1 || a.typed != "1.4.0" || r.m.shown() == "index" {
		t.Errorf("%+v, shows %s", a, r.m.shown())
	}
	check(t, r.m)
}

func TestRerunIsLeftWithEsc(t *testing.T) {
	a := &wishes{}
	r := atEightOf(t, Options{}, a, true)
	r.work()
	runs := a.runs
	r.keys("R", "esc")
	r.work()
	if r.m.gate != nil || a.restarts != 0 || a.runs != runs || r.m.shownProblem() == nil {
		t.Errorf("%+v", a)
	}
}

func TestRerunSaysWhatHappens(t *testing.T) {
	v := check(t, atRerun(t, Options{}).m)
	for _, want := range []string{"Have CI build acme-core 1.4.0 again?", "the same one; nothing is pushed", "PERMANENT", "cannot be undone", "no file of 1.4.0 was seen there", "Type the version 1.4.0"} {
		if !contains(squeezed(v), want) {
			t.Errorf("no %q in\n%s", want, v)
		}
	}
}

func TestCancelIsAskedAndGoesOn(t *testing.T) {
	a := &wishes{}
	r := atEightOf(t, Options{}, a, false)
	r.keys("x")
	if !contains(squeezed(check(t, r.m)), "only until the upload starts") || !r.m.run.on {
		t.Error("it is not said what happens, or the watching was stopped")
	}
	r.wait(time.Second)
	r.keys("n")
	if r.m.gate != nil || a.cancels != 0 {
		t.Fatal("no is no")
	}
	r.keys("q", "x")
	r.wait(time.Second)
	r.keys("y")
	r.work()
	if a.cancels != 1 || !r.m.run.on {
		t.Errorf("%+v", a)
	}
}

// TestWhatIsOffSaysWhy in the help, and does nothing.
func TestWhatIsOffSaysWhy(t *testing.T) {
	r := atEight(t, Options{})
	r.keys("R")
	if r.m.gate != nil || !strings.Contains(r.m.note, "12.8 publish has not ended") {
		t.Errorf("R: %q", r.m.note)
	}
	r.m.s.Restart.Off, r.m.s.Cancel.Off = "", "--read-only"
	r.keys("x")
	if r.m.gate != nil || !strings.Contains(r.m.note, "--read-only") {
		t.Errorf("x: %q", r.m.note)
	}
	r.m.s.Cancel.Off = ""
	r.m.jobs.cursor = 7
	r.do(tickMsg{})
	r.log("7", 0, "Uploading distributions to https://upload.pypi.org/legacy/")
	if r.keys("x"); r.m.gate != nil || !strings.Contains(r.m.note, "the upload has begun") {
		t.Errorf("x during the upload: %q", r.m.note)
	}
}

// TestAnActTakesThePlaceOfARun: the end of what was stopped for it is no end.
func TestAnActTakesThePlaceOfARun(t *testing.T) {
	r := atEight(t, Options{})
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errActed)
	r.sent = nil
	r.m.d.ran(ctx, errors.New("stopped"))
	if len(r.sent) != 0 {
		t.Errorf("sent %v", r.sent)
	}
}

// TestAnAttemptOfSomebodyElse stands until it was seen; one's own is no news.
func TestAnAttemptOfSomebodyElse(t *testing.T) {
	again := flow.Finding{Status: flow.Underway, Text: "build #12, attempt 2: 8 run", Warning: "travis #12 is attempt 2, restarted by @dana", Jobs: eightJobs(testStart, false)}
	r := atEight(t, Options{})
	r.saw(flow.AwaitCI, again)
	if !strings.Contains(check(t, r.m), "restarted by @dana") {
		t.Error("no warning")
	}
	r.keys("i")
	if v := check(t, r.m); strings.Contains(v, "restarted by @dana") {
		t.Errorf("it still stands:\n%s", v)
	}
	r = atEight(t, Options{})
	r.m.jobs.own = true
	r.saw(flow.AwaitCI, again)
	if r.m.warning() != "" {
		t.Error("one's own attempt is news")
	}
}

// TestALogBeginsAnew when its job runs again under its old name.
func TestALogBeginsAnew(t *testing.T) {
	r := atEightRed(t, Options{})
	r.keys("l")
	if r.m.jobs.job().Name != "publish" || r.m.jobs.log() == nil {
		t.Fatalf("the log of %q", r.m.jobs.job().Name)
	}
	r.log("7", 0, "old")
	r.m.jobs.set(eightJobs(r.now, false))
	if l := r.m.jobs.logs["7"]; l != nil && l.Len() > 0 {
		t.Error("the old log stayed")
	}
}

func TestFailingLinesAreGoneTo(t *testing.T) {
	r := atEightRed(t, Options{})
	r.keys("l")
	var raw []string
	for i := range 100 {
		raw = append(raw, fmt.Sprintf("line %d", i))
	}
	raw[10], raw[40] = "ERROR first", "ERROR second"
	r.do(logMsg{job: "7", turn: r.m.jobs.logs["7"].turn, lines: raw, ended: true})
	if v := check(t, r.m); !strings.Contains(v, "ERROR second") {
		t.Errorf("the failing line is not in view:\n%s", v)
	}
	r.keys("N")
	if v := check(t, r.m); !strings.Contains(v, "ERROR first") {
		t.Errorf("N:\n%s", v)
	}
	r.keys("N")
	if !strings.Contains(r.m.note, "no further line") {
		t.Errorf("note %q", r.m.note)
	}
}

// TestALogThatNeedsATokenSaysHow in the pane, while the job runs.
func TestALogThatNeedsATokenSaysHow(t *testing.T) {
	r := atEight(t, Options{})
	r.m.jobs.cursor = 7
	r.do(tickMsg{})
	p := &flow.Problem{Code: flow.CodeCIRefused, Text: "github shows the logs of jobs only to a token, and there is none", Next: []string{"ferry auth login github"}}
	r.do(logMsg{job: "7", turn: r.m.jobs.logs["7"].turn, ended: true, err: p})
	if v := check(t, r.m); !strings.Contains(v, "ferry auth login github") || !strings.Contains(v, "needs a token") {
		t.Errorf("frame:\n%s", v)
	}
}
