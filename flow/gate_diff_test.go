package flow_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"ferry/flow"
)

// drawn is a step that shows a diff and is done once it ran.
type drawn struct{ ran *bool }

func (s drawn) Observe(context.Context) flow.Finding {
	if *s.ran {
		return flow.Finding{Status: flow.Done, Text: "written"}
	}
	return flow.Finding{Status: flow.Todo, Text: "write it", Diff: &flow.Diff{Path: "a", Text: "+b\n"}}
}

func (s drawn) Run(context.Context, flow.Log) error { *s.ran = true; return nil }

// TestADiffIsAskedFor: a local step that shows one asks, also behind the one gate,
// and a no leaves the file alone.
func TestADiffIsAskedFor(t *testing.T) {
	for _, yes := range []bool{true, false} {
		var first, second bool
		plan := flow.Plan{Name: "p", Confirm: "1.0", Nodes: []flow.Node{
			{ID: "publish", Effect: flow.Permanent, Step: drawn{&first}},
			{ID: "write", Effect: flow.Local, Needs: []flow.ID{"publish"}, Step: drawn{&second}},
		}}
		var asked []flow.ID
		ask := func(_ context.Context, q flow.Question) (flow.Answer, error) {
			asked = append(asked, q.Node.ID)
			return flow.Answer{Yes: yes || q.Confirm != "", Typed: q.Confirm}, nil
		}
		err := (&flow.Engine{Ask: ask}).Run(t.Context(), plan)
		if !slices.Equal(asked, []flow.ID{"publish", "write"}) || second != yes || (err == nil) != yes {
			t.Errorf("yes %v: asked %v, written %v, %v", yes, asked, second, err)
		}
	}
}

// redrawn shows another diff at its second look.
type redrawn struct {
	drawn
	looks *int
}

func (s redrawn) Observe(ctx context.Context) flow.Finding {
	f := s.drawn.Observe(ctx)
	if *s.looks++; *s.looks > 1 && f.Diff != nil {
		f.Diff = &flow.Diff{Path: "a", Text: "+c\n"}
	}
	return f
}

// TestAnotherDiffIsAnotherQuestion: what nobody was shown is not written.
func TestAnotherDiffIsAnotherQuestion(t *testing.T) {
	var ran bool
	var looks int
	var asked []string
	ask := func(_ context.Context, q flow.Question) (flow.Answer, error) {
		asked = append(asked, q.Finding.Diff.Text)
		return flow.Answer{Yes: true}, nil
	}
	plan := flow.Plan{Name: "p", Nodes: []flow.Node{{ID: "write", Effect: flow.Local, Step: redrawn{drawn{&ran}, &looks}}}}
	err := (&flow.Engine{Ask: ask, Fresh: time.Hour}).Run(t.Context(), plan)
	if err != nil || !ran || !slices.Equal(asked, []string{"+b\n", "+c\n"}) {
		t.Errorf("asked %q, written %v, %v", asked, ran, err)
	}
}
