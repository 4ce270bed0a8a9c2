package github_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/keyring"
)

const (
	slug  = "dana/demo"
	token = "ghp_t0ken"
)

// bench is a fake GitHub and a provider that talks to it.
func bench(t *testing.T, secret string) (*citest.Server, *github.Provider, string) {
	t.Helper()
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(secret)})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.GitHub())
	t.Cleanup(web.Close)
	return s, provider(t, web.URL, secret), web.URL
}

func provider(t *testing.T, url, secret string) *github.Provider {
	t.Helper()
	p, err := github.New(github.Options{URL: url, Slug: slug, Token: keyring.NewSecret(secret), UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSuite(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	err := citest.Suite(t.Context(), citest.Bench{Provider: "github", Server: s, Subject: p, Wrong: provider(t, url, "other")})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSuiteWithoutToken(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "")
	if err := citest.Suite(t.Context(), citest.Bench{Provider: "github", Server: s, Subject: p}); err != nil {
		t.Fatal(err)
	}
}

// routes serves documents by the end of the path.
func routes(t *testing.T, docs map[string]string) *github.Provider {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for end, body := range docs {
			if strings.HasSuffix(r.URL.Path, end) {
				_, _ = io.WriteString(w, body)
				return
			}
		}
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
	}))
	t.Cleanup(web.Close)
	return provider(t, web.URL, token)
}

// run is the document of one run.
func run(status, conclusion string) string {
	return fmt.Sprintf(`{"total_count":1,"workflow_runs":[{"id":1,"name":"Release","head_branch":"r","head_sha":"a","event":"push","status":%q,"conclusion":%q}]}`, status, conclusion)
}

func TestStates(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]ci.State{
		"queued ": ci.StateQueued, "requested ": ci.StateQueued, "pending ": ci.StateQueued, "waiting ": ci.StateApproval,
		"in_progress ": ci.StateRunning, "completed success": ci.StatePassed, "completed neutral": ci.StatePassed,
		"completed failure": ci.StateFailed, "completed cancelled": ci.StateCancelled, "completed stale": ci.StateCancelled,
		"completed skipped": ci.StateSkipped, "completed timed_out": ci.StateErrored, "completed startup_failure": ci.StateErrored,
		"completed action_required": ci.StateApproval, "completed ": ci.StateUnknown, "completed novel": ci.StateUnknown, "novel ": ci.StateUnknown,
	} {
		status, conclusion, _ := strings.Cut(words, " ")
		p := routes(t, map[string]string{"/runs": run(status, conclusion), "/jobs": `{"total_count":0,"jobs":[]}`, "/pending_deployments": "[]"})
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 || got[0].State != want || want == ci.StateUnknown && got[0].Note == "" {
			t.Errorf("%s: %+v, %v", words, got, err)
		}
	}
}

