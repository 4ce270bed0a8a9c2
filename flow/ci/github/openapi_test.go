package github_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/keyring"
)

// described gives GitHub's own description of its API, from the file that
// FERRY_OPENAPI names: api.github.com.json of the npm package @octokit/openapi.
func described(t *testing.T) *description {
	t.Helper()
	file := os.Getenv("FERRY_OPENAPI")
	if file == "" {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal("FERRY_OPENAPI names no description of GitHub's API")
		}
		t.Skip("FERRY_OPENAPI names no description of GitHub's API")
	}
	d, err := readDescription(file)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// judge stands before the fake and holds what passes against the description.
type judge struct {
	*description
	next    http.Handler
	answers bool // are judged too; not while faults are made

	mu   sync.Mutex
	seen []string
	errs []string
}

func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_") || strings.HasPrefix(r.URL.Path, "/repositories/") {
		j.next.ServeHTTP(w, r) // the stores of logs and of archives, and the address of a renamed repository, are none of the API's operations
		return
	}
	rec := httptest.NewRecorder()
	wrong := j.sent(r)
	j.next.ServeHTTP(rec, r)
	err := cmp.Or(wrong, j.request(r))
	if err == nil && j.answers {
		err = j.answer(r, rec.Code, rec.Body.Bytes())
	}
	j.mu.Lock()
	j.seen = append(j.seen, r.Method+" "+r.URL.Path)
	if err != nil && !slices.Contains(j.errs, err.Error()) {
		j.errs = append(j.errs, err.Error())
	}
	j.mu.Unlock()
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()) // the client may be gone
}

// trial is a provider that talks to the fake past a judge.
func trial(t *testing.T, d *description, answers bool) (*citest.Server, *judge, string) {
	t.Helper()
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(token)})
	t.Cleanup(s.Close)
	j := &judge{description: d, next: s.GitHub(), answers: answers}
	web := httptest.NewServer(j)
	t.Cleanup(web.Close)
	t.Cleanup(func() {
		for _, e := range j.errs {
			t.Error(e)
		}
		if len(j.seen) == 0 {
			t.Error("nothing was asked")
		}
	})
	return s, j, web.URL
}

// TestRequestsAreDescribed: those of everything that the suite does.
func TestRequestsAreDescribed(t *testing.T) {
	s, j, url := trial(t, described(t), false)
	err := citest.Suite(t.Context(), citest.Bench{Provider: "github", Server: s, Subject: provider(t, url, token), Wrong: provider(t, url, "other")})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d requests", len(j.seen))
}

// TestTheFakeIsDescribed: every kind of request, with every kind of answer.
func TestTheFakeIsDescribed(t *testing.T) {
	s, j, url := trial(t, described(t), true)
	p := provider(t, url, token)
	ctx := t.Context()
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	s.Guard([]citest.Ruleset{{Name: "release", Target: "branch", Match: "refs/heads/pypi-*", Types: []string{"creation", "deletion", "non_fast_forward"}}, {Name: "tags", Target: "tag", Match: "refs/tags/v*", Types: []string{"deletion"}}},
		[]citest.Environment{{Name: "pypi", Reviewers: []string{"dana"}, Wait: time.Minute, Policies: []string{"pypi-release", "tag:v*"}}, {Name: "test", Protected: true}})
	for _, ref := range []string{"refs/heads/pypi-release", "refs/tags/v1", "refs/heads/a/b"} {
		_, err := p.RefRules(ctx, ref)
		must(err)
	}
	for _, env := range []string{"pypi", "test"} {
		_, err := p.Gate(ctx, env)
		must(err)
	}
	_, err := p.Inspect(ctx)
	must(err)
	for _, state := range []ci.State{ci.StateQueued, ci.StateApproval, ci.StateRunning, ci.StatePassed, ci.StateFailed, ci.StateErrored, ci.StateCancelled, ci.StateSkipped} {
		b := ci.Build{Ref: "refs/heads/" + string(state), SHA: "a", State: state, By: "dana", Created: at, Started: at, Jobs: []ci.Job{{Name: "one", State: state, Started: at, Steps: []ci.Step{{Name: "x", State: state, Started: at}}}}}
		if state.Final() {
			b.Ended, b.Jobs[0].Ended = at.Add(time.Minute), at.Add(time.Minute)
		}
		s.AddBuild(citest.Build{Provider: "github", Build: b})
		got, err := p.Builds(ctx, ci.Query{Ref: b.Ref, SHA: "a"})
		must(err)
		if len(got) != 1 {
			t.Fatalf("%s: %+v", state, got)
		}
		_, err = p.Log(ctx, got[0].Jobs[0], 0)
		must(err)
		_, _ = p.Builds(ctx, ci.Query{Ref: b.Ref, SHA: "a"}) // not modified
		_ = p.Restart(ctx, got[0])                           // refused while it goes on
		_ = p.Cancel(ctx, got[0])
		_ = p.Cancel(ctx, got[0])
	}
	s.AddBuild(citest.Build{Provider: "travis", Build: ci.Build{Ref: "refs/heads/r", SHA: "b", State: ci.StateErrored, Created: at, Ended: at}})
	_, err = p.Builds(ctx, ci.Query{Ref: "refs/heads/r", SHA: "b"})
	must(err)
	_, err = p.TravisBuilds(ctx, ci.Query{Ref: "refs/heads/r", SHA: "b"})
	must(err)
	_, err = p.TravisBuilds(ctx, ci.Query{Ref: "refs/heads/none"})
	must(err)
	s.Host(citest.Hosted{Parent: "acme/demo"})
	_, err = p.Inspect(ctx)
	must(err)
	_, _ = p.Gate(ctx, "none")
	_, _ = provider(t, url, "other").Inspect(ctx)
	t.Logf("%d requests", len(j.seen))
}

// TestTheJudgeIsStrict: what is not described does not pass.
func TestTheJudgeIsStrict(t *testing.T) {
	d := described(t)
	for _, wrong := range []string{"/repos/o/r/actions/runs?brunch=x", "/repos/o/r/actions/runs?status=sleeping", "/repos/o/r/action/runs", "/repos/o/r/actions/runs?per_page=many"} {
		if err := d.request(httptest.NewRequest(http.MethodGet, wrong, nil)); err == nil {
			t.Errorf("%s passed", wrong)
		}
	}
	ask := httptest.NewRequest(http.MethodGet, "/repos/o/r/actions/runs/1/jobs", nil)
	for _, wrong := range []string{`{}`, `[]`, `{"total_count":"1","jobs":[]}`, `{"total_count":1,"jobs":[{}]}`, `{"total_count":1}`} {
		if err := d.answer(ask, http.StatusOK, []byte(wrong)); err == nil {
			t.Errorf("%s passed", wrong)
		}
	}
	if err := d.answer(ask, http.StatusOK, []byte(`{"total_count":0,"jobs":[]}`)); err != nil {
		t.Error(err)
	}
	if err := d.answer(ask, http.StatusTeapot, []byte(`{"message":7}`)); err == nil {
		t.Error("any refusal passed")
	}
}
