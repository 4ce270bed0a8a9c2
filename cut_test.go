package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ferry/flow/sandbox"
)

// The exchanges of a release by branch in which something is pushed: for the
// claim, the branch and the deletion a list of refs and then the command.
const exchanges = 6

// startCut makes a harbour behind a cutter.
func startCut(t *testing.T, seed uint64, at *point) (*harbour, *cutter) {
	c := &cutter{at: at}
	p := somePace(rand.New(rand.NewPCG(seed, 11)))
	h := startHarbour(t, p)
	h.RemoteURL = c.listen(t, http.HandlerFunc(h.host)) + "/" + sandbox.Slug + ".git"
	return h, c
}

// points spreads n of them over the conversation: over each exchange's request
// and answer alike, from before its first byte to behind its last.
func points(sizes [][2]int, n int) (out []point) {
	sides := 2 * len(sizes)
	for i := range n {
		side, k, each := i%sides, i/sides, (n-i%sides+sides-1)/sides
		size := sizes[side/2][side%2]
		out = append(out, point{side / 2, side%2 == 1, size * k / max(1, each-1)})
	}
	return out
}

// TestCutAnywhere breaks the line at points all over the conversation of the
// pushes and of the deletion. What is said then is true of the host's own log,
// and the same release ends right: in that run, or in the next.
func TestCutAnywhere(t *testing.T) {
	h, c := startCut(t, 0, nil)
	if r := finish(t, h.command("you", yes...)); r.code != 0 || len(c.sizes) != exchanges {
		t.Fatalf("exit code %d, %d exchanges\n%s", r.code, len(c.sizes), r.err)
	}
	var cuts, went atomic.Int64
	t.Run("points", func(t *testing.T) {
		for i, at := range points(c.sizes, trials("FERRY_CUTS", 6)) {
			t.Run(fmt.Sprintf("exchange %d answer=%v byte %d", at.exchange, at.answer, at.byte), func(t *testing.T) {
				t.Parallel()
				h, c := startCut(t, uint64(i), &at)
				r := finish(t, h.command("you", yes...))
				if !c.cut {
					t.Errorf("the line was not cut: %v", c.sizes)
				}
				cuts.Add(1)
				if r.code == 0 {
					went.Add(1)
				}
				h.saidTruly(r, at)
				h.endsRight([]string{"you", "sam"}[i%2])
			})
		}
	})
	t.Logf("%d cuts, after %d of which the same run went on to the end; bytes of the exchanges: %v", cuts.Load(), went.Load(), c.sizes)
}

// saidTruly holds what a run said against the host's log as it is now, and was
// then: what did not land by the words of the run must not be there.
func (h *harbour) saidTruly(r result, at point) {
	h.t.Helper()
	landed := len(h.received()) > at.exchange/2
	switch {
	case r.code == 0:
		if h.where() != "deleted" {
			h.t.Errorf("it says that it is done: %s\n%s", h.where(), r.err)
		}
		return
	case !strings.Contains(r.err, "  now ") || !strings.Contains(r.err, "  next "):
		h.t.Errorf("exit code %d names no way out\n%s", r.code, r.err)
	case strings.Contains(r.err, "did not land") && landed:
		h.t.Errorf("it landed: %v\n%s", h.received(), r.err)
	}
	if !slices.Contains([]int{1, 8, 9}, r.code) {
		h.t.Errorf("exit code %d\n%s", r.code, r.err)
	}
}

// endsRight lets the release run once more, and judges the world.
func (h *harbour) endsRight(who string) {
	h.t.Helper()
	if r := finish(h.t, h.command(who, yes...)); r.code != 0 {
		h.t.Errorf("the next run: exit code %d\n%s", r.code, r.err)
	}
	h.judge()
}
