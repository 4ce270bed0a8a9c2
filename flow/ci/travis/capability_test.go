package travis_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/travis"
	"ferry/keyring"
)

var (
	_ ci.Provider      = (*travis.Provider)(nil)
	_ ci.Inspector     = (*travis.Provider)(nil)
	_ ci.Logger        = (*travis.Provider)(nil)
	_ ci.Restarter     = (*travis.Provider)(nil)
	_ ci.Canceller     = (*travis.Provider)(nil)
	_ ci.Excuser       = (*travis.Provider)(nil)
	_ ci.Dated         = (*travis.Provider)(nil)
	_ ci.RestartHinter = (*travis.Provider)(nil)
)

func TestExcuses(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	s.AddRequest(citest.Request{Ref: "refs/heads/pypi-release", SHA: "a", Rejected: true, Text: "Branch not included per configuration", At: at})
	s.AddRequest(citest.Request{Ref: "refs/heads/pypi-release", SHA: "a", Rejected: true, Message: "unknown_default", At: at.Add(time.Minute)})
	s.AddRequest(citest.Request{Ref: "refs/heads/main", SHA: "a", Rejected: true, Text: "another branch", At: at})
	s.AddRequest(citest.Request{Ref: "refs/heads/pypi-release", SHA: "b", At: at})
	got, err := p.Excuses(t.Context(), ci.Query{Ref: "refs/heads/pypi-release", SHA: "a"})
	want := []ci.Excuse{{Text: "alert: deploy unknown_default", SHA: "a", Rejected: true, At: at.Add(time.Minute)}, {Text: "Branch not included per configuration", SHA: "a", Rejected: true, At: at}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := p.Excuses(t.Context(), ci.Query{Ref: "refs/tags/v1"}); err != nil || len(got) != 0 {
		t.Errorf("heard of no push: %+v, %v", got, err)
	}
	var wrong *ci.MalformedError
	if _, err := document(t, `{}`).Excuses(t.Context(), ci.Query{}); !errors.As(err, &wrong) {
		t.Errorf("got %v", err)
	}
}

// paths records what is asked for.
type paths struct {
	http.Handler
	seen []string
}

func (p *paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.seen = append(p.seen, r.URL.RequestURI())
	p.Handler.ServeHTTP(w, r)
}

// TestOnlyWhatIsNew: of a live log only the parts that follow are asked for.
func TestOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	s := citest.New(citest.Options{Slug: slug})
	defer s.Close()
	h := &paths{Handler: s.Travis()}
	web := httptest.NewServer(h)
	defer web.Close()
	p := provider(t, web.URL, "")
	s.AddBuild(citest.Build{Logs: map[string]string{"x": strings.Repeat("0123456789\n", 200)}, Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateRunning, Jobs: []ci.Job{{Name: "x", State: ci.StateRunning}}}})
	builds, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"})
	if err != nil || len(builds) != 1 || builds[0].Jobs[0].Name != "x" {
		t.Fatalf("%+v, %v", builds, err)
	}
	job := builds[0].Jobs[0]
	h.seen = nil
	first, err := p.Log(t.Context(), job, 0)
	if err != nil || len(first.Text) != 2200 {
		t.Fatalf("%d bytes, %v", len(first.Text), err)
	}
	s.Print(job.ID, "one more")
	next, err := p.Log(t.Context(), job, first.Next)
	if err != nil || string(next.Text) != "one more\n" {
		t.Fatalf("%q, %v", next.Text, err)
	}
	if want := []string{"/job/" + job.ID + "/log", "/job/" + job.ID + "/log_parts?after=4"}; !slices.Equal(h.seen, want) {
		t.Errorf("asked for %q", h.seen)
	}
	h.seen = nil
	for range 8 {
		if quiet, err := p.Log(t.Context(), job, next.Next); err != nil || len(quiet.Text) != 0 || quiet.Complete {
			t.Errorf("%+v, %v", quiet, err)
		}
	}
	if len(h.seen) != 10 {
		t.Errorf("8 looks that bring nothing asked for %q", h.seen)
	}
	s.End(job.ID, ci.StatePassed)
	for range 4 {
		if next, err = p.Log(t.Context(), job, next.Next); err != nil || next.Complete {
			break
		}
	}
	if err != nil || !next.Complete {
		t.Errorf("the end is seen within four looks: %+v, %v", next, err)
	}
}

