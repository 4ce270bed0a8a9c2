package gitea_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/gitea"
	"ferry/keyring"
)

const (
	slug  = "dana/demo"
	token = "gitea-t0ken"
)

// bench is a fake server of a kind and a provider that talks to it.
func bench(t *testing.T, kind citest.Gitea, secret string) (*citest.Server, *gitea.Provider, string) {
	t.Helper()
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(secret)})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.Gitea(kind))
	t.Cleanup(web.Close)
	return s, provider(t, web.URL, secret), web.URL
}

func provider(t *testing.T, url, secret string) *gitea.Provider {
	t.Helper()
	p, err := gitea.New(gitea.Options{URL: url + "/api/v1", Slug: slug, Token: keyring.NewSecret(secret), UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSuite passes against every server that lists runs. None of them has a word
// for what went wrong outside a job.
func TestSuite(t *testing.T) {
	t.Parallel()
	for _, kind := range []citest.Gitea{citest.GiteaRuns, citest.ForgejoRuns} {
		for _, secret := range []string{token, ""} {
			s, p, url := bench(t, kind, secret)
			b := citest.Bench{Provider: "gitea", Server: s, Subject: p, Wordless: []ci.State{ci.StateErrored}, OpenLogs: true}
			if secret != "" {
				b.Wrong = provider(t, url, "other")
			}
			if err := citest.Suite(t.Context(), b); err != nil {
				t.Errorf("%s, with a token %v: %v", kind, secret != "", err)
			}
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, o := range []gitea.Options{
		{}, {Slug: slug}, {Slug: slug, URL: "https://git.example"}, {Slug: slug, URL: "nothing/api/v1"},
		{URL: "https://git.example/api/v1", Slug: "x"}, {URL: "https://git.example/api/v1", Slug: "a/b/c"},
	} {
		if _, err := gitea.New(o); err == nil {
			t.Errorf("%+v should be refused", o)
		}
	}
	p, err := gitea.New(gitea.Options{Slug: slug, URL: "https://git.example/sub/api/v1/"})
	if err != nil || p.Name() != "gitea" || p.BuildsURL("refs/heads/x") != "https://git.example/sub/dana/demo/actions" {
		t.Errorf("%v, %v", p, err)
	}
}

// TestRefs: a branch and a tag of one name are two things, and a pull request is none.
func TestRefs(t *testing.T) {
	t.Parallel()
	for _, kind := range []citest.Gitea{citest.GiteaRuns, citest.ForgejoRuns} {
		s, p, _ := bench(t, kind, token)
		for ref, sha := range map[string]string{"refs/heads/v1": "a", "refs/tags/v1": "b", "refs/pull/3/head": "c"} {
			s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: ref, SHA: sha, State: ci.StatePassed}})
		}
		s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/heads/v1", SHA: "d", State: ci.StatePassed, Event: "pull_request"}})
		for ref, want := range map[string]string{"refs/heads/v1": "a", "refs/tags/v1": "b"} {
			for _, sha := range []string{want, ""} {
				got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
				if err != nil || len(got) != 1 || got[0].SHA != want || got[0].Ref != ref {
					t.Errorf("%s, %s at %q: %+v, %v", kind, ref, sha, got, err)
				}
			}
		}
		if got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/tags/v1", SHA: "a"}); err != nil || len(got) != 0 {
			t.Errorf("%s: green elsewhere: %+v, %v", kind, got, err)
		}
	}
}

// TestManyRuns reads on where servers give fifty at once.
func TestManyRuns(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, citest.GiteaRuns, token)
	want := s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/tags/v1", SHA: "a", State: ci.StatePassed}})
	for range 120 {
		s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/heads/main", SHA: "a", State: ci.StatePassed}})
	}
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/tags/v1", SHA: "a"})
	if err != nil || len(got) != 1 || got[0].ID != want {
		t.Errorf("%+v, %v", got, err)
	}
	for range 400 {
		s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/heads/main", SHA: "a", State: ci.StatePassed}})
	}
	var m *ci.MalformedError
	if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/tags/v1", SHA: "a"}); !errors.As(err, &m) {
		t.Errorf("what was not read is not absent: %v", err)
	}
	if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/tags/v1"}); err != nil {
		t.Errorf("the newest of any commit: %v", err)
	}
}

// TestOlderServers have fewer words, and say no more than they know.
func TestOlderServers(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, citest.GiteaTasks, token)
	add := func(sha string, jobs ...ci.Job) {
		s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Name: "Release", Ref: "refs/heads/r", SHA: sha, State: ci.StateRunning, Jobs: jobs, By: "dana"}})
	}
	add("a", ci.Job{Name: "test", State: ci.StatePassed}, ci.Job{Name: "publish", State: ci.StateQueued})
	add("b", ci.Job{Name: "test", State: ci.StatePassed}, ci.Job{Name: "publish", State: ci.StateFailed})
	add("c", ci.Job{Name: "publish", State: ci.StateQueued})
	for sha, want := range map[string]ci.State{"a": ci.StateQueued, "b": ci.StateFailed} {
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: sha})
		if err != nil || len(got) != 1 || got[0].State != want || len(got[0].Jobs) != 2 || got[0].Final() != want.Final() {
			t.Errorf("%s: %+v, %v", sha, got, err)
		}
	}
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "c"})
	if err != nil || len(got) != 1 || got[0].Event != "status" || got[0].Ref != "" || got[0].State != ci.StateRunning {
		t.Errorf("a job that waits: %+v, %v", got, err)
	}
	if got, err = p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); err != nil || len(got) != 2 || got[0].SHA != "b" {
		t.Errorf("of any commit: %+v, %v", got, err)
	}
	s, p, _ = bench(t, citest.GiteaNothing, token)
	s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StatePassed, Jobs: []ci.Job{{Name: "x", State: ci.StatePassed}}}})
	if got, err = p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"}); err != nil || len(got) != 1 || got[0].Event != "status" || got[0].Ref != "" {
		t.Errorf("statuses alone: %+v, %v", got, err)
	}
	if got, err = p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); err != nil || len(got) != 0 {
		t.Errorf("statuses alone, of any commit: %+v, %v", got, err)
	}
}

