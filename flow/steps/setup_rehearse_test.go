package steps_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
)

// settled waits until what a step looks at no longer goes on.
func settled(t testing.TB, s flow.Step) flow.Finding {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for {
		f := s.Observe(flow.WithReading(t.Context()))
		if f.Status != flow.Underway {
			return f
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("never over: %+v", f)
		}
	}
}

func (o *office) saved() *office {
	o.t.Helper()
	must(o.t, steps.NewSaveRecipe(o.yard, o.setup).Run(flow.WithReading(o.t.Context()), func(string) {}))
	return o
}

func TestRehearseRecipeLaws(t *testing.T) {
	t.Parallel()
	err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
		o := newOffice(t).saved()
		count := func() string { return strings.Repeat("build ", len(o.server.Builds())) }
		return flowtest.World{Step: steps.NewRehearseRecipe(o.yard, o.setup), State: count, Effect: flow.Shared}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRehearse: it is asked for once, of the commit on the remote, and is done for
// everybody who looks.
func TestRehearse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := steps.NewRehearseRecipe(o.yard, o.setup)
	if f := s.Observe(t.Context()); f.Status != flow.Todo || !strings.Contains(f.Text, "after the configuration") {
		t.Fatalf("before it is saved: %+v", f)
	}
	if err := s.Run(t.Context(), func(string) {}); err == nil || len(o.server.Builds()) != 0 {
		t.Fatalf("before it is saved: %v", err)
	}
	o.saved()
	if f := s.Observe(t.Context()); f.Status != flow.Todo || !strings.Contains(f.Text, o.ours[:7]) {
		t.Fatalf("%+v", f)
	}
	must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
	if got := <-o.lines; got != "ferry release --plain --yes=1.4.0 --dry-run" {
		t.Errorf("ran %q", got)
	}
	if f := settled(t, s); f.Status != flow.Done || len(f.Proof) != 1 {
		t.Errorf("%+v", f)
	}
	if f := steps.NewRehearseRecipe(o.yard, o.setup).Observe(t.Context()); f.Status != flow.Done {
		t.Errorf("looked at from elsewhere: %+v", f)
	}
	if bs := o.server.Builds(); len(bs) != 1 || bs[0].SHA != o.ours || bs[0].Ref != "refs/heads/main" {
		t.Errorf("%+v", bs)
	}
	o.setup.Version = "1.5.0"
	if f := steps.NewRehearseRecipe(o.yard, o.setup).Observe(t.Context()); f.Status != flow.Todo {
		t.Errorf("of another version: %+v", f)
	}
}

// TestRehearsalFails: for whoever asked it is a failure with its page, for whoever
// comes later it can be asked for again.
func TestRehearsalFails(t *testing.T) {
	t.Parallel()
	o := newOffice(t).saved()
	o.broken = errors.New("exit status 127")
	s := steps.NewRehearseRecipe(o.yard, o.setup)
	must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
	f := settled(t, s)
	if f.Status != flow.Failed || f.Problem.Code != flow.CodeRehearsal || len(f.Problem.Next) == 0 || !strings.Contains(strings.Join(f.Problem.Now, " "), "/build/") {
		t.Errorf("%+v", f)
	}
	if err := s.Run(flow.WithReading(t.Context()), func(string) {}); err == nil || len(o.server.Builds()) != 1 {
		t.Errorf("asked twice: %v", err)
	}
	later := steps.NewRehearseRecipe(o.yard, o.setup)
	if f := later.Observe(t.Context()); f.Status != flow.Todo || !strings.Contains(f.Text, "failed: ask again") {
		t.Errorf("%+v", f)
	}
	<-o.lines
	o.broken = nil
	must(t, later.Run(flow.WithReading(t.Context()), func(string) {}))
	if f := settled(t, later); f.Status != flow.Done {
		t.Errorf("%+v", f)
	}
}

// TestRehearseWaitsForPeople, and does not say more than is known.
func TestRehearseWaitsForPeople(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.setup.Recipe = &ci.Recipe{}
	o.saved()
	f := steps.NewRehearseRecipe(o.yard, o.setup).Observe(t.Context())
	if f.Status != flow.Underway || f.Problem == nil || f.Problem.Code != flow.CodeServerVariables || f.Problem.Class != flow.ClassWaiting {
		t.Errorf("variables that nobody has declared: %+v", f)
	}
	o.server.DeclareVariables(recipePath, "ferry_ref", "ferry_commit", "ferry_version", "ferry_options")
	if f := steps.NewRehearseRecipe(o.yard, o.setup).Observe(t.Context()); f.Status != flow.Todo {
		t.Errorf("once they are: %+v", f)
	}
	nowhere := o.setup
	nowhere.Default = "trunk"
	if f := steps.NewRehearseRecipe(o.yard, nowhere).Observe(t.Context()); f.Status != flow.Failed || f.Problem.Code != flow.CodeNotPushed {
		t.Errorf("a branch that is not there: %+v", f)
	}
	o.setup.Version = ""
	if f := steps.NewRehearseRecipe(o.yard, o.setup).Observe(t.Context()); f.Status != flow.Done || !strings.HasPrefix(f.Text, "not checked") || f.Warning == "" {
		t.Errorf("no version: %+v", f)
	}
}

// TestNoRehearsalThatPublishes: what does not hear that it is a rehearsal is not asked
// for one.
func TestNoRehearsalThatPublishes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.setup.Recipe.Command = "make release"
	o.saved()
	s := steps.NewRehearseRecipe(o.yard, o.setup)
	if f := s.Observe(t.Context()); f.Status != flow.Done || !strings.HasPrefix(f.Text, "not checked") || !strings.Contains(f.Warning, "ferry_options") {
		t.Errorf("%+v", f)
	}
	if err := s.Run(t.Context(), func(string) {}); err == nil || len(o.server.Builds()) != 0 {
		t.Errorf("%v, %d builds", err, len(o.server.Builds()))
	}
}
