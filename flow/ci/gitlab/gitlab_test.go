package gitlab_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/gitlab"
	"ferry/keyring"
)

const (
	slug  = "dana/demo"
	token = "glpat-t0ken"
	sha   = "3f786850e387550fdab836ed7e6dc881de23001b"
)

// bench is a fake GitLab and a provider that talks to it.
func bench(t *testing.T, secret string) (*citest.Server, *gitlab.Provider, string) {
	t.Helper()
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(secret)})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.GitLab())
	t.Cleanup(web.Close)
	return s, provider(t, web.URL, secret), web.URL
}

func provider(t *testing.T, url, secret string) *gitlab.Provider {
	t.Helper()
	return made(t, gitlab.Options{URL: url, Slug: slug, Token: keyring.NewSecret(secret), UserAgent: "ferry-test"})
}

func made(t *testing.T, o gitlab.Options) *gitlab.Provider {
	t.Helper()
	p, err := gitlab.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSuite(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	err := citest.Suite(t.Context(), citest.Bench{Provider: "gitlab", Server: s, Subject: p, Wrong: provider(t, url, "other")})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSuiteWithoutToken(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "")
	if err := citest.Suite(t.Context(), citest.Bench{Provider: "gitlab", Server: s, Subject: p}); err != nil {
		t.Fatal(err)
	}
}

func place(s *citest.Server, b ci.Build) string {
	return s.AddBuild(citest.Build{Provider: "gitlab", Build: b})
}

// one asks for the build of the commit on a ref, of which there must be one.
func one(t *testing.T, p *gitlab.Provider, ref string) ci.Build {
	t.Helper()
	got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
	if err != nil || len(got) != 1 {
		t.Fatalf("%s: %+v, %v", ref, got, err)
	}
	return got[0]
}

// TestExactRef: a branch and a tag of one name are told apart, and pipelines of
// merge requests are nobody's.
func TestExactRef(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	place(s, ci.Build{Ref: "refs/tags/v1", SHA: "a", State: ci.StatePassed})
	place(s, ci.Build{Ref: "refs/heads/v1", SHA: "b", State: ci.StatePassed, Event: "web"})
	place(s, ci.Build{Ref: "refs/heads/v1", SHA: "c", State: ci.StatePassed, Event: "merge_request_event"})
	for ref, want := range map[string]string{"refs/tags/v1": "a", "refs/heads/v1": "b"} {
		got, err := p.Builds(t.Context(), ci.Query{Ref: ref})
		if err != nil || len(got) != 1 || got[0].SHA != want || got[0].Ref != ref {
			t.Errorf("%s: %+v, %v", ref, got, err)
		}
	}
	if got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/v1", SHA: "a"}); err != nil || len(got) != 0 {
		t.Errorf("green on another ref: %+v, %v", got, err)
	}
}

// TestManyJobs reads more jobs than a page holds.
func TestManyJobs(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	b := ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StatePassed}
	for i := range 130 {
		b.Jobs = append(b.Jobs, ci.Job{Name: "job " + strings.Repeat("x", i), State: ci.StatePassed})
	}
	place(s, b)
	if got := one(t, p, b.Ref); len(got.Jobs) != 130 || got.Jobs[0].Name != "job " {
		t.Errorf("%d jobs, the first is %+v", len(got.Jobs), got.Jobs[0])
	}
}

func TestFarBack(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	want := place(s, ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StatePassed})
	for range 60 {
		place(s, ci.Build{Ref: "refs/heads/r", SHA: "new", State: ci.StatePassed})
	}
	if got := one(t, p, "refs/heads/r"); got.ID != want {
		t.Errorf("got %+v", got)
	}
	if all, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); err != nil || len(all) != 10 {
		t.Errorf("newest: %d, %v", len(all), err)
	}
}

// TestManual: a job that a person must start is waited for, and says where. One
// that its pipeline does not wait for is, unless it is known not to publish.
func TestManual(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	place(s, ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StateApproval, Jobs: []ci.Job{{Name: "publish", State: ci.StateApproval}}})
	got := one(t, p, "refs/heads/r")
	if j := got.Jobs[0]; got.State != ci.StateApproval || j.State != ci.StateApproval || !strings.Contains(j.Note, "waits for a person") || !strings.Contains(j.Note, "/-/jobs/"+j.ID) {
		t.Errorf("got %+v", got)
	}
	place(s, ci.Build{Ref: "refs/heads/o", SHA: sha, State: ci.StatePassed, Jobs: []ci.Job{
		{Name: "publish", State: ci.StateApproval, AllowFailure: true}, {Name: "review", State: ci.StateApproval, AllowFailure: true}}})
	if got := one(t, p, "refs/heads/o"); got.Final() || got.Jobs[0].State != ci.StateApproval || got.Jobs[1].State != ci.StateApproval {
		t.Errorf("any may publish: %+v", got)
	}
	known := made(t, gitlab.Options{URL: url, Slug: slug, Token: keyring.NewSecret(token), UserAgent: "ferry-test", Publishing: []string{"publish"}})
	got = one(t, known, "refs/heads/o")
	if got.Final() || got.Jobs[0].State != ci.StateApproval || got.Jobs[1].State != ci.StateSkipped || got.Jobs[1].Note == "" {
		t.Errorf("only one publishes: %+v", got)
	}
}

