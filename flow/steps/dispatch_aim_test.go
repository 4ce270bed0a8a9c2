package steps_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/steps"
)

// TestUnfitToStart: what ferry will not guess is said with the place in the file, and
// with the way out that is true: once a person has started it, ferry goes on.
func TestUnfitToStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ workflow, code, text string }{
		"an unknown input":       {replaced("version: {required: true}", "version: {required: true}\n      codename: {required: true}"), flow.CodeInputs, startFile + `:7 input "codename" must be given`},
		"another choice":         {strings.Replace(replaced("version: {required: true}", "version: {type: choice, options: [patch, minor]}"), " && inputs.version == '1.4.0'", "", 1), flow.CodeInputs, "does not have 1.4.0 among its choices: patch, minor"},
		"an environment":         {replaced("version: {required: true}", "version: {required: true}\n      where: {type: environment}"), flow.CodeInputs, `input "where" asks for an environment`},
		"nothing for certain":    {replaced("inputs.version == '1.4.0'", "github.actor == 'dana'"), flow.CodeUndecided, "is not decided"},
		"two jobs":               {startable + strings.Replace(startable[strings.Index(startable, "  publish:"):], "publish:", "second:", 1), flow.CodeManyJobs, "2 jobs would publish"},
		"a tag where it is told": {replaced("version: {required: true}", "tag: {required: true}"), flow.CodeNoDeploy, "No workflow publishes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := dispatchBench(t, startable)
			sha := b.git.Commit(slug, "main", "Another workflow", map[string]string{startFile: c.workflow}, day.Add(4*time.Hour))
			in := b.intent
			in.Trigger = "dispatch"
			target, err := b.world.Aim(t.Context(), in, sha)
			p := target.Start.Unfit
			if errors.As(err, &p); p == nil {
				t.Fatalf("it fits: %+v, %v", target.Start, err)
			}
			if p.Code != c.code || !strings.Contains(p.Text, c.text) {
				t.Errorf("%s: %s", p.Code, p.Text)
			}
			if err != nil {
				return
			}
			b.target, b.ours = target, sha
			f := b.observe(flow.CheckCI)
			speaks(t, f)
			if f.Status != flow.Failed || !strings.HasPrefix(p.Lines[len(p.Lines)-1], "a person starts it at http") || p.Next[0] != "ferry release --by dispatch" {
				t.Errorf("%s: %v, %v", f.Status, p.Lines, p.Next)
			}
			claimedHere(b)
			_ = b.dispatch().Run(flow.WithReading(t.Context()), func(string) {})
			if n := b.startedRuns(); n != 0 {
				t.Errorf("%d runs", n)
			}
			ranByHand(0, time.Minute, ci.StateRunning)(b)
			if f := sees(b, b.dispatch()); f.Status != flow.Done {
				t.Errorf("a person has started it: %s, %s", f.Status, f.Text)
			}
		})
	}
}

// TestWhereNothingCanStart: refused at aim, with the way out.
func TestWhereNothingCanStart(t *testing.T) {
	t.Parallel()
	in := func(b *bench) steps.Intent {
		i := b.intent
		i.Trigger = "dispatch"
		return i
	}
	for name, aim := range map[string]func() error{
		"Travis alone": func() error {
			b := newBench(t, options{})
			_, err := b.world.Aim(t.Context(), in(b), b.ours)
			return err
		},
		"no claim": func() error {
			b := dispatchBench(t, startable)
			i := in(b)
			i.Claim = false
			_, err := b.world.Aim(t.Context(), i, b.ours)
			return err
		},
	} {
		var p *flow.Problem
		if err := aim(); !errors.As(err, &p) || p.Code != flow.CodeNoDispatch || len(p.Next) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAPushIsNotTheStart: what the push of main built is at the same commit on the
// same branch, and neither awaited nor taken for the release.
func TestAPushIsNotTheStart(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	if n := len(b.ci.Builds()); n != 1 {
		t.Fatalf("%d builds by the push", n)
	}
	if f := b.observe(flow.AwaitCI); f.Status != flow.Todo {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
	claimedHere(b)
	must(t, b.dispatch().Run(flow.WithReading(t.Context()), func(string) {}))
	f := b.observe(flow.AwaitCI)
	if f.Status != flow.Underway || len(f.Proof) != 1 {
		t.Errorf("%s: %s, %+v", f.Status, f.Text, f.Proof)
	}
	goneOn(b)
	if f := b.observe(flow.AwaitCI); f.Status != flow.Underway {
		t.Errorf("main goes on: %s, %s", f.Status, f.Text)
	}
}

// TestReleasedByDispatch: the run is over, and the index proves what it made.
func TestReleasedByDispatch(t *testing.T) {
	t.Parallel()
	b := dispatchBench(t, startable)
	for _, h := range []happens{ranByHand(0, 2*time.Hour, ci.StatePassed), published(2*hour+time.Minute, sdist, wheel), goneOn} {
		h(b)
	}
	for _, id := range []flow.ID{flow.AwaitCI, flow.ConfirmIndex, flow.CheckVersion} {
		if f := b.observe(id); f.Status != flow.Done {
			t.Errorf("%s: %s, %s", id, f.Status, f.Text)
		}
	}
	if f := b.observe(flow.AbandonBranch); f.Status == flow.Todo || b.git.Refs(slug)["refs/heads/main"] == "" {
		t.Errorf("the default branch is nobody's release branch: %s", f.Text)
	}
}
