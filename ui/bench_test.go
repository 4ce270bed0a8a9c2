package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
)

// BenchmarkView draws the watched build at 120x40, its log full and moving.
func BenchmarkView(b *testing.B) {
	for _, moving := range []bool{false, true} {
		b.Run(map[bool]string{false: "quiet", true: "moving"}[moving], func(b *testing.B) {
			r := atCI(b, Options{Color: true})
			r.size(120, 40)
			r.log("2", 0, many(5000)...)
			for b.Loop() {
				if moving {
					r.m.jobs.log().Append(0, []string{"one more line of a test that PASSED"})
				}
				_ = r.m.View()
			}
		})
	}
}

// BenchmarkHome draws home at 120x40.
func BenchmarkHome(b *testing.B) {
	r := atHome(b, Options{Color: true})
	r.size(120, 40)
	for b.Loop() {
		_ = r.m.View()
	}
}

// BenchmarkIngest takes a burst of 10,000 lines in, as between two redraws.
func BenchmarkIngest(b *testing.B) {
	lines := many(10000)
	c := &collector{}
	b.SetBytes(int64(10000 * len(lines[0])))
	for b.Loop() {
		for _, l := range lines {
			c.add(l)
		}
		c.take()
	}
}

func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("tests/test_plan.py::test_case_%06d \x1b[32mPASSED\x1b[0m %s [ 42%%]", i, strings.Repeat(".", 50))
	}
	return out
}

// BenchmarkKey is how long a key takes from Update to the finished frame while
// 50 MB of log stream in beside it. It reports the percentiles.
func BenchmarkKey(b *testing.B) {
	r := atCI(b, Options{Color: true})
	r.size(120, 40)
	msgs := make(chan tea.Msg)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d := newDriver(ctx, time.Now)
	d.send = func(m tea.Msg) {
		select {
		case msgs <- m:
		case <-ctx.Done():
		}
	}
	s := &Session{Follow: stream50MB}
	d.follow(s, "2", r.m.jobs.logs["2"].turn)
	keys := time.NewTicker(10 * time.Millisecond)
	defer keys.Stop()
	var took []time.Duration
	for b.Loop() {
		for came := false; !came; {
			select {
			case m := <-msgs:
				if l, ok := m.(logMsg); ok && l.ended {
					d.follow(s, "2", r.m.jobs.logs["2"].turn)
					l.ended = false
					m = l
				}
				r.m.Update(m)
				_ = r.m.View()
			case at := <-keys.C: // the time in the queue counts
				r.keys([]string{"left", "right"}[len(took)%2])
				_ = r.m.View()
				took = append(took, time.Since(at))
				came = true
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
}

func stream50MB(ctx context.Context, _ string, log flow.Log) error {
	lines := many(1000)
	for sent := 0; sent < 50<<20 && ctx.Err() == nil; {
		for _, l := range lines {
			log(l)
			sent += len(l)
		}
	}
	return nil
}
