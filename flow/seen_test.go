package flow

import (
	"context"
	"testing"
)

// read is a step that is done, and wants a person to have read something.
type read struct{ fake }

func (s *read) Observe(ctx context.Context) Finding {
	f := s.fake.Observe(ctx)
	f.Confirm, f.Warning = "seen", "the workflow changed"
	return f
}

// TestWhatMustBeSeenIsAskedFirst: before the gate, and its no is a no to all.
func TestWhatMustBeSeenIsAskedFirst(t *testing.T) {
	for name, refused := range map[string]string{"both": "", "not seen": "seen", "seen and not released": "1.0"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				push := &fake{status: Todo}
				pushNode := node("push", Shared, push, "check")
				pushNode.LeadsTo = Permanent
				r := recorder{answer: func(q Question) (Answer, error) { return Answer{Yes: q.Confirm != refused, Typed: q.Confirm}, nil }}
				err := r.engine().Run(t.Context(), Plan{Confirm: "1.0", Nodes: []Node{node("check", Reads, &read{fake{status: Done}}), pushNode}})
				if (err == nil) != (refused == "") || (push.runs == 1) != (refused == "") {
					t.Fatalf("%v, %d runs", err, push.runs)
				}
				if len(r.asked) == 0 || !r.asked[0].Reading() || r.asked[0].Node.ID != "check" {
					t.Fatalf("asked %+v", r.asked)
				}
				if want := map[string]int{"seen": 1}[refused]; want == 0 && (len(r.asked) != 2 || r.asked[1].Reading() || r.asked[1].Confirm != "1.0") {
					t.Errorf("then asked %+v", r.asked[1:])
				}
			})
		})
	}
}
