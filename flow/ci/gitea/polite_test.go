package gitea_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/gitea"
)

// inside is a client that asks a handler without a network, and counts.
type inside struct {
	http.Handler
	asked int
}

func (i *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	i.asked++
	w := httptest.NewRecorder()
	i.ServeHTTP(w, r)
	return w.Result(), nil
}

// TestSixHours of looks, one every ten seconds: no hour has more than 30 requests
// while nothing changes.
func TestSixHours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := citest.New(citest.Options{Slug: "dana/demo"})
		defer s.Close()
		s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateRunning, Jobs: []ci.Job{{Name: "x", State: ci.StateRunning}}}})
		net := &inside{Handler: s.Gitea(citest.GiteaRuns)}
		p, err := gitea.New(gitea.Options{URL: "http://gitea.example/api/v1", Slug: slug, HTTP: &http.Client{Transport: net}})
		if err != nil {
			t.Fatal(err)
		}
		for hour := range 6 {
			before := net.asked
			for range 360 {
				ctx, _ := ci.Watching(t.Context())
				got, err := p.Builds(ctx, ci.Query{Ref: "refs/heads/r", SHA: "a"})
				if err != nil || len(got) != 1 || got[0].State != ci.StateRunning {
					t.Fatalf("%+v, %v", got, err)
				}
				time.Sleep(10 * time.Second)
			}
			if n := net.asked - before; n > 30 || n < 8 {
				t.Errorf("hour %d: %d requests", hour, n)
			}
		}
		if p.LastAnswer().IsZero() {
			t.Error("it does not say since when it is known")
		}
	})
}
