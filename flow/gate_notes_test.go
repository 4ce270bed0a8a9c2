package flow_test

import (
	"context"
	"slices"
	"testing"

	"ferry/flow"
)

// told is a step that publishes a text.
type told struct {
	ran   *bool
	facts []flow.Fact
}

func (s told) Observe(context.Context) flow.Finding {
	if *s.ran {
		return flow.Finding{Status: flow.Done, Facts: s.facts}
	}
	return flow.Finding{Status: flow.Todo, Facts: s.facts}
}

func (s told) Run(context.Context, flow.Log) error { *s.ran = true; return nil }

// TestAGateShowsTheNotesOfAllThatItCovers, wherever in the plan they are published,
// and no other fact.
func TestAGateShowsTheNotesOfAllThatItCovers(t *testing.T) {
	notes := func(says string) flow.Fact { return flow.Fact{Witness: flow.NotesWitness, Says: says} }
	var past, tag, release bool
	past = true
	plan := flow.Plan{Name: "p", Confirm: "1.0", Nodes: []flow.Node{
		{ID: "past", Effect: flow.Shared, Step: told{&past, []flow.Fact{notes("of before")}}},
		{ID: "tag", Effect: flow.Shared, LeadsTo: flow.Permanent, Needs: []flow.ID{"past"}, Step: told{&tag, []flow.Fact{{Witness: "git", Says: "absent"}}}},
		{ID: "release", Effect: flow.Shared, Needs: []flow.ID{"tag"}, Step: told{&release, []flow.Fact{notes("from NEWS.md: x")}}},
	}}
	var asked []flow.Question
	ask := func(_ context.Context, q flow.Question) (flow.Answer, error) {
		asked = append(asked, q)
		return flow.Answer{Yes: true, Typed: q.Confirm}, nil
	}
	if err := (&flow.Engine{Ask: ask}).Run(t.Context(), plan); err != nil || !release {
		t.Fatal(err)
	}
	if len(asked) != 1 || !slices.Equal(asked[0].Notes, []flow.Fact{notes("from NEWS.md: x")}) {
		t.Errorf("asked %+v", asked)
	}
}