// TestTailOfARestartedJob begins anew with the log.
func TestTailOfARestartedJob(t *testing.T) {
	t.Parallel()
	docs := map[string]string{
		"/log":       `{"content":null,"log_parts":[{"content":"old\n","number":0},{"content":"older\n","number":1}]}`,
		"/log_parts": `{"log_parts":[]}`, "/job/2": `{"id":2,"state":"started","started_at":"2026-03-01T12:30:00Z"}`,
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for end, body := range docs {
			if strings.HasSuffix(r.URL.Path, end) {
				_, _ = w.Write([]byte(body))
			}
		}
	}))
	defer web.Close()
	p := provider(t, web.URL, "")
	job := ci.Job{ID: "2", State: ci.StateRunning, Started: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)}
	first, err := p.Log(t.Context(), job, 0)
	if err != nil || string(first.Text) != "old\nolder\n" {
		t.Fatalf("%q, %v", first.Text, err)
	}
	docs["/log"] = `{"content":null,"log_parts":[{"content":"new\n","number":0}]}`
	if again, err := p.Log(t.Context(), job, first.Next); err != nil || string(again.Text) != "new\n" || again.Next != 4 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestRestartedBySomebody(t *testing.T) {
	t.Parallel()
	p := document(t, `{"builds":[{"id":1,"state":"started","branch":{"name":"r"},"commit":{"sha":"a"},"jobs":[
		{"id":2,"state":"passed","stage":{"name":"test"},"config":{"python":"3.12","env":["TOX_ENV=py312"]}},
		{"id":3,"state":"started","config":{"python":["3.12","3.13"],"env":"A=[secure]"},"restarted_at":"2026-03-01T12:00:00Z","restarted_by":{"login":"erin"}},
		{"id":4,"state":"queued","config":{"name":{"odd":1},"python":3.12},"restarted_at":"2026-03-01T11:00:00Z","restarted_by":{"login":"dana"}}]}],"@pagination":{"is_last":true}}`)
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	b := got[0]
	if b.RestartedBy != "erin" || b.Restarted.Hour() != 12 || b.Attempt != 0 || b.SameAttempt(ci.Build{ID: "1"}) {
		t.Errorf("got %+v", b)
	}
	if b.Jobs[0].Name != "python 3.12 TOX_ENV=py312" || b.Jobs[0].Stage != "test" || b.Jobs[1].Name != "" || b.Jobs[2].Name != "" {
		t.Errorf("names: %+v", b.Jobs)
	}
}

// TestElsewhere is asked only where Travis hides the repository and there is no token.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	_, _, url := bench(t, token)
	for secret, want := range map[string]int{"": 1, "other": 0, token: 0} {
		p, err := travis.New(travis.Options{URL: url + "/", Slug: slug, Token: keyring.NewSecret(secret), UserAgent: "ferry-test",
			Elsewhere: func(_ context.Context, q ci.Query) ([]ci.Build, error) { return []ci.Build{{ID: "7", Ref: q.Ref}}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"})
		if len(got) != want || (err != nil) != (secret == "other") {
			t.Errorf("with %q: %+v, %v", secret, got, err)
		}
	}
}

// TestObstacles: a 403 that another token would meet as well is none of the token's.
func TestObstacles(t *testing.T) {
	t.Parallel()
	for text, about := range map[string]bool{"Abuse detected. Restart disabled.": true, "Builds have been temporarily disabled due to a negative credit balance": true, "operation requires restart access to build": false} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"@type":"error","error_type":"error","error_message":"`+text+`"}`, http.StatusForbidden)
		}))
		var conflict *ci.ConflictError
		if err := provider(t, web.URL, token).Restart(t.Context(), ci.Build{ID: "1", State: ci.StateFailed}); errors.As(err, &conflict) != about || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
		web.Close()
	}
	var needs *ci.NeedsTokenError
	if err := provider(t, "http://127.0.0.1:1", "").Cancel(t.Context(), ci.Build{ID: "1"}); !errors.As(err, &needs) {
		t.Errorf("without a token: %v", err)
	}
}
