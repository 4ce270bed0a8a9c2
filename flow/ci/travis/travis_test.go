package travis_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/travis"
	"ferry/keyring"
)

const (
	slug  = "dana/demo"
	token = "t0ken"
)

// bench is a fake Travis and a provider that talks to it.
func bench(t *testing.T, secret string) (*citest.Server, *travis.Provider, string) {
	t.Helper()
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(secret)})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.Travis())
	t.Cleanup(web.Close)
	return s, provider(t, web.URL, secret), web.URL
}

func provider(t *testing.T, url, secret string) *travis.Provider {
	t.Helper()
	p, err := travis.New(travis.Options{URL: url, Slug: slug, Token: keyring.NewSecret(secret), UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSuite(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	err := citest.Suite(t.Context(), citest.Bench{Provider: "travis", Server: s, Subject: p, Wrong: provider(t, url, "other")})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSuiteWithoutToken(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "")
	if err := citest.Suite(t.Context(), citest.Bench{Provider: "travis", Server: s, Subject: p}); err != nil {
		t.Fatal(err)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.AddBuild(citest.Build{Build: ci.Build{Ref: "refs/tags/v1", SHA: "a", State: ci.StatePassed}})
	s.AddBuild(citest.Build{Build: ci.Build{Ref: "refs/heads/v1", SHA: "b", State: ci.StatePassed}})
	s.AddBuild(citest.Build{Build: ci.Build{Ref: "refs/heads/v1", SHA: "c", State: ci.StatePassed, Event: "pull_request"}})
	for ref, sha := range map[string]string{"refs/tags/v1": "a", "refs/heads/v1": "b"} {
		got, err := p.Builds(t.Context(), ci.Query{Ref: ref})
		if err != nil || len(got) != 1 || got[0].SHA != sha || got[0].Ref != ref {
			t.Errorf("%s: %+v, %v", ref, got, err)
		}
	}
}

func TestBuildsOfAClaim(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.AddBuild(citest.Build{Build: ci.Build{Ref: "refs/releases/demo/1.0", SHA: "a", State: ci.StateRunning}})
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/releases/demo/1.0"})
	if err != nil || len(got) != 1 || got[0].Ref != "refs/releases/demo/1.0" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestFarBack looks for a commit that is not on the first page.
func TestFarBack(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	want := s.AddBuild(citest.Build{Build: ci.Build{Ref: "refs/heads/r", SHA: "old", State: ci.StatePassed}})
	for range 60 {
		s.AddBuild(citest.Build{Build: ci.Build{Ref: "refs/heads/r", SHA: "new", State: ci.StatePassed}})
	}
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "old"})
	if err != nil || len(got) != 1 || got[0].ID != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if all, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); err != nil || len(all) != 10 {
		t.Errorf("newest: %d, %v", len(all), err)
	}
	for range 300 {
		s.AddBuild(citest.Build{Build: ci.Build{Ref: "refs/heads/r", SHA: "new", State: ci.StatePassed}})
	}
	var m *ci.MalformedError
	if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "old"}); !errors.As(err, &m) {
		t.Errorf("what was not read is not absent: got %v", err)
	}
}

// document serves one document, whatever is asked.
func document(t *testing.T, body string) *travis.Provider {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	t.Cleanup(web.Close)
	return provider(t, web.URL, token)
}

func TestStates(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]ci.State{
		"created": ci.StateQueued, "queued": ci.StateQueued, "received": ci.StateQueued, "started": ci.StateRunning,
		"passed": ci.StatePassed, "failed": ci.StateFailed, "errored": ci.StateErrored, "canceled": ci.StateCancelled,
		"ready": ci.StateUnknown, "configured": ci.StateUnknown, "": ci.StateUnknown, "PASSED": ci.StateUnknown,
	} {
		p := document(t, `{"builds":[{"id":1,"state":"`+word+`","branch":{"name":"r"},"commit":{"sha":"a"},"jobs":[{"id":2,"state":"`+word+`"}]}],"@pagination":{"is_last":true}}`)
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 || got[0].State != want || got[0].Jobs[0].State != want || (want == ci.StateUnknown) != (got[0].Note != "") {
			t.Errorf("%q: %+v, %v", word, got, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "{}", "[]", `{"builds":{}}`, `{"builds":[{"id":"x"}]}`, strings.Repeat(" ", ci.MaxAnswer) + "{}"} {
		var m *ci.MalformedError
		if _, err := document(t, body).Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &m) {
			t.Errorf("%.20q: got %v", body, err)
		}
	}
}

func TestNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed, with %q", r.Header.Get("Authorization"))
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

func TestInspect(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	got, err := p.Inspect(t.Context())
	if err != nil || got.Slug != slug || !got.Active || got.PushBuilds == nil || !*got.PushBuilds || got.DefaultBranch != "main" {
		t.Errorf("got %+v, %v", got, err)
	}
	s.SetScript(citest.Script{NoPushes: true})
	if got, err = p.Inspect(t.Context()); err != nil || got.PushBuilds == nil || *got.PushBuilds {
		t.Errorf("hook off: %+v, %v", got, err)
	}
	var none *ci.NotFoundError
	if _, err := provider(t, url, "").Inspect(t.Context()); !errors.As(err, &none) {
		t.Errorf("a hidden repository: %v", err)
	}
	s.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 500, Match: "/settings"})
	if got, err = p.Inspect(t.Context()); err != nil || got.PushBuilds != nil {
		t.Errorf("without settings: %+v, %v", got, err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, o := range []travis.Options{{}, {Slug: "x"}, {Slug: "a/b/c"}, {Slug: "a/"}, {Slug: "a/b", URL: "nothing"}} {
		if _, err := travis.New(o); err == nil {
			t.Errorf("%+v should be refused", o)
		}
	}
	p, err := travis.New(travis.Options{Slug: slug})
	if err != nil || p.Name() != "travis" || p.BuildsURL("refs/heads/x") != "https://app.travis-ci.com/github/dana/demo/builds" {
		t.Errorf("%v, %v", p, err)
	}
}

func TestRestartCommand(t *testing.T) {
	t.Parallel()
	_, p, url := bench(t, token)
	if got := p.RestartCommand(ci.Build{ID: "7", State: ci.StateRunning}); got != nil {
		t.Errorf("a running build: %q", got)
	}
	got := strings.Join(p.RestartCommand(ci.Build{ID: "7", State: ci.StateErrored}), " ")
	if !strings.HasPrefix(got, "curl -X POST ") || !strings.HasSuffix(got, url+"/build/7/restart") || strings.Contains(got, token) {
		t.Errorf("got %q", got)
	}
}