func TestApproval(t *testing.T) {
	t.Parallel()
	jobs := `{"total_count":2,"jobs":[{"id":2,"name":"build","status":"completed","conclusion":"success"},{"id":3,"name":"publish","status":"waiting"}]}`
	for _, c := range []struct {
		name, pending string
		state         ci.State
		note          string
	}{
		{"a person", `[{"environment":{"name":"pypi"},"reviewers":[{"type":"User","reviewer":{"login":"dana"}},{"type":"Team","reviewer":{"name":"release"}}]}]`, ci.StateApproval, "waits for review by @dana or team release (environment pypi)"},
		{"a clock", `[{"environment":{"name":"pypi"},"wait_timer":30,"wait_timer_started_at":"2026-03-01T12:00:00Z","reviewers":[]}]`, ci.StateQueued, "waits until 2026-03-01T12:30:00Z (environment pypi)"},
		{"nobody said", `[]`, ci.StateApproval, "waits for approval"},
	} {
		p := routes(t, map[string]string{"/runs": run("waiting", ""), "/jobs": jobs, "/pending_deployments": c.pending})
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 || got[0].State != c.state || got[0].Note != c.note {
			t.Fatalf("%s: %+v, %v", c.name, got, err)
		}
		if j := got[0].Jobs[1]; j.State != c.state || j.Note != c.note || got[0].Jobs[0].Note != "" {
			t.Errorf("%s: %+v", c.name, got[0].Jobs)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	add := func(event, sha string) {
		s.AddBuild(citest.Build{Provider: "github", Build: ci.Build{Ref: "refs/tags/v1", SHA: sha, State: ci.StatePassed, Event: event}})
	}
	add("push", "a")
	add("release", "b")
	add("pull_request", "c")
	for ref, want := range map[string]int{"refs/tags/v1": 2, "refs/heads/v1": 1, "refs/releases/v1": 0, "v1": 2} {
		got, err := p.Builds(t.Context(), ci.Query{Ref: ref})
		if err != nil || len(got) != want {
			t.Errorf("%s: %d, %v", ref, len(got), err)
		}
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.AddBuild(citest.Build{Provider: "travis", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateErrored}})
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
	if err != nil || len(got) != 1 || got[0].Event != "check" || got[0].State != ci.StateErrored || got[0].Ref != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err = p.Builds(t.Context(), ci.Query{Ref: "refs/releases/demo/1", SHA: "a"}); err != nil || len(got) != 0 {
		t.Errorf("of a claim: %+v, %v", got, err)
	}
	p = routes(t, map[string]string{
		"/runs": `{"total_count":0,"workflow_runs":[]}`, "/check-runs": `{"total_count":1,"check_runs":[{"id":1,"app":{"slug":"github-actions"},"status":"queued"}]}`,
		"/status": `{"state":"failure","total_count":2,"statuses":[{"id":5,"context":"ci/x","state":"error"},{"id":6,"context":"ci/y","state":"pending"}]}`,
	})
	got, err = p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
	if err != nil || len(got) != 2 || got[0].State != ci.StateErrored || got[1].State != ci.StateRunning || got[0].Event != "status" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "{}", "[]", `{"workflow_runs":null}`, `{"workflow_runs":[{"id":"x"}]}`, strings.Repeat(" ", ci.MaxAnswer) + "{}"} {
		p := routes(t, map[string]string{"/runs": body})
		var m *ci.MalformedError
		if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &m) {
			t.Errorf("%.20q: got %T %v", body, err, err)
		}
	}
	none := `{"total_count":0,"workflow_runs":[]}`
	for _, docs := range []map[string]string{
		{"/runs": run("queued", ""), "/jobs": "null"},
		{"/runs": run("queued", ""), "/jobs": "{}"},
		{"/runs": none, "/check-runs": "null", "/status": "null"},
		{"/runs": none, "/check-runs": "{}", "/status": "{}"},
		{"/dana/demo": "null"},
	} {
		p := routes(t, docs)
		_, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if docs["/runs"] == "" {
			_, err = p.Inspect(t.Context())
		}
		var m *ci.MalformedError
		if !errors.As(err, &m) {
			t.Errorf("%v: got %T %v", docs, err, err)
		}
	}
}

// TestConditional counts what a watch costs while nothing changes.
func TestConditional(t *testing.T) {
	t.Parallel()
	s := citest.New(citest.Options{Slug: slug})
	defer s.Close()
	var whole, unchanged atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		s.GitHub().ServeHTTP(rec, r)
		if rec.Code == http.StatusNotModified {
			unchanged.Add(1)
		} else {
			whole.Add(1)
		}
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}))
	defer web.Close()
	s.AddBuild(citest.Build{Provider: "github", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateRunning, Jobs: []ci.Job{{Name: "x", State: ci.StateRunning}}}})
	p := provider(t, web.URL, "")
	for range 5 {
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 || len(got[0].Jobs) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if whole.Load() != 2 || unchanged.Load() != 8 {
		t.Errorf("%d whole, %d unchanged", whole.Load(), unchanged.Load())
	}
}