// TestDownstream: the jobs of a pipeline that a job started belong to the build.
func TestDownstream(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	up := place(s, ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StatePassed, Jobs: []ci.Job{{Name: "test", State: ci.StatePassed}}})
	s.AddChild(up, "deploy", citest.Build{Build: ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StateRunning, Jobs: []ci.Job{{Name: "publish", State: ci.StateRunning}}}})
	got := one(t, p, "refs/heads/r")
	var names []string
	for _, j := range got.Jobs {
		names = append(names, j.Name+" "+string(j.State))
	}
	if want := "test passed, deploy running, deploy / publish running"; strings.Join(names, ", ") != want || got.Final() {
		t.Errorf("got %q, final %v, want %q", names, got.Final(), want)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	place(s, ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StateFailed, Jobs: []ci.Job{{Name: "test", State: ci.StatePassed}, {Name: "publish", State: ci.StateFailed}}})
	s.SetScript(citest.Script{Queue: time.Hour})
	before := one(t, p, "refs/heads/r")
	if err := p.Restart(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	after := one(t, p, "refs/heads/r")
	switch {
	case before.Attempt != 1 || after.Attempt != 2 || after.ID != before.ID || before.SameAttempt(after):
		t.Errorf("before %+v, after %+v", before, after)
	case len(after.Jobs) != 2 || after.Jobs[0].ID != before.Jobs[0].ID || after.Jobs[1].ID == before.Jobs[1].ID || after.Jobs[1].State.Final():
		t.Errorf("only what failed begins anew: %+v", after.Jobs)
	case after.RestartedBy != "erin" || after.Restarted.IsZero():
		t.Errorf("restarted by %q at %s", after.RestartedBy, after.Restarted)
	}
	if err := p.Cancel(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	if got := one(t, p, "refs/heads/r"); got.State != ci.StateCancelled || !got.Final() {
		t.Errorf("cancelled: %+v", got)
	}
	var no *ci.ConflictError
	if err := p.Restart(t.Context(), ci.Build{ID: "1", State: ci.StatePassed}); !errors.As(err, &no) {
		t.Errorf("what passed: %v", err)
	}
	if err := p.Cancel(t.Context(), ci.Build{ID: "1", State: ci.StatePassed}); !errors.As(err, &no) {
		t.Errorf("what has ended: %v", err)
	}
}

// TestWritesAreMadeOnce: a server error after a retry is no reason to retry again.
func TestWritesAreMadeOnce(t *testing.T) {
	t.Parallel()
	posts := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts++
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer web.Close()
	var u *ci.UnreachableError
	if err := provider(t, web.URL, token).Restart(t.Context(), ci.Build{ID: "7", State: ci.StateFailed}); !errors.As(err, &u) || u.Status != http.StatusBadGateway {
		t.Errorf("got %v", err)
	}
	if posts != 1 {
		t.Errorf("%d requests", posts)
	}
}

func TestWithoutToken(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "")
	place(s, ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StateFailed, Jobs: []ci.Job{{Name: "one", State: ci.StateFailed}}})
	b := one(t, p, "refs/heads/r")
	var needs *ci.NeedsTokenError
	if err := p.Restart(t.Context(), b); !errors.As(err, &needs) {
		t.Errorf("restart: %v", err)
	}
	if _, err := p.RefRules(t.Context(), "refs/heads/r"); !errors.As(err, &needs) {
		t.Errorf("rules: %v", err)
	}
	if got := p.RestartCommand(b); !strings.Contains(strings.Join(got, " "), "/projects/dana%2Fdemo/pipelines/"+b.ID+"/retry") {
		t.Errorf("by hand: %q", got)
	}
	if got := p.RestartCommand(ci.Build{ID: "7", State: ci.StatePassed}); got != nil {
		t.Errorf("nothing to retry: %q", got)
	}
}

// document serves one document, whatever is asked.
func document(t *testing.T, body string) *gitlab.Provider {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	t.Cleanup(web.Close)
	return provider(t, web.URL, token)
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "null", "{}", "[{}]", `[{"id":"x"}]`, `[null]`, `[{"id":1,"status":"success"}]`, "<html>", `[{"id":1,"status":"success","sha":"a","ref":"r"}]`,
		strings.Repeat(" ", ci.MaxAnswer) + "[]",
	} {
		var m *ci.MalformedError
		if _, err := document(t, body).Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &m) {
			t.Errorf("%.20q: got %v", body, err)
		}
	}
}

// TestTokenStaysAtHome: whoever is redirected elsewhere brings no token, and what
// is elsewhere is not read.
func TestTokenStaysAtHome(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed, with %q", r.Header.Get("PRIVATE-TOKEN"))
	}))
	defer elsewhere.Close()
	web := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer web.Close()
	var m *ci.MalformedError
	if _, err := provider(t, web.URL, token).Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &m) {
		t.Errorf("got %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	web.Close()
	var u *ci.UnreachableError
	if _, err := provider(t, web.URL, token).Inspect(t.Context()); !errors.As(err, &u) || u.Timeout || u.Status != 0 {
		t.Errorf("got %v", err)
	}
	_, p, _ := bench(t, token)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Inspect(ctx); !errors.As(err, &u) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, o := range []gitlab.Options{{}, {Slug: "x"}, {Slug: "a/"}, {Slug: "a//b"}, {Slug: "a/b", URL: "nothing"}} {
		if _, err := gitlab.New(o); err == nil {
			t.Errorf("%+v should be refused", o)
		}
	}
	p := made(t, gitlab.Options{Slug: "group/sub/demo"})
	if p.Name() != "gitlab" || p.BuildsURL("refs/heads/x y") != "https://gitlab.com/group/sub/demo/-/pipelines?ref=x+y" {
		t.Errorf("%q, %q", p.Name(), p.BuildsURL("refs/heads/x y"))
	}
}
