package steps_test

import (
	"net/http"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
)

// TestOneOfTwoCIsIsSilent: nothing is decided then, and what the other says is told.
func TestOneOfTwoCIsIsSilent(t *testing.T) {
	t.Parallel()
	b := newBench(t, options{})
	branch(ours)(b)
	built(ours, hour, ci.StatePassed)(b)
	broken := citest.New(citest.Options{Slug: slug})
	t.Cleanup(broken.Close)
	broken.Fault(citest.Fault{Kind: citest.FaultStatus, Status: http.StatusBadGateway, Times: -1})
	p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, HTTP: &http.Client{Transport: wire{broken.GitHub()}}, UserAgent: "ferry"})
	must(t, err)
	b.world.CI = append([]ci.Provider{p}, b.world.CI...)
	b.build()
	f := b.observe(flow.AwaitCI)
	if f.Status != flow.Unknown || code(f) != flow.CodeCIUnreachable || !strings.Contains(f.Problem.Text, "github") {
		t.Errorf("%s %q: %s", f.Status, code(f), told(f))
	}
	if len(f.Facts) != 1 || f.Facts[0].Witness != "ci.travis" || !strings.Contains(f.Facts[0].Says, "passed") {
		t.Errorf("the other says %+v", f.Facts)
	}
}
