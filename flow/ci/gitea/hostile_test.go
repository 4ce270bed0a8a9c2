package gitea_test

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
	"ferry/flow/ci/gitea"
	"ferry/keyring"
)

var when = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// routes serves documents by the end of the path.
func routes(t *testing.T, docs map[string]string) *gitea.Provider {
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

// run is a list with one run of Gitea's.
func run(status, conclusion string) string {
	return `{"total_count":1,"workflow_runs":[{"id":1,"path":"release.yaml@refs/heads/r","head_branch":"r","head_sha":"a","event":"push","novel":{"a":[1]},"status":"` + status + `","conclusion":"` + conclusion + `"}]}`
}

func TestStates(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]ci.State{
		"queued ": ci.StateQueued, "waiting ": ci.StateQueued, "pending ": ci.StateQueued, "in_progress ": ci.StateRunning, "cancelling ": ci.StateRunning,
		"completed success": ci.StatePassed, "completed failure": ci.StateFailed, "completed cancelled": ci.StateCancelled, "completed skipped": ci.StateSkipped,
		"completed timed_out": ci.StateErrored, "completed action_required": ci.StateApproval, "completed ": ci.StateUnknown, "completed novel": ci.StateUnknown,
		"novel ": ci.StateUnknown, " ": ci.StateUnknown, "blocked ": ci.StateQueued, "success ": ci.StatePassed, "unknown ": ci.StateUnknown, "SUCCESS ": ci.StateUnknown,
	} {
		status, conclusion, _ := strings.Cut(words, " ")
		p := routes(t, map[string]string{"/runs": run(status, conclusion), "/jobs": `{"total_count":0,"jobs":[]}`})
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 || got[0].State != want || want == ci.StateUnknown && got[0].Note == "" || got[0].Name != "release.yaml" {
			t.Errorf("%q: %+v, %v", words, got, err)
		}
	}
}

