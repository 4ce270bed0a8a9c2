package steps_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/ci"
	"ferry/flow/plans"
	"ferry/flow/steps"
)

// situation is a release that somebody left, and what a maintainer who comes to it
// must be told.
type situation struct {
	name    string
	like    options
	world   []happens
	state   board.State
	offered string // the ways, in order; the recommended one in brackets
	tells   string // what the summary must tell
}

const never = 15 * 24 * time.Hour // after which PyPI takes no file any more

func left(more ...happens) []happens {
	return append([]happens{existing("1.3.0"), claim(1, ours, 9*hour), branch(ours)}, more...)
}

// inDist: a distribution lies in the work tree, as a local build leaves it.
func inDist(name string, data []byte) happens {
	return func(b *bench) {
		must(b.t, os.MkdirAll(filepath.Join(b.dir, "dist"), 0o700))
		must(b.t, os.WriteFile(filepath.Join(b.dir, "dist", name), data, 0o600))
	}
}

// byBranch: the checkout is configured for branches.
func byBranch(b *bench) { b.intent.Trigger = "branch" }

func quarantine(b *bench) { must(b.t, b.index.Quarantine(project, "under review")) }

var halfLog = uploads(sdist, wheel)

var situations = []situation{
	{"branch pushed, no build", options{}, left(), board.TriggeredNoBuild, "[resume] abandon wait", "shows no build"},
	{"branch pushed a moment ago", options{}, []happens{existing("1.3.0"), claim(1, ours, time.Minute), branch(ours)}, board.TriggeredNoBuild, "[resume] wait", "shows no build"},
	{"branch pushed without a claim", options{noClaim: true}, []happens{existing("1.3.0"), branch(ours)}, board.TriggeredNoBuild, "[resume] abandon wait", "shows no build"},
	{"build running and its owner gone", options{}, left(built(ours, 0, ci.StatePassed, ci.StateRunning)), board.Building, "[resume] wait", "being built"},
	{"green and nothing published", options{}, left(built(ours, hour, ci.StatePassed)), board.BuiltNotDeployed, "restart [abandon] wait", "nothing of it was published"},
	{"green, and the pages are old", options{maxAge: map[string]int{"simple": 86400, "json": 86400}}, left(built(ours, hour, ci.StatePassed)), board.BuiltNotDeployed, "[resume] wait", "may not show its files yet"},
	{"red and nothing published", options{}, left(built(ours, hour, ci.StateFailed)), board.FailedState, "[restart] abandon wait", "failed in CI"},
	{"red and published", options{}, released(hour, logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, sdist, wheel)), board.DoneNotCleaned, "[clean-up] wait", "branch is still there"},
	{"half the files", options{}, left(logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, wheel)), board.PartlyDeployed, "[restart] supersede wait", "1 of 2 files"},
	{"half the files, and the rest is here", options{}, left(logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, wheel), inDist(sdist, dist(sdist).Data)), board.PartlyDeployed, "restart [complete] supersede wait", "1 of 2 files"},
	{"half the files, and other bytes are here", options{}, left(logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, wheel), inDist(sdist, dist(linux).Data)), board.PartlyDeployed, "[restart] supersede wait", "1 of 2 files"},
	{"half the files, beyond 14 days", options{}, left(logged(ours, never, halfLog, ci.StateFailed), published(never, wheel), inDist(sdist, dist(sdist).Data)), board.PartlyDeployed, "[supersede] wait", "1 of 2 files"},
	{"published and branch left", options{}, released(hour, published(2*hour, sdist, wheel)), board.DoneNotCleaned, "[clean-up] wait", "branch is still there"},
	{"ghost push after deletion, being built", options{}, released(hour, published(2*hour, sdist, wheel), built(ours, 0, ci.StateRunning)), board.DeployedNotVisible, "[resume] wait", "1.4.0"},
	{"claim without branch", options{}, []happens{existing("1.3.0"), claim(1, ours, 9*hour)}, board.NotStarted, "[resume] wait", "never pushed"},
	{"tag without release", options{byTag: true}, []happens{existing("1.3.0"), tag(ours)}, board.TriggeredNoBuild, "[resume] wait", "shows no build"},
	{"tag, and its build is red", options{byTag: true}, []happens{existing("1.3.0"), tag(ours), built(ours, hour, ci.StateFailed)}, board.FailedState, "[restart] supersede wait", "failed in CI"},
	{"release without tag", options{byTag: true}, []happens{published(hour, sdist, wheel)}, board.Conflicted, "supersede [wait]", "already on PyPI"},
	{"started by tag while configured for branches", options{byTag: true}, []happens{byBranch, existing("1.3.0"), tag(ours), built(ours, 0, ci.StateRunning)}, board.Building, "[resume] wait", "being built"},
	{"yanked", options{}, released(hour, published(2*hour, sdist, wheel), yanked), board.Conflicted, "[supersede] wait", "yanked"},
	{"deleted", options{}, left(logged(ours, hour, halfLog, ci.StatePassed)), board.BuiltNotDeployed, "[supersede] abandon wait", "no file of it is on PyPI any more"},
	{"quarantined", options{}, released(hour, published(2*hour, sdist, wheel), quarantine), board.Conflicted, "[wait]", "quarantined"},
}