// TestHalfADocument is not remembered, even where it bears an ETag.
func TestHalfADocument(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"x"`)
		switch {
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotModified)
		case asked.Add(1) == 1:
			_, _ = io.WriteString(w, `{"total_count":0,`)
		default:
			_, _ = io.WriteString(w, `{"total_count":0,"workflow_runs":[]}`)
		}
	}))
	defer web.Close()
	p := provider(t, web.URL, "")
	var m *ci.MalformedError
	if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &m) {
		t.Errorf("got %v", err)
	}
	if got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	reset := time.Now().Add(time.Hour).Truncate(time.Second)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "60")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"API rate limit exceeded"}`)
	}))
	defer web.Close()
	var limit *ci.RateLimitError
	if _, err := provider(t, web.URL, "").Inspect(t.Context()); !errors.As(err, &limit) || !limit.Until.Equal(reset) {
		t.Errorf("got %v", err)
	}
}

func TestLogNotYet(t *testing.T) {
	t.Parallel()
	_, p, _ := bench(t, token)
	got, err := p.Log(t.Context(), ci.Job{ID: "1", State: ci.StateRunning}, 7)
	if err != nil || !got.NotYet || got.Next != 7 || got.Complete {
		t.Errorf("%+v, %v", got, err)
	}
	var none *ci.NotFoundError
	if _, err := p.Log(t.Context(), ci.Job{ID: "1", State: ci.StatePassed}, 0); !errors.As(err, &none) {
		t.Errorf("an unknown job: %v", err)
	}
	if _, err := p.Log(t.Context(), ci.Job{ID: "x", State: ci.StatePassed}, 0); !errors.As(err, &none) {
		t.Errorf("no job at all: %v", err)
	}
}

// TestTokenStaysHome follows no redirect to another host with a token.
func TestTokenStaysHome(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			t.Errorf("the token went out: %q", a)
		}
	}))
	defer elsewhere.Close()
	web := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer web.Close()
	p := provider(t, web.URL, token)
	if _, err := p.Inspect(t.Context()); err == nil {
		t.Error("a redirect to another host is no answer")
	}
	if _, err := p.Log(t.Context(), ci.Job{ID: "1", State: ci.StatePassed}, 0); err != nil {
		t.Errorf("a log may be elsewhere: %v", err)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	_, p, url := bench(t, token)
	got, err := p.Inspect(t.Context())
	if err != nil || got.Slug != slug || !got.Active || got.PushBuilds != nil || got.DefaultBranch != "main" || !got.Private {
		t.Errorf("got %+v, %v", got, err)
	}
	var none *ci.NotFoundError
	if _, err := provider(t, url, "").Inspect(t.Context()); !errors.As(err, &none) {
		t.Errorf("a hidden repository: %v", err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, o := range []github.Options{{}, {Slug: "x"}, {Slug: "a/b/c"}, {Slug: "a/b", URL: "nothing"}} {
		if _, err := github.New(o); err == nil {
			t.Errorf("%+v should be refused", o)
		}
	}
	for api, want := range map[string]string{
		"":                               "https://github.com/dana/demo/actions?query=branch%3Apypi-release",
		"https://git.example.org/api/v3": "https://git.example.org/dana/demo/actions?query=branch%3Apypi-release",
	} {
		p, err := github.New(github.Options{Slug: slug, URL: api})
		if err != nil || p.Name() != "github" || p.BuildsURL("refs/heads/pypi-release") != want {
			t.Errorf("%v, %v", p.BuildsURL("refs/heads/pypi-release"), err)
		}
		cmd := strings.Join(p.RestartCommand(ci.Build{ID: "7", State: ci.StateFailed}), " ")
		if !strings.HasSuffix(cmd, "/repos/dana/demo/actions/runs/7/rerun-failed-jobs") || p.RestartCommand(ci.Build{ID: "7", State: ci.StateRunning}) != nil {
			t.Errorf("got %q", cmd)
		}
	}
}
