package steps_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/github"
	"ferry/keyring"
)

// granting answers as the bench's CI, and says that so many requests are left.
type granting struct {
	next        http.RoundTripper
	left, limit int
	reset       time.Time
}

func (g granting) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := g.next.RoundTrip(r)
	if err == nil {
		for name, n := range map[string]int64{"Limit": int64(g.limit), "Remaining": int64(g.left), "Reset": g.reset.Unix()} {
			res.Header.Set("X-RateLimit-"+name, strconv.FormatInt(n, 10))
		}
	}
	return res, err
}

// TestBudgetIsShown before the push: always without a token, which is said in
// words too, and with one when little is left.
func TestBudgetIsShown(t *testing.T) {
	for _, c := range []struct {
		token       string
		left, limit int
		shown       bool
	}{{"", 50, 60, true}, {"", 14, 60, true}, {"t", 1250, 5000, false}, {"t", 1249, 5000, true}, {"t", 4900, 5000, false}} {
		t.Run(fmt.Sprintf("%q, %d of %d", c.token, c.left, c.limit), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, onBranch)
			reset := time.Now().Add(30 * time.Minute)
			p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: keyring.NewSecret(c.token), UserAgent: "ferry",
				HTTP: &http.Client{Transport: granting{wire{b.gates["ci"]}, c.left, c.limit, reset}}})
			must(t, err)
			b.world.Host, b.world.CI = p, []ci.Provider{p}
			f := b.observe(flow.CheckCI)
			if f.Status != flow.Done {
				t.Fatalf("%s: %s", f.Status, told(f))
			}
			want := fmt.Sprintf("%d of %d requests left until %s", c.left, c.limit, reset.UTC().Format("2006-01-02 15:04:05 UTC"))
			got := ""
			for _, fact := range f.Facts {
				if fact.Witness == "ci.github" && fact.About == "requests" {
					got = fact.Says
				}
			}
			if (got == want) != c.shown || (got != "") != c.shown {
				t.Errorf("the facts say %q, want %q: %v", got, want, c.shown)
			}
			if said := strings.Contains(f.Text, "github is asked without a token: no logs of jobs (ferry auth login github)"); said != (c.token == "") {
				t.Errorf("said: %q", f.Text)
			}
		})
	}
}

// TestWhatATokenIsFor: on github.com it is requests and logs.
func TestWhatATokenIsFor(t *testing.T) {
	for secret, want := range map[string]string{"": "60 requests an hour, and no logs of jobs", "t": ""} {
		p, err := github.New(github.Options{Slug: slug, Token: keyring.NewSecret(secret)})
		must(t, err)
		if got := p.WithoutToken(); got != want {
			t.Errorf("token %q: %q, want %q", secret, got, want)
		}
	}
}