func TestEverySituationIsToldTruly(t *testing.T) {
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, s.like)
			for _, h := range s.world {
				h(b)
			}
			before := b.state()
			b.target = b.found()
			r := b.diagnose()
			if r.State != string(s.state) || ways(r) != s.offered || !strings.Contains(r.Summary, s.tells) {
				t.Errorf("%s, %s: %s\nwant %s, %s", r.State, ways(r), r.Summary, s.state, s.offered)
			}
			if b.state() != before {
				t.Error("looking changed the world")
			}
			b.sound(r)
			b.asStatus(r)
		})
	}
}

// found is the one release that is in flight, as another maintainer finds it.
func (b *bench) found() steps.Target {
	b.t.Helper()
	ts, err := b.world.InFlight(flow.WithReading(b.t.Context()), b.intent, b.ours)
	must(b.t, err)
	if len(ts) != 1 {
		b.t.Fatalf("%d in flight: %+v", len(ts), ts)
	}
	return ts[0]
}

func (b *bench) diagnose() flow.Recovery {
	b.t.Helper()
	r, err := plans.Recover(flow.WithReading(b.t.Context()), b.world, b.target, b.login)
	must(b.t, err)
	return r
}

// ways are those that are offered, the recommended one in brackets.
func ways(r flow.Recovery) string {
	var out []string
	for _, w := range r.Options {
		if w.Recommended {
			w.ID = "[" + w.ID + "]"
		}
		out = append(out, w.ID)
	}
	return strings.Join(out, " ")
}

// asStatus: the state is the one that the plan's own survey has.
func (b *bench) asStatus(r flow.Recovery) {
	b.t.Helper()
	plan := plans.For(b.world, b.target)
	fs, err := (&flow.Engine{}).Survey(flow.WithReading(b.t.Context()), plan)
	must(b.t, err)
	if got := board.New(plan).WithFindings(fs).State(); string(got) != r.State {
		b.t.Errorf("status says %s, recover %s", got, r.State)
	}
	if r.Plan != plan.Name {
		b.t.Errorf("the plan %s fits, and %s was said", plan.Name, r.Plan)
	}
}

// sound: each of the ways is either offered with all that a person needs, or not
// offered with a reason; and none is offered that is not so.
func (b *bench) sound(r flow.Recovery) {
	b.t.Helper()
	seen, recommended := map[string]bool{}, 0
	for _, w := range r.Options {
		seen[w.ID] = true
		if w.Recommended {
			recommended++
		}
		if w.Text == "" || w.Consequence == "" || len(w.Command) == 0 || w.Effect == "" || w.Recommended && w.Why == "" {
			b.t.Errorf("a person is left alone with %+v", w)
		}
		if !b.safe(w) {
			b.t.Errorf("%s is offered, and is not so", w.ID)
		}
	}
	for _, n := range r.NotOffered {
		if seen[n.ID] || n.Why == "" {
			b.t.Errorf("not offered: %+v", n)
		}
		seen[n.ID] = true
	}
	if len(seen) != 7 || recommended != 1 && r.State != string(board.AllDone) {
		b.t.Errorf("%d ways told of, %d recommended", len(seen), recommended)
	}
	if len(r.Witnesses) < 3 {
		b.t.Errorf("only %d witnesses", len(r.Witnesses))
	}
}

// safe judges a way by the world itself.
func (b *bench) safe(w flow.WayOut) bool {
	at := b.git.Peel(slug, b.git.Refs(slug)[b.target.Ref])
	running := slices.ContainsFunc(b.ci.Builds(), func(x ci.Build) bool { return x.Ref == b.target.Ref && !x.State.Final() })
	files := b.files()
	switch w.ID {
	case flow.WayAbandon:
		return at == b.target.Commit && !running && files == 0 && strings.HasPrefix(b.target.Ref, "refs/heads/") && b.begins(w) == flow.Todo
	case flow.WayCleanUp:
		return at == b.target.Commit && !running && files > 0 && b.observe(flow.ConfirmIndex).Status == flow.Done
	case flow.WayRestart:
		return at == b.target.Commit && !running && b.observe(flow.ConfirmIndex).Status == flow.Failed && b.begins(w) == flow.Todo
	case flow.WayComplete:
		return !running && files > 0 && b.begins(w) == flow.Todo
	case flow.WayResume:
		fs, _ := (&flow.Engine{}).Survey(flow.WithReading(b.t.Context()), w.Plan)
		return board.New(w.Plan).WithFindings(fs).Stop() == nil
	case flow.WaySupersede:
		return !running && len(w.Plan.Nodes) == 0
	}
	return len(w.Plan.Nodes) == 0
}

// begins is what the first node of a way's plan finds.
func (b *bench) begins(w flow.WayOut) flow.Status {
	return w.Plan.Nodes[0].Step.Observe(flow.WithReading(b.t.Context())).Status
}

// files counts those of the version that the index shows.
func (b *bench) files() int {
	page, err := b.world.Index.Simple(b.t.Context(), project)
	must(b.t, err)
	return len(page.Of(version))
}
