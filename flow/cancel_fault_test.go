package flow

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestCancelledLookIsMadeAgain: whoever stops after the attempt, and before the
// look after it is over, is told what came of it all the same.
func TestCancelledLookIsMadeAgain(t *testing.T) {
	for name, lands := range map[string]int{"in the look": 1, "before the next look": 2} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				s := &fake{status: Todo, onRun: func(s *fake) error {
					before := s.looks
					s.onLook = func(s *fake) {
						if s.looks == before+lands {
							s.status = Done
							cancel(ErrInterrupted)
						}
					}
					return nil
				}}
				time.AfterFunc(3*time.Second, func() { cancel(ErrInterrupted) }) // the second look is after ten
				var r recorder
				err := r.engine().Run(ctx, Plan{Nodes: []Node{node("push", Shared, s)}})
				last := r.events[len(r.events)-1]
				if !errors.Is(err, ErrInterrupted) || s.runs != 1 || last.Kind != KindObserved || last.Finding.Status != Done {
					t.Errorf("%v after %d runs; the last event is %+v", err, s.runs, last)
				}
			})
		})
	}
}
