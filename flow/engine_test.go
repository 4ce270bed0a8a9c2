package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fake is a step whose world is one status.
type fake struct {
	status  Status
	text    string
	problem *Problem
	onRun   func(*fake) error
	onLook  func(*fake)
	runs    int
	looks   int
}

func (s *fake) Observe(ctx context.Context) Finding {
	s.looks++
	if s.onLook != nil {
		s.onLook(s)
	}
	return Finding{Status: s.status, Text: s.text, Problem: s.problem, At: time.Now()}
}

func (s *fake) Run(_ context.Context, log Log) error {
	s.runs++
	log("running")
	if s.onRun != nil {
		return s.onRun(s)
	}
	s.status = Done
	return nil
}

func node(id ID, effect Effect, s Step, needs ...ID) Node {
	return Node{ID: id, Title: string(id), Effect: effect, Step: s, Needs: needs}
}

type recorder struct {
	events []Event
	asked  []Question
	answer func(Question) (Answer, error)
}

func (r *recorder) engine() *Engine {
	return &Engine{
		Sink: func(ev Event) { r.events = append(r.events, ev) },
		Ask: func(_ context.Context, q Question) (Answer, error) {
			r.asked = append(r.asked, q)
			if r.answer != nil {
				return r.answer(q)
			}
			return Answer{Yes: true, Typed: q.Confirm}, nil
		},
		SecondLook: 10 * time.Second, Fresh: time.Minute,
	}
}

func (r *recorder) kinds() string {
	var out []string
	for _, ev := range r.events {
		s := string(ev.Kind)
		if ev.Step != "" {
			s += ":" + string(ev.Step)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func class(t *testing.T, err error) Class {
	t.Helper()
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatalf("want a Problem, got %v", err)
	}
	return p.Class
}

func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestRunGoesThroughAndAsksOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		check, push, ci, clean := &fake{status: Done}, &fake{status: Todo}, &fake{status: Todo}, &fake{status: Todo}
		push.onRun = func(s *fake) error { s.status = Done; ci.status = Underway; return nil }
		ci.onLook = func(s *fake) {
			if s.looks > 4 {
				s.status = Done
			}
		}
		await := node("ci", Reads, ci, "push")
		await.Every, await.LeadsTo = time.Second, Permanent
		pushNode := node("push", Shared, push, "check")
		pushNode.LeadsTo = Permanent
		p := Plan{Confirm: "1.0", Nodes: []Node{node("check", Reads, check), pushNode, await, node("clean", Shared, clean, "ci")}}
		var r recorder
		if err := r.engine().Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if len(r.asked) != 1 || r.asked[0].Confirm != "1.0" || len(r.asked[0].Covers) != 2 || len(r.asked[0].Leads) != 1 {
			t.Errorf("asked %+v", r.asked)
		}
		if push.runs != 1 || clean.runs != 1 || ci.runs != 0 {
			t.Errorf("runs: push %d clean %d ci %d", push.runs, clean.runs, ci.runs)
		}
		if !strings.HasSuffix(r.kinds(), "done") {
			t.Error(r.kinds())
		}
	})
}

func TestDoneAtTheEndMeansDone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		check, push, clean := &fake{status: Failed}, &fake{status: Conflict}, &fake{status: Done}
		p := Plan{Nodes: []Node{node("check", Reads, check), node("push", Shared, push, "check"), node("clean", Shared, clean, "push")}}
		var r recorder
		if err := r.engine().Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if push.runs+clean.runs != 0 {
			t.Error("something ran")
		}
	})
}

func TestCheckIsHistoryOnceThePushIsDone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		check, push, clean := &fake{status: Failed}, &fake{status: Done}, &fake{status: Todo}
		p := Plan{Nodes: []Node{node("check", Reads, check), node("push", Shared, push, "check"), node("clean", Shared, clean, "push")}}
		var r recorder
		if err := r.engine().Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if clean.runs != 1 || len(r.asked) != 1 || r.asked[0].Confirm != "" {
			t.Errorf("clean ran %d times, asked %+v", clean.runs, r.asked)
		}
	})
}

func TestNothingRunsOn(t *testing.T) {
	for status, want := range map[Status]Class{Failed: ClassFailed, Conflict: ClassConflict, Unknown: ClassUnknown} {
		for _, where := range []string{"check", "push", "later"} {
			t.Run(string(status)+" "+where, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					steps := map[string]*fake{"check": {status: Done}, "push": {status: Todo}, "later": {status: Todo}}
					steps[where].status = status
					p := Plan{Nodes: []Node{node("check", Reads, steps["check"]), node("push", Shared, steps["push"], "check"), node("later", Shared, steps["later"], "push")}}
					var r recorder
					err := r.engine().Run(t.Context(), p)
					if class(t, err) != want {
						t.Errorf("got %v", err)
					}
					if len(r.asked)+steps["push"].runs != 0 {
						t.Error("asked or ran")
					}
				})
			})
		}
	}
}

func TestLostReplyIsNoLostEffect(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		push := &fake{status: Todo, onRun: func(s *fake) error { s.status = Done; return errors.New("connection reset") }}
		var r recorder
		if err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("push", Shared, push)}}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTodoAfterRunTakesOneMoreLook(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		push := &fake{status: Todo, onRun: func(*fake) error { return nil }}
		var r recorder
		began := time.Now()
		err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("push", Shared, push)}})
		if class(t, err) != ClassFailed || push.runs != 1 {
			t.Errorf("%v after %d runs", err, push.runs)
		}
		if d := time.Since(began); d != 10*time.Second {
			t.Errorf("second look after %v", d)
		}
		late := &fake{status: Todo, onRun: func(s *fake) error {
			n := s.looks
			s.onLook = func(s *fake) {
				if s.looks > n+1 {
					s.status = Done
				}
			}
			return errors.New("no answer")
		}}
		if err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("push", Shared, late)}}); err != nil {
			t.Errorf("landed late: %v", err)
		}
	})
}

func TestDeclinedRunsNothing(t *testing.T) {
	answers := map[string]func(Question) (Answer, error){
		"declined": func(Question) (Answer, error) { return Answer{}, ErrDeclined },
		"no":       func(q Question) (Answer, error) { return Answer{Typed: q.Confirm}, nil },
		"other":    func(Question) (Answer, error) { return Answer{Yes: true, Typed: "1.1"}, nil },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				push := &fake{status: Todo}
				n := node("push", Shared, push)
				n.LeadsTo = Permanent
				r := recorder{answer: answer}
				err := r.engine().Run(t.Context(), Plan{Confirm: "1.0", Nodes: []Node{n}})
				if class(t, err) != ClassDeclined || push.runs != 0 {
					t.Errorf("%v, %d runs", err, push.runs)
				}
			})
		})
	}
}

func TestNeedsAreReadAgainAfterALongGate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		check, push := &fake{status: Done}, &fake{status: Todo}
		r := recorder{answer: func(q Question) (Answer, error) {
			time.Sleep(61 * time.Second)
			check.status = Conflict
			return Answer{Yes: true}, nil
		}}
		err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("check", Reads, check), node("push", Shared, push, "check")}})
		if class(t, err) != ClassConflict || push.runs != 0 {
			t.Errorf("%v, %d runs", err, push.runs)
		}
	})
}

func TestSomebodyElseDidItMeanwhile(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		push := &fake{status: Todo}
		r := recorder{answer: func(Question) (Answer, error) { push.status = Done; return Answer{Yes: true}, nil }}
		if err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("push", Shared, push)}}); err != nil || push.runs != 0 {
			t.Errorf("%v, %d runs", err, push.runs)
		}
	})
}

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
