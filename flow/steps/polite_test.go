package steps_test

import (
	"errors"
	"net/http"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/ci/travis"
	"ferry/flow/steps"
	"ferry/keyring"
)

// hours counts requests by the hour since it began.
type hours struct {
	http.RoundTripper
	began time.Time
	asked [7]int
}

func (h *hours) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asked[int(time.Since(h.began).Hours())]++
	return h.RoundTripper.RoundTrip(r)
}

// longWait is a wait for CI of at most six hours: the engine, the step and the
// provider as they are. within is how long after a change it may be seen.
type longWait struct {
	name   string
	byTag  bool
	token  string
	within time.Duration
}

var longWaits = []longWait{
	{name: "travis", within: 370 * time.Second},
	{name: "github", byTag: true, token: "t", within: 730 * time.Second},
	{name: "github without a token", byTag: true, within: 730 * time.Second},
}

func (l longWait) provider(t *testing.T, b *bench, h *hours) ci.Provider {
	t.Helper()
	var p ci.Provider
	var err error
	if l.byTag {
		h.RoundTripper = wire{b.ci.GitHub()}
		p, err = github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: keyring.NewSecret(l.token), HTTP: &http.Client{Transport: h}, UserAgent: "ferry"})
	} else {
		h.RoundTripper = wire{b.ci.Travis()}
		p, err = travis.New(travis.Options{URL: "http://ci.test", Slug: slug, HTTP: &http.Client{Transport: h}, UserAgent: "ferry"})
	}
	must(t, err)
	return p
}

// wait runs until CI is over or the limit is reached. The one job ends after some
// time, unless that is zero.
func (l longWait) wait(t *testing.T, ends time.Duration) (*hours, time.Duration, error) {
	t.Helper()
	b := newBench(t, options{byTag: l.byTag}) // its remote is on loopback, and listens outside of the bubble
	h := &hours{}
	var err error
	var took time.Duration
	synctest.Test(t, func(t *testing.T) {
		h.began = time.Now()
		builtOn("", ours, 0, "", ci.StateRunning)(b)
		w := b.world
		w.CI = []ci.Provider{l.provider(t, b, h)}
		if ends > 0 {
			go func() { time.Sleep(ends); b.ci.End(b.ci.Builds()[0].Jobs[0].ID, ci.StatePassed) }()
		}
		plan := flow.Plan{Name: "wait", Nodes: []flow.Node{{
			ID: flow.AwaitCI, Effect: flow.Reads, Step: steps.AwaitCI{World: w, Target: b.target}, Every: 10 * time.Second, Limit: 6 * time.Hour,
		}}}
		err = (&flow.Engine{Fresh: time.Minute}).Run(t.Context(), plan)
		took = time.Since(h.began)
	})
	return h, took, err
}

// TestSixHours: while nothing changes no hour has more than 30 requests, and at
// the limit the answer is still "waiting".
func TestSixHours(t *testing.T) {
	t.Parallel()
	for _, l := range longWaits {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			h, took, err := l.wait(t, 0)
			var p *flow.Problem
			if !errors.As(err, &p) || p.Class != flow.ClassWaiting || took < 6*time.Hour {
				t.Errorf("after %v: %v", took, err)
			}
			for i, n := range h.asked[:6] {
				if n > 30 || n < 15 {
					t.Errorf("hour %d: %d requests", i, n)
				}
			}
			t.Logf("requests by the hour: %v", h.asked[:6])
		})
	}
}

// TestAnEndIsSeen in the time that ci.Polite promises, after an hour without any change.
func TestAnEndIsSeen(t *testing.T) {
	t.Parallel()
	for _, l := range longWaits {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			var worst time.Duration
			for _, ends := range []time.Duration{time.Hour + time.Second, time.Hour + 95*time.Second, time.Hour + 3*time.Minute + 15*time.Second} {
				_, took, err := l.wait(t, ends)
				if worst = max(worst, took-ends); err != nil || took-ends > l.within || took < ends {
					t.Errorf("an end after %v was seen %v later: %v", ends, took-ends, err)
				}
			}
			t.Logf("seen after %v at the latest", worst)
		})
	}
}

// TestUnknownSince: a CI that was read and cannot be read now says since when, in
// the same words with every look.
func TestUnknownSince(t *testing.T) {
	t.Parallel()
	b := newBench(t, options{})
	builtOn("", ours, 0, "", ci.StateRunning)(b)
	step := steps.AwaitCI{World: b.world, Target: b.target}
	if f := step.Observe(flow.WithReading(t.Context())); f.Status != flow.Underway {
		t.Fatalf("%+v", f)
	}
	b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: http.StatusBadGateway, Times: -1})
	first := step.Observe(flow.WithReading(t.Context()))
	if f := step.Observe(flow.WithReading(t.Context())); f.Status != flow.Unknown || f.Text != first.Text || !regexp.MustCompile(`; unknown since \d\d:\d\d UTC$`).MatchString(f.Text) {
		t.Errorf("%s %q, at first %q", f.Status, f.Text, first.Text)
	}
}
