package gitea_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

var released = ci.ReleaseSpec{Tag: "a/v1.2.0", Commit: strings.Repeat("a", 40), Title: "1.2.0", Notes: "- A note."}

// TestARefusedReleaseSaysWhy: a commit that is not there is told from a repository that
// is not for us, which is told by the same status.
func TestARefusedReleaseSaysWhy(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, citest.GiteaRuns, token)
	spec := released
	spec.Commit = "gone"
	var conflict *ci.ConflictError
	if _, err := p.PublishRelease(t.Context(), spec); !errors.As(err, &conflict) || !strings.Contains(err.Error(), `target "gone" not found`) {
		t.Error(err)
	}
	s.AddRelease(citest.Release{Tag: "v2", Draft: true})
	spec = released
	spec.Tag = "v2" // its draft is not named
	if _, err := p.PublishRelease(t.Context(), spec); !errors.As(err, &conflict) || len(s.Releases()) != 1 {
		t.Error(err)
	}
	s.Fault(citest.Fault{Kind: citest.FaultStatus, Status: http.StatusNotFound})
	var may *ci.PermissionError
	if _, err := p.PublishRelease(t.Context(), released); !errors.As(err, &may) {
		t.Error(err)
	}
}

// TestDraftsBeyondAPage are found on a server that finds none by its tag.
func TestDraftsBeyondAPage(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, citest.GiteaRuns, token)
	id := s.AddRelease(citest.Release{Tag: released.Tag, Draft: true})
	for i := range 120 {
		s.AddRelease(citest.Release{Tag: fmt.Sprint("v0.", i), Draft: true})
	}
	s.Fault(citest.Fault{Kind: citest.FaultStatus, Status: http.StatusNotFound, Match: "/tags/"})
	got, err := p.Releases(t.Context(), released.Tag)
	if err != nil || len(got) != 1 || got[0].ID != strconv.FormatInt(id, 10) {
		t.Errorf("%+v, %v", got, err)
	}
	if any, err := p.AnyRelease(t.Context()); err != nil || any {
		t.Errorf("%v, %v", any, err)
	}
}

// TestOddReleases: half a document is none, and neither is another one.
func TestOddReleases(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`null`, `{}`, `[]`, `{"id":1,"tag_name":"v9","published_at":"2026-01-01T00:00:00Z"}`, `{"id":1,"tag_name":"a/v1.2.0"}`, `{"id":"1","tag_name":"a/v1.2.0"}`} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		p := provider(t, web.URL, token)
		var wrong *ci.MalformedError
		if got, err := p.Releases(t.Context(), released.Tag); !errors.As(err, &wrong) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
		if got, err := p.PublishRelease(t.Context(), released); !errors.As(err, &wrong) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
		web.Close()
	}
}

func TestReleaseByHand(t *testing.T) {
	t.Parallel()
	p, want := provider(t, "https://codeberg.example", ""), released
	want.Prerelease = true
	if got := p.ReleaseURL(want); got != "https://codeberg.example/dana/demo/releases/new?tag=a%2Fv1.2.0" {
		t.Error(got)
	}
	if got := strings.Join(p.ReleaseCommand(want), "|"); got != "tea|releases|create|--repo|dana/demo|--tag|a/v1.2.0|--target|"+want.Commit+"|--title|1.2.0|--note|- A note.|--prerelease" {
		t.Error(got)
	}
	want = ci.ReleaseSpec{Tag: "v1", Commit: "c", Draft: "7", Title: "t", Notes: "n"}
	if got := p.ReleaseURL(want); got != "https://codeberg.example/dana/demo/releases/edit/v1" {
		t.Error(got)
	}
	if got := strings.Join(p.ReleaseCommand(want), "|"); got != "tea|releases|edit|--repo|dana/demo|--target|c|--draft|false|--prerelease|false|--title|t|--note|n|v1" {
		t.Error(got)
	}
	if p.NoRelease() == "" || provider(t, "https://codeberg.example", token).NoRelease() != "" {
		t.Error("a token is what it takes")
	}
}