// TestHidden tells a repository that is not shown from a server that is old.
func TestHidden(t *testing.T) {
	t.Parallel()
	for _, kind := range []citest.Gitea{citest.GiteaRuns, citest.GiteaNothing} {
		_, _, url := bench(t, kind, token)
		var none *ci.NotFoundError
		for _, sha := range []string{"", "a"} {
			if _, err := provider(t, url, "").Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: sha}); !errors.As(err, &none) {
				t.Errorf("%s at %q: %v", kind, sha, err)
			}
		}
	}
}

func TestRestartAndCancel(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, citest.GiteaRuns, token)
	look := func() ci.Build {
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		return got[0]
	}
	s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateFailed, Jobs: []ci.Job{{Name: "x", State: ci.StateFailed}}}})
	failed := look()
	var conflict *ci.ConflictError
	if err := p.Cancel(t.Context(), failed); !errors.As(err, &conflict) {
		t.Errorf("cancelling what has ended: %v", err)
	}
	if err := p.Restart(t.Context(), failed); err != nil {
		t.Fatal(err)
	}
	again := look()
	if again.State.Final() || again.Attempt != 2 || again.SameAttempt(failed) {
		t.Errorf("%+v", again)
	}
	if err := p.Restart(t.Context(), failed); !errors.As(err, &conflict) || conflict.Text == "" {
		t.Errorf("restarting what goes on: %v", err)
	}
	if err := p.Cancel(t.Context(), again); err != nil || look().State != ci.StateCancelled {
		t.Errorf("cancelling: %v, %+v", err, look())
	}
	var needs *ci.NeedsTokenError
	if err := provider(t, url, "").Restart(t.Context(), failed); !errors.As(err, &needs) {
		t.Errorf("without a token: %v", err)
	}
	var none *ci.NotFoundError
	if err := p.Restart(t.Context(), ci.Build{ID: "5", State: ci.StateFailed}); !errors.As(err, &none) {
		t.Errorf("a run that is gone: %v", err)
	}
}

// TestWhatAServerCannot is said with the page on which a person can.
func TestWhatAServerCannot(t *testing.T) {
	t.Parallel()
	for _, kind := range []citest.Gitea{citest.ForgejoRuns, citest.GiteaTasks} {
		s, p, _ := bench(t, kind, token)
		s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateFailed, Jobs: []ci.Job{{Name: "x", State: ci.StateFailed}}}})
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %+v, %v", kind, got, err)
		}
		var cannot *ci.UnsupportedError
		if err := p.Restart(t.Context(), got[0]); !errors.As(err, &cannot) || !strings.Contains(cannot.Page, "/dana/demo/actions/runs/") {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := p.Log(t.Context(), got[0].Jobs[0], 0); kind == citest.GiteaTasks && !errors.As(err, &cannot) {
			t.Errorf("%s, a log: %v", kind, err)
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, citest.GiteaRuns, token)
	running := ci.Job{Name: "x", State: ci.StateRunning, Started: when}
	s.AddBuild(citest.Build{Provider: "gitea", Logs: map[string]string{"x": "so far\n"}, Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateRunning,
		Jobs: []ci.Job{running, {Name: "y", State: ci.StateQueued}}}})
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if c, err := p.Log(t.Context(), got[0].Jobs[0], 0); err != nil || string(c.Text) != "so far\n" || c.Complete {
		t.Errorf("live: %+v, %v", c, err)
	}
	if c, err := p.Log(t.Context(), got[0].Jobs[1], 3); err != nil || !c.NotYet || c.Next != 3 {
		t.Errorf("a job that waits: %+v, %v", c, err)
	}
	var none *ci.NotFoundError
	if _, err := p.Log(t.Context(), ci.Job{ID: "9", State: ci.StatePassed}, 0); !errors.As(err, &none) {
		t.Errorf("an unknown job: %v", err)
	}
}

// TestTokenStaysHome: no redirect is followed, not to another host and not within.
func TestTokenStaysHome(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked, with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	web := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/api/v1/repos/dana/demo", http.StatusTemporaryRedirect))
	defer web.Close()
	p := provider(t, web.URL, token)
	var m *ci.MalformedError
	if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &m) {
		t.Errorf("builds: %v", err)
	}
	if _, err := p.Inspect(t.Context()); !errors.As(err, &m) {
		t.Errorf("the repository: %v", err)
	}
	if _, err := p.Log(t.Context(), ci.Job{ID: "1", State: ci.StatePassed}, 0); !errors.As(err, &m) {
		t.Errorf("a log: %v", err)
	}
}