// TestApproval: a run that Forgejo holds back until a person lets it go.
func TestApproval(t *testing.T) {
	t.Parallel()
	p := routes(t, map[string]string{"/jobs": "[]", "/runs": `{"total_count":1,"workflow_runs":[{"id":1,"index_in_repo":4,"workflow_id":"release.yml","prettyref":"r","commit_sha":"a","trigger_event":"push","status":"blocked","need_approval":true,"event_payload":"{\"ref\":\"refs/heads/r\"}"}]}`})
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
	if err != nil || len(got) != 1 || got[0].State != ci.StateApproval || got[0].Note == "" || got[0].Number != "4" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestSteps: which step failed is not known where all of them bear their job's failure.
func TestSteps(t *testing.T) {
	t.Parallel()
	step := func(name, conclusion string) string {
		return `{"name":"` + name + `","status":"completed","conclusion":"` + conclusion + `","started_at":"2026-03-01T12:00:00Z","completed_at":"2026-03-01T12:01:00Z"}`
	}
	jobs := func(conclusion, steps string) string {
		return `{"total_count":1,"jobs":[{"id":2,"name":"x","status":"completed","conclusion":"` + conclusion + `","steps":[` + steps + `]}]}`
	}
	for _, c := range []struct {
		jobs string
		want []ci.State
	}{
		{jobs("failure", step("a", "failure")+","+step("b", "failure")), []ci.State{ci.StateUnknown, ci.StateUnknown}},
		{jobs("failure", step("a", "success")+","+step("b", "failure")), []ci.State{ci.StatePassed, ci.StateFailed}},
		{jobs("success", step("a", "success")+","+step("b", "success")), []ci.State{ci.StatePassed, ci.StatePassed}},
	} {
		p := routes(t, map[string]string{"/runs": run("completed", "failure"), "/jobs": c.jobs})
		got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 || len(got[0].Jobs) != 1 || len(got[0].Jobs[0].Steps) != len(c.want) {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, want := range c.want {
			if s := got[0].Jobs[0].Steps[i]; s.State != want || s.Started.IsZero() {
				t.Errorf("step %d of %s: %+v", i, c.jobs, s)
			}
		}
	}
}

// TestReports: what other services say of a commit is told where no run is. The jobs
// of Actions say so as well, and are known better.
func TestReports(t *testing.T) {
	t.Parallel()
	p := routes(t, map[string]string{"/runs": `{"total_count":0,"workflow_runs":[]}`, "/status": `{"state":"failure","total_count":3,"statuses":[
		{"id":5,"status":"error","context":"ci/woodpecker","target_url":"https://ci.example/1","created_at":"2026-03-01T12:00:00Z","updated_at":"2026-03-01T12:05:00Z"},
		{"id":6,"status":"novel","context":"ci/y"},{"id":7,"status":"success","context":"Release / x (push)","target_url":"/dana/demo/actions/runs/3/jobs/0"}]}`})
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
	if err != nil || len(got) != 2 || got[0].State != ci.StateErrored || got[0].Ref != "" || got[0].Event != "status" || !got[0].Ended.Equal(when.Add(5*time.Minute)) || got[1].State != ci.StateUnknown || got[1].Note == "" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = p.Builds(t.Context(), ci.Query{Ref: "refs/releases/demo/1", SHA: "a"}); err != nil || len(got) != 0 {
		t.Errorf("of a claim: %+v, %v", got, err)
	}
}

// TestWhatHasNotHappened has no time, though servers date it to 1970.
func TestWhatHasNotHappened(t *testing.T) {
	t.Parallel()
	p := routes(t, map[string]string{"/runs": strings.Replace(run("queued", ""), `"id":1,`, `"id":1,"started_at":"1970-01-01T00:00:00Z","completed_at":"1970-01-01T01:00:00+01:00",`, 1),
		"/jobs": `{"total_count":1,"jobs":[{"id":2,"status":"queued","started_at":"1970-01-01T00:00:00Z"}]}`})
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
	if err != nil || len(got) != 1 || !got[0].Started.IsZero() || !got[0].Created.IsZero() || !got[0].Jobs[0].Started.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestMalformed: what makes no sense is neither builds nor their absence.
func TestMalformed(t *testing.T) {
	t.Parallel()
	none := `{"total_count":0,"workflow_runs":[]}`
	for _, docs := range []map[string]string{
		{"/runs": ""}, {"/runs": "null"}, {"/runs": "{}"}, {"/runs": "[]"}, {"/runs": "<!DOCTYPE html><html></html>"}, {"/runs": none[:20]},
		{"/runs": `{"total_count":1,"workflow_runs":[{"id":"x"}]}`}, {"/runs": `{"total_count":1,"workflow_runs":[{"id":1}]}`},
		{"/runs": strings.Repeat(" ", ci.MaxAnswer) + none},
		{"/runs": run("queued", ""), "/jobs": "null"}, {"/runs": run("queued", ""), "/jobs": "{}"}, {"/runs": run("queued", ""), "/jobs": `{"total_count":1,"jobs":{}}`},
		{"/runs": none, "/status": "null"}, {"/runs": none, "/status": "{}"},
		{"/tasks": "{}"}, {"/tasks": "[]"},
		{"/dana/demo": "null"}, {"/dana/demo": `{"id":1}`},
	} {
		p := routes(t, docs)
		var m *ci.MalformedError
		if got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"}); !errors.As(err, &m) || len(got) != 0 {
			t.Errorf("%.80v: %v, %v", docs, got, err)
		}
	}
}

// TestEndless: an answer of two hundred megabytes is cut off, and one that drips
// ends with the deadline.
func TestEndless(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		block := []byte(strings.Repeat("x", 1<<20))
		for range 200 {
			if _, err := w.Write(block); err != nil {
				close(gone)
				return
			}
		}
	}))
	defer web.Close()
	var m *ci.MalformedError
	if _, err := provider(t, web.URL, token).Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &m) {
		t.Errorf("got %v", err)
	}
	select {
	case <-gone:
	case <-t.Context().Done():
		t.Error("all of it was read")
	}
	drip := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"total_count":0,`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer drip.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var u *ci.UnreachableError
	if _, err := provider(t, drip.URL, token).Builds(ctx, ci.Query{Ref: "refs/heads/r"}); !errors.As(err, &u) || !u.Timeout {
		t.Errorf("got %v", err)
	}
	p, err := gitea.New(gitea.Options{URL: drip.URL + "/api/v1", Slug: slug, Token: keyring.NewSecret(token), HTTP: &http.Client{Timeout: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Inspect(t.Context()); !errors.As(err, &u) || !u.Timeout {
		t.Errorf("got %v", err)
	}
}
