package ui

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// TestMain also is the program under trial: with FERRY_UI_DEMO set, the test
// binary shows the screens for a small world in memory. So
//
//	go test -c -o demo ./ui && FERRY_UI_DEMO=home ./demo
//
// is the way to look at them, and what the tests in a pty start.
func TestMain(m *testing.M) {
	if demo := os.Getenv("FERRY_UI_DEMO"); demo != "" {
		os.Exit(showDemo(demo))
	}
	os.Exit(m.Run())
}

func showDemo(demo string) int {
	w := newWorld(20 * time.Second)
	if d, err := time.ParseDuration(os.Getenv("FERRY_UI_PACE")); err == nil {
		w.pace = d
	}
	if d, err := time.ParseDuration(os.Getenv("FERRY_UI_SLOW")); err == nil {
		w.slow = d
	}
	w.red = demo == "red"
	o := Options{Dir: "~/src/acme-core", Color: os.Getenv("NO_COLOR") == "", ASCII: os.Getenv("FERRY_UI_ASCII") != "",
		Open: func(context.Context, Person) (*Session, error) { return w.session(), nil }}
	switch demo {
	case "release", "red":
		o.Start = StartRelease
	case "onboard":
		o.Start = StartOnboard
		y := newYard()
		o.Onboard = func(context.Context, Person) (*Onboarding, error) { return y.onboarding(), nil }
	case "recover":
		o.Start = StartRecover
		k := newWreck(time.Now)
		k.stuck = true
		o.Recover = func(context.Context, Person) (*Recovering, error) { return k.recovering(), nil }
	case "others":
		o.Start = StartRelease
		o.Open = func(context.Context, Person) (*Session, error) { return stopped(w), nil }
	case "broken":
		o.Open = func(context.Context, Person) (*Session, error) { return nil, errOpen }
	case "hangs":
		o.Open = func(ctx context.Context, _ Person) (*Session, error) { <-ctx.Done(); return nil, ctx.Err() }
	case "panics":
		o.Open = func(context.Context, Person) (*Session, error) { return w.session(), nil }
		o.Now = func() func() time.Time {
			calls := 0
			return func() time.Time {
				if calls++; calls > 3 {
					panic("the clock broke")
				}
				return time.Now()
			}
		}()
	}
	out, err := Run(context.Background(), o)
	for _, l := range out.Lines {
		fmt.Println(l)
	}
	fmt.Println("outcome:", err, "left:", out.Left)
	return 0
}
