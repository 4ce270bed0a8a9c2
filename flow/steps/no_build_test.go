package steps

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"ferry/flow/ci"
)

// excuser is a CI that heard of no push, and counts who asks.
type excuser struct{ asked int }

func (*excuser) Name() string { return "travis" }

func (*excuser) Builds(context.Context, ci.Query) ([]ci.Build, error) { return nil, nil }

func (x *excuser) Excuses(context.Context, ci.Query) ([]ci.Excuse, error) {
	x.asked++
	return nil, nil
}

// TestCIIsAskedOnceWhyNoBuildCame, and not before one could have come.
func TestCIIsAskedOnceWhyNoBuildCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, began := &excuser{}, time.Now()
		s := NewAwaitCI(World{CI: []ci.Provider{x}}, Target{Ref: "refs/heads/pypi-release", Commit: "c0ffee"})
		for range 600 {
			said := s.excuses(t.Context())
			if late := time.Since(began) >= buildGrace; (len(said) == 1) != late {
				t.Fatalf("after %v it says %v", time.Since(began), said)
			}
			time.Sleep(time.Second)
		}
		if x.asked != 1 {
			t.Errorf("asked %d times", x.asked)
		}
	})
}
