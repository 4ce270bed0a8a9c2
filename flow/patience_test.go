package flow

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// hasty says that it is done whenever it is asked by somebody who waits, from a
// reading of some age, and otherwise what is true.
type hasty struct {
	age   time.Duration
	after int // so many fresh looks it is really done
	fresh int
	old   int
}

func (h *hasty) Observe(ctx context.Context) Finding {
	if Patient(ctx) {
		h.old++
		ReadEarlier(ctx, time.Now())
		ReadEarlier(ctx, time.Now().Add(-h.age)) // the oldest counts
		ReadEarlier(ctx, time.Time{})
		return Finding{Status: Done, Text: "done"}
	}
	if h.fresh++; h.fresh > h.after {
		return Finding{Status: Done, Text: "done"}
	}
	return Finding{Status: Underway, Text: "goes on"}
}

func (*hasty) Run(context.Context, Log) error { return nil }

// TestPatience: what ends a wait is read again if it is older than a minute, and
// is taken as it is if it is not.
func TestPatience(t *testing.T) {
	for age, fresh := range map[time.Duration]int{2 * time.Minute: 4, 30 * time.Second: 1} {
		synctest.Test(t, func(t *testing.T) {
			step := &hasty{age: age, after: 3}
			var last Finding
			e := &Engine{Fresh: time.Minute, Sink: func(ev Event) {
				if ev.Finding != nil {
					last = *ev.Finding
				}
			}}
			err := e.Run(t.Context(), Plan{Nodes: []Node{{ID: "wait", Effect: Reads, Step: step, Every: 10 * time.Second, Limit: time.Hour}}})
			if err != nil || step.fresh != fresh || step.old == 0 || last.Status != Done {
				t.Errorf("%v: %v, %d fresh looks, %+v", age, err, step.fresh, last)
			}
			if told := time.Since(last.At) >= age; told != (age < time.Minute) {
				t.Errorf("%v: the finding is of %v, %v ago", age, last.At, time.Since(last.At))
			}
		})
	}
}
