package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func waiting(s *fake, every, limit time.Duration) Plan {
	n := node("ci", Reads, s)
	n.Every, n.Limit = every, limit
	return Plan{Nodes: []Node{n}}
}

func TestLimitAndTimeout(t *testing.T) {
	for _, tt := range []struct {
		status Status
		want   Class
	}{{Underway, ClassWaiting}, {Unknown, ClassUnknown}} {
		t.Run(string(tt.status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var r recorder
				began := time.Now()
				err := r.engine().Run(t.Context(), waiting(&fake{status: tt.status}, 10*time.Second, 25*time.Second))
				if class(t, err) != tt.want || time.Since(began) != 25*time.Second {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				e := r.engine()
				e.Timeout = 5 * time.Second
				began = time.Now()
				err = e.Run(t.Context(), waiting(&fake{status: tt.status}, 10*time.Second, time.Hour))
				if class(t, err) != tt.want || time.Since(began) != 5*time.Second {
					t.Errorf("timeout: %v after %v", err, time.Since(began))
				}
				e = r.engine()
				e.NoWait = true
				began = time.Now()
				if err := e.Run(t.Context(), waiting(&fake{status: tt.status}, time.Second, 0)); class(t, err) != tt.want || time.Since(began) != 0 {
					t.Errorf("no wait: %v after %v", err, time.Since(began))
				}
			})
		})
	}
}

// queuedStep waits in a queue for a while before it runs and passes.
type queuedStep struct{ looks int }

func (s *queuedStep) Run(context.Context, Log) error { return nil }
func (s *queuedStep) Observe(context.Context) Finding {
	s.looks++
	f := Finding{Status: Underway, At: time.Now(), Jobs: []Job{{ID: "1", State: JobQueued}}}
	switch {
	case s.looks > 102:
		f.Status = Done
	case s.looks > 100:
		f.Jobs[0].State = JobRunning
	}
	return f
}

func TestQueueingDoesNotEatTheLimit(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := node("ci", Reads, &queuedStep{})
		n.Every, n.Limit = time.Second, 5*time.Second
		var r recorder
		if err := r.engine().Run(t.Context(), Plan{Nodes: []Node{n}}); err != nil {
			t.Error(err)
		}
	})
}

func TestEventsOnlyOnChange(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := &fake{status: Underway, text: "1 job"}
		s.onLook = func(s *fake) {
			switch s.looks {
			case 50:
				s.text = "2 jobs"
			case 100:
				s.status = Done
			}
		}
		var r recorder
		if err := r.engine().Run(t.Context(), waiting(s, time.Second, 0)); err != nil {
			t.Fatal(err)
		}
		if got := r.kinds(); got != "observed:ci observed:ci observed:ci done" {
			t.Error(got)
		}
		for i, ev := range r.events {
			if ev.Seq != i+1 {
				t.Errorf("event %d has seq %d", i, ev.Seq)
			}
		}
	})
}

func TestRefusedCredentialsAreNotAskedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := &fake{status: Unknown, problem: &Problem{Class: ClassCredentials, Text: "401"}}
		var r recorder
		if err := r.engine().Run(t.Context(), waiting(s, time.Second, time.Hour)); class(t, err) != ClassCredentials || s.looks != 1 {
			t.Errorf("%v after %d looks", err, s.looks)
		}
	})
}

func TestCancelledWaitEndsAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(30*time.Second, func() { cancel(ErrInterrupted) })
		began := time.Now()
		var r recorder
		err := r.engine().Run(ctx, waiting(&fake{status: Underway}, time.Hour, 0))
		if ExitCode(err) != 130 || time.Since(began) != 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// slowPush answers only after a while, whatever its context says before that.
type slowPush struct {
	landed bool
	cut    bool
}

func (s *slowPush) Observe(context.Context) Finding {
	if s.landed {
		return Finding{Status: Done, Text: "landed"}
	}
	return Finding{Status: Todo}
}

func (s *slowPush) Run(ctx context.Context, _ Log) error {
	select {
	case <-time.After(8 * time.Second):
		s.landed = true
		return nil
	case <-ctx.Done():
		s.cut = true
		return context.Cause(ctx)
	}
}

func TestCancelledPushIsSeenToItsEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(ErrInterrupted) })
		s := &slowPush{}
		var r recorder
		err := r.engine().Run(ctx, Plan{Nodes: []Node{node("push", Shared, s)}})
		if !errors.Is(err, ErrInterrupted) || s.cut || !s.landed {
			t.Errorf("%v, cut %v, landed %v", err, s.cut, s.landed)
		}
		last := r.events[len(r.events)-1]
		if last.Kind != KindObserved || last.Finding.Status != Done {
			t.Errorf("the last event is %+v", last)
		}
	})
}

