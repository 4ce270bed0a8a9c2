package flow

import (
	"context"
	"errors"
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
