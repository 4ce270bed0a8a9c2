package quickbuild_test

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
	"ferry/flow/ci/quickbuild"
)

// routes serves documents by the end of the path, and a number for the configuration.
func routes(t *testing.T, docs map[string]string) *quickbuild.Provider {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for end, body := range docs {
			if strings.HasSuffix(r.URL.Path, end) {
				_, _ = io.WriteString(w, body)
				return
			}
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/ids"):
			_, _ = io.WriteString(w, "26227")
		case strings.HasSuffix(r.URL.Path, "/builds"), strings.HasSuffix(r.URL.Path, "/build_requests"):
			w.WriteHeader(http.StatusNoContent)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(web.Close)
	return provider(t, web.URL, password)
}

// list is a list of one build, as servers were seen to write it.
func list(inner string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>

<list>
  <com.pmease.quickbuild.model.Build revision="0.0">
    <id>4</id><configuration>26227</configuration><version>1.0.3</version><requester>1</requester><scheduled>false</scheduled>
    <beginDate>2021-01-18T13:28:15.033Z</beginDate><waitDuration>26</waitDuration><novel><deep/></novel>` + inner + `
  </com.pmease.quickbuild.model.Build>
</list>
`
}

const (
	ours = `<secretAwareVariableValues><entry><string>ferry_commit</string><com.pmease.quickbuild.SecretAwareString><string>` + sha + `</string><secret>false</secret></com.pmease.quickbuild.SecretAwareString></entry>` +
		`<entry><string>ferry_ref</string><com.pmease.quickbuild.SecretAwareString><string>` + ref + `</string></com.pmease.quickbuild.SecretAwareString></entry></secretAwareVariableValues>`
	older = `<variableValues><entry><string>ferry_commit</string><string>` + sha + `</string></entry><entry><string>ferry_ref</string><string>` + ref + `</string></entry></variableValues>`
)

// revision is that of a repository, of whatever kind.
func revision(value string) string {
	return `<repositoryRuntimes><entry><string>code</string><com.pmease.quickbuild.repositorysupport.RepositoryRuntime><revisionDOM><any.kind.of.Revision revision="0.0"><value>` +
		value + `</value></any.kind.of.Revision></revisionDOM><checkout>true</checkout></com.pmease.quickbuild.repositorysupport.RepositoryRuntime></entry></repositoryRuntimes>`
}

func TestStates(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]ci.State{
		"SUCCESSFUL": ci.StatePassed, "RECOMMENDED": ci.StatePassed, "FAILED": ci.StateFailed, "CANCELLED": ci.StateCancelled,
		"TIMEOUT": ci.StateErrored, "RUNNING": ci.StateRunning, "Successful": ci.StateUnknown, "NOVEL": ci.StateUnknown,
	} {
		p := routes(t, map[string]string{"/builds": list("<status>" + word + "</status>" + ours)})
		got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
		if err != nil || len(got) != 1 || got[0].State != want || got[0].Jobs[0].State != want || want == ci.StateUnknown && got[0].Note == "" {
			t.Errorf("%s: %+v, %v", word, got, err)
		}
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	step := func(path, status string) string {
		return `<entry><string>` + path + `</string><com.pmease.quickbuild.stepsupport.StepRuntime><status>` + status + `</status></com.pmease.quickbuild.stepsupport.StepRuntime></entry>`
	}
	p := routes(t, map[string]string{"/builds": list(`<status>FAILED</status><statusDate>2021-01-20T00:00:00Z</statusDate><duration>60309</duration>
		<stepRuntimes>` + step("master", "FAILED") + step("master&gt;test", "SUCCESSFUL") + step("master&gt;upload", "FAILED") + `</stepRuntimes>` + older)})
	got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	b := got[0]
	end := time.Date(2021, time.January, 18, 13, 29, 15, 342e6, time.UTC)
	if b.ID != "4" || b.Number != "1.0.3" || b.Event != "api" || !b.Ended.Equal(end) || !b.LastEnd().Equal(end) || !strings.HasSuffix(b.URL, "/build/4") {
		t.Errorf("%+v", b)
	}
	if s := b.Jobs[0].Steps; len(s) != 2 || s[0].Name != "master>test" || s[1].State != ci.StateFailed {
		t.Errorf("%+v", s)
	}
}

// TestRevision: what was checked out counts against what was asked for.
func TestRevision(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inner string
		want  int
		ref   string
	}{
		"the revision alone":        {revision(sha), 1, ""},
		"as asked for":              {revision(sha) + ours, 1, ref},
		"another than asked for":    {revision(other) + ours, 0, ""},
		"of a kind without commits": {revision("101") + ours, 1, ref},
		"no commit at all":          {revision("101"), 0, ""},
		"a part of a commit":        {revision(sha[:12]), 0, ""},
	} {
		p := routes(t, map[string]string{"/builds": list("<status>SUCCESSFUL</status>" + c.inner)})
		got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
		if err != nil || len(got) != c.want || len(got) == 1 && got[0].Ref != c.ref {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestMalformed: what makes no sense is neither builds nor their absence.
func TestMalformed(t *testing.T) {
	t.Parallel()
	whole := list("<status>SUCCESSFUL</status>" + ours)
	for _, docs := range []map[string]string{
		{"/ids": ""}, {"/ids": "<!DOCTYPE html><html></html>"}, {"/ids": "-1"}, {"/ids": "12x"}, {"/ids": strings.Repeat("9", 50)},
		{"/builds": " "}, {"/builds": "{}"}, {"/builds": "[]"}, {"/builds": "<html><body>Sign in</body></html>"}, {"/builds": whole[:len(whole)-20]}, {"/builds": whole + whole},
		{"/builds": "<map/>"}, {"/builds": list("")}, {"/builds": strings.ReplaceAll(whole, "<id>4</id>", "<id>x</id>")}, {"/builds": strings.ReplaceAll(whole, "<id>4</id>", "")},
		{"/builds": strings.Replace(whole, "<list>", `<!DOCTYPE list [<!ENTITY a "SUCCESSFUL">]><list>`, 1)}, {"/builds": strings.Replace(whole, "SUCCESSFUL", "&a;", 1)},
		{"/builds": strings.Replace(whole, "UTF-8", "UTF-7", 1)}, {"/builds": strings.Repeat("<a>", 1e5)}, {"/builds": "<list>" + strings.Repeat(" ", ci.MaxAnswer) + "</list>"},
		{"/build_requests": "<html/>"}, {"/build_requests": "<list><com.pmease.quickbuild.BuildRequest><id>../x</id><status>RUNNING_BUILD</status></com.pmease.quickbuild.BuildRequest></list>"},
		{"/build_requests": "<list><com.pmease.quickbuild.BuildRequest><id>a-1</id></com.pmease.quickbuild.BuildRequest></list>"},
	} {
		p := routes(t, docs)
		var m *ci.MalformedError
		if got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); !errors.As(err, &m) || len(got) != 0 {
			t.Errorf("%.120v: %v, %v", docs, got, err)
		}
	}
	for _, body := range []string{"", "<html/>", "{}", "<com.pmease.quickbuild.RequestResult/>", "<com.pmease.quickbuild.RequestResult><requestId>a b</requestId></com.pmease.quickbuild.RequestResult>"} {
		p := routes(t, map[string]string{"/build_requests": body})
		var m *ci.MalformedError
		if id, err := p.Trigger(t.Context(), ci.Query{Ref: ref, SHA: sha}, nil); !errors.As(err, &m) || id != "" {
			t.Errorf("%q: %q, %v", body, id, err)
		}
	}
	for _, body := range []string{"<html/>", "<com.pmease.quickbuild.model.Configuration><name>x</name></com.pmease.quickbuild.model.Configuration>"} {
		var m *ci.MalformedError
		if _, err := routes(t, map[string]string{"/configurations/26227": body}).Inspect(t.Context()); !errors.As(err, &m) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestNothing: "no content" is how QuickBuild says so.
func TestNothing(t *testing.T) {
	t.Parallel()
	if got, err := routes(t, nil).Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBetweenTwoQuestions: a build that began between them is seen, once.
func TestBetweenTwoQuestions(t *testing.T) {
	t.Parallel()
	variables := `<variables><entry><string>ferry_commit</string><string>` + sha + `</string></entry><entry><string>ferry_ref</string><string>` + ref + `</string></entry></variables>`
	running := `<list><com.pmease.quickbuild.BuildRequest><id>a-1</id><status>RUNNING_BUILD</status><requestDate>2021-03-20T21:19:53.779Z</requestDate>` + variables + `</com.pmease.quickbuild.BuildRequest></list>`
	for builds, want := range map[string]string{"<list/>": "a-1", list("<status>RUNNING</status>" + ours): "4"} {
		p := routes(t, map[string]string{"/builds": builds, "/build_requests": running})
		got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
		if err != nil || len(got) != 1 || got[0].ID != want || got[0].State != ci.StateRunning {
			t.Errorf("%+v, %v", got, err)
		}
	}
	// A poll's request says nothing; the build that runs for it says its revision.
	polled := strings.Replace(running, variables, "", 1)
	p := routes(t, map[string]string{"/builds": list("<status>RUNNING</status>" + revision(sha)), "/build_requests": polled})
	if got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); err != nil || len(got) != 1 || got[0].ID != "4" || got[0].Ref != "" {
		t.Errorf("of a poll: %+v, %v", got, err)
	}
	var u *ci.UnreachableError
	p = routes(t, map[string]string{"/builds": list("<status>SUCCESSFUL</status>" + revision(sha)), "/build_requests": polled})
	if got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); !errors.As(err, &u) {
		t.Errorf("of a poll that has no build yet: %+v, %v", got, err)
	}
	p = routes(t, map[string]string{"/builds": list("<status>RUNNING</status>" + ours), "/build_requests": strings.Replace(running, "RUNNING_BUILD", "WAITING_PROCESS", 1)})
	if got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); err != nil || len(got) != 2 || got[0].State != ci.StateQueued {
		t.Errorf("another that waits: %+v, %v", got, err)
	}
}

// TestEndless: an answer of two hundred megabytes is cut off, and one that drips
// ends with the deadline.
func TestEndless(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat("7", 1<<20))
		for range 200 {
			if _, err := w.Write(block); err != nil {
				close(gone)
				return
			}
		}
	}))
	defer web.Close()
	var m *ci.MalformedError
	if _, err := provider(t, web.URL, password).Builds(t.Context(), ci.Query{Ref: ref}); !errors.As(err, &m) {
		t.Errorf("got %v", err)
	}
	select {
	case <-gone:
	case <-t.Context().Done():
		t.Error("all of it was read")
	}
	drip := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "2")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer drip.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var u *ci.UnreachableError
	if _, err := provider(t, drip.URL, password).Builds(ctx, ci.Query{Ref: ref}); !errors.As(err, &u) || !u.Timeout {
		t.Errorf("got %v", err)
	}
}
