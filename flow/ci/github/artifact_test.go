package github_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

// TestArtifactsAreDescribed: listing them and asking for one, with every kind of answer.
func TestArtifactsAreDescribed(t *testing.T) {
	s, j, url := trial(t, described(t), true)
	p := provider(t, url, token)
	run := ci.Build{ID: s.AddBuild(citest.Build{Provider: "github", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StatePassed}})}
	s.Keep(run.ID, citest.Artifact{Name: "dist", Files: map[string][]byte{"a": nil}})
	s.Keep(run.ID, citest.Artifact{Name: "old", Expired: true})
	got, err := p.Artifacts(t.Context(), run)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, a := range append(got, ci.Artifact{ID: "7"}) {
		if f, err := p.OpenArtifact(t.Context(), a); err == nil {
			_ = f.Close()
		}
	}
	for _, what := range []string{"/artifacts/" + got[0].ID + "/zip", "/runs/" + run.ID + "/artifacts"} {
		if !strings.Contains(strings.Join(j.seen, "\n"), what) {
			t.Errorf("no %s", what)
		}
	}
}

// TestAnArchiveIsElsewhere, on a host that must not see the token.
func TestAnArchiveIsElsewhere(t *testing.T) {
	t.Parallel()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, v := range r.Header {
			if strings.Contains(strings.Join(v, " "), token) {
				t.Errorf("%s: %s", name, v)
			}
		}
		_, _ = w.Write([]byte("bytes"))
	}))
	t.Cleanup(store.Close)
	for location, ok := range map[string]bool{store.URL + "/a?sig=1": true, "ftp://store.test/a": false, "/a": false, strings.Replace(store.URL, "//", "//me:you@", 1): false} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				t.Error("GitHub saw no token")
			}
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}))
		f, err := provider(t, web.URL, token).OpenArtifact(t.Context(), ci.Artifact{ID: "7"})
		var wrong *ci.MalformedError
		if ok != (err == nil) || err != nil && !errors.As(err, &wrong) {
			t.Errorf("%s: %v", location, err)
		}
		if err == nil {
			if got, err := io.ReadAll(f); string(got) != "bytes" || err != nil || f.Close() != nil {
				t.Errorf("%q, %v", got, err)
			}
		}
		web.Close()
	}
}
