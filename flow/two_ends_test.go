package flow

import "testing"

// twoEnds is a plan in which two things wait for the same proof, and nothing
// for either of them.
func twoEnds(push, proof, clean, file *fake) Plan {
	return Plan{Nodes: []Node{node("push", Shared, push), node("proof", Reads, proof, "push"), node("clean", Shared, clean, "proof"), node("file", Local, file, "proof")}}
}

// TestOneEndSpeaksNotForTheOther: a plan is done when every end is.
func TestOneEndSpeaksNotForTheOther(t *testing.T) {
	for _, tt := range []struct {
		name                          string
		push, proof, clean, file      Status
		pushRuns, cleanRuns, fileRuns int
	}{
		{"nothing is done, but the last end", Todo, Todo, Todo, Done, 1, 1, 0},
		{"the last end alone is left", Done, Done, Done, Todo, 0, 0, 1},
		{"both are left", Done, Done, Todo, Todo, 0, 1, 1},
		{"both are done, and history is history", Conflict, Failed, Done, Done, 0, 0, 0},
	} {
		inBubble(t, func(t *testing.T) {
			push, proof, clean, file := &fake{status: tt.push}, &fake{status: tt.proof}, &fake{status: tt.clean}, &fake{status: tt.file}
			var r recorder
			if err := r.engine().Run(t.Context(), twoEnds(push, proof, clean, file)); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			if push.runs != tt.pushRuns || clean.runs != tt.cleanRuns || file.runs != tt.fileRuns {
				t.Errorf("%s: ran %d %d %d", tt.name, push.runs, clean.runs, file.runs)
			}
		})
	}
}

// TestAnEndThatIsLookedAtAgainStopsNothing: unknown before anything was done, it
// is no reason not to begin; unknown at the end for a known reason, it says so at once.
func TestAnEndThatIsLookedAtAgainStopsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		push, clean := &fake{status: Todo}, &fake{status: Todo}
		file := &fake{status: Unknown, problem: &Problem{Class: ClassFailed, Code: "file"}}
		p := twoEnds(push, &fake{status: Todo}, clean, file)
		p.Nodes[3].Every, p.Nodes[3].Limit = 1, 1
		var r recorder
		err := r.engine().Run(t.Context(), p)
		if class(t, err) != ClassFailed || push.runs != 1 || clean.runs != 1 || file.runs != 0 {
			t.Errorf("%v, ran %d %d %d", err, push.runs, clean.runs, file.runs)
		}
	})
}