func TestSettleLooksOnceMore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		del := &fake{status: Todo}
		n := node("delete", Shared, del)
		n.Settle = time.Minute
		var r recorder
		e := r.engine()
		sink := e.Sink
		e.Sink = func(ev Event) {
			sink(ev)
			if ev.Kind == KindDone {
				del.status, del.problem = Conflict, &Problem{Code: CodeGhost, Class: ClassConflict, Text: "it came back"}
			}
		}
		err := e.Run(t.Context(), Plan{Nodes: []Node{n}})
		if class(t, err) != ClassConflict || !slices.ContainsFunc(r.events, func(ev Event) bool { return ev.Kind == KindDone }) {
			t.Errorf("%v; %s", err, r.kinds())
		}
	})
}

type panicStep struct{}

func (panicStep) Observe(context.Context) Finding { panic("oops") }
func (panicStep) Run(context.Context, Log) error  { return nil }

func TestPanicIsUnknownAndABug(t *testing.T) {
	var r recorder
	err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("x", Shared, panicStep{})}})
	if ExitCode(err) != 70 {
		t.Error(err)
	}
}

type countingStep struct{ read func(context.Context) int }

func (s countingStep) Observe(ctx context.Context) Finding {
	return Finding{Status: Done, Text: fmt.Sprint(s.read(ctx))}
}
func (countingStep) Run(context.Context, Log) error { return nil }

func TestOneReadingASurvey(t *testing.T) {
	reads := 0
	s := countingStep{func(ctx context.Context) int {
		n, _ := Read(ctx, "refs", func(context.Context) (int, error) { reads++; return reads, nil })
		return n
	}}
	p := Plan{Nodes: []Node{node("a", Reads, s), node("b", Reads, s), node("c", Reads, s)}}
	e := (&recorder{}).engine()
	for want := 1; want <= 3; want++ {
		fs, err := e.Survey(t.Context(), p)
		if err != nil || reads != want {
			t.Fatalf("%v, %d reads after %d surveys", err, reads, want)
		}
		for _, f := range fs {
			if f.Text != fmt.Sprint(want) {
				t.Errorf("survey %d saw reading %s", want, f.Text)
			}
		}
	}
}

type undoable struct{ fake }

func (s *undoable) Undo(context.Context, Log) error { s.status = Todo; return nil }

func TestUndo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := &undoable{fake{status: Done}}
		var r recorder
		p := Plan{Nodes: []Node{node("write", Shared, s), node("plain", Shared, &fake{status: Done})}}
		if err := r.engine().Undo(t.Context(), p, "write"); err != nil || s.status != Todo || len(r.asked) != 1 {
			t.Errorf("%v %s", err, s.status)
		}
		if err := r.engine().Undo(t.Context(), p, "plain"); class(t, err) != ClassUsage {
			t.Error(err)
		}
	})
}

func TestExitCodes(t *testing.T) {
	for want, err := range map[int]error{
		0: nil, 1: &Problem{Class: ClassFailed}, 2: &Problem{Class: ClassDeclined}, 3: &Problem{Class: ClassConflict},
		4: &Problem{Class: ClassCredentials}, 8: &Problem{Class: ClassWaiting}, 9: &Problem{Class: ClassUnknown},
		64: &Problem{Class: ClassUsage}, 70: errors.New("anything else"), 130: fmt.Errorf("x: %w", ErrInterrupted), 143: ErrTerminated,
	} {
		if got := ExitCode(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

// TestWhatIsSettledMeanwhileIsNotAskedFor: a node that was to do before another one
// was waited for is looked at again before anybody is asked.
func TestWhatIsSettledMeanwhileIsNotAskedFor(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		page, ci := &fake{status: Todo}, &fake{status: Underway}
		ci.onLook = func(s *fake) {
			if s.looks > 2 {
				s.status, page.status = Done, Done
			}
		}
		p := waiting(ci, time.Second, time.Minute)
		p.Nodes = append(p.Nodes, node("page", Shared, page, "ci"))
		var r recorder
		if err := r.engine().Run(t.Context(), p); err != nil || len(r.asked) != 0 || page.runs != 0 {
			t.Errorf("%v, asked %+v, run %d times", err, r.asked, page.runs)
		}
	})
}
