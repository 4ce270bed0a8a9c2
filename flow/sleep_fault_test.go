package flow

import (
	"context"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// before turns a reading of the clocks into the one that a machine would have
// taken which then slept: by the wall clock it is d older, and by the monotonic
// clock, which stands still meanwhile, it is as old as it was. No function of
// the library makes one.
func before(t *testing.T, at time.Time, d time.Duration) time.Time {
	t.Helper()
	*(*uint64)(unsafe.Pointer(&at)) -= uint64(d/time.Second) << 30
	if !strings.Contains(at.String(), " m=") || time.Since(at) > time.Second || time.Now().Round(0).Sub(at).Round(time.Minute) != d {
		t.Skip("this Go keeps time in another way")
	}
	return at
}

// asleep is a check that was good before the machine slept, or before somebody
// turned the clock, and is no more.
type asleep struct {
	at    time.Time
	looks int
}

func (s *asleep) Observe(context.Context) Finding {
	s.looks++
	if s.looks > 1 {
		return Finding{Status: Conflict, At: time.Now()}
	}
	return Finding{Status: Done, At: s.at}
}

func (s *asleep) Run(context.Context, Log) error { return nil }

// TestAgesGrowWhileAsleep: nothing is done on what was seen before the lid was
// closed, nor on what was seen at a time that is yet to come.
func TestAgesGrowWhileAsleep(t *testing.T) {
	for name, d := range map[string]time.Duration{"slept for 8 h": 8 * time.Hour, "clock a day ahead": 24 * time.Hour, "clock set back by a day": -24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			check, push := &asleep{at: before(t, time.Now(), d)}, &fake{status: Todo}
			var r recorder
			err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("check", Reads, check), node("push", Shared, push, "check")}})
			if class(t, err) != ClassConflict || push.runs != 0 {
				t.Errorf("%v after %d looks, %d runs", err, check.looks, push.runs)
			}
		})
	}
}

// TestAFreshLookIsActedOn: what is seen now is not read twice.
func TestAFreshLookIsActedOn(t *testing.T) {
	check, push := &asleep{at: before(t, time.Now(), 0)}, &fake{status: Todo}
	var r recorder
	if err := r.engine().Run(t.Context(), Plan{Nodes: []Node{node("check", Reads, check), node("push", Shared, push, "check")}}); err != nil || check.looks != 1 || push.runs != 1 {
		t.Errorf("%v after %d looks, %d runs", err, check.looks, push.runs)
	}
}
