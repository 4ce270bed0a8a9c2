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

// TestSkips finds the mark of each CI in every line of a message, and no mere talk of it.
func TestSkips(t *testing.T) {
	for message, want := range map[string]string{
		"Fix [skip ci]": "Fix [skip ci]", "Fix\n\nlong\n  [CI Skip] now\n": "[CI Skip] now", "Fix\n\n[no ci]": "[no ci]", "a\r\n\r\n[skip actions]\r\n": "[skip actions]",
		"a\n\n[actions skip]": "[actions skip]", "a\n\n[travis skip]": "[travis skip]", "a\n\n[skip travis-ci]": "[skip travis-ci]", "a\n\n\nskip-checks: true\n": "skip-checks: true",
		"": "", "skip ci": "", "Fix\n\nwe do not skip-checks: true here": "", "[skip this]": "",
	} {
		if got := skips(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
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
