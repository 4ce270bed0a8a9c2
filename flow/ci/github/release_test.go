package github_test

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

var released = ci.ReleaseSpec{Tag: "v1.2.0", Commit: strings.Repeat("a", 40), Title: "1.2.0", Notes: "- A note."}

// TestReleasesAreDescribed: making one, publishing a draft, finding them and being
// refused, with every kind of request and of answer.
func TestReleasesAreDescribed(t *testing.T) {
	s, j, url := trial(t, described(t), true)
	p, ctx := provider(t, url, token), t.Context()
	if _, err := p.AnyRelease(ctx); err != nil {
		t.Error(err)
	}
	made, err := p.PublishRelease(ctx, released)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = p.PublishRelease(ctx, released) // is there
	draft := released
	draft.Tag, draft.Prerelease = "a/v1.3.0rc1", true
	draft.Draft = strconv.FormatInt(s.AddRelease(citest.Release{Tag: draft.Tag, Draft: true}), 10)
	for _, tag := range []string{draft.Tag, released.Tag} {
		if _, err := p.Releases(ctx, tag); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.PublishRelease(ctx, draft); err != nil {
		t.Error(err)
	}
	draft.Draft = made.ID + "0"
	_, _ = p.PublishRelease(ctx, draft) // is not there
	if _, err := p.ReleaseNotes(ctx, released); err != nil {
		t.Error(err)
	}
	s.Host(citest.Hosted{ReadOnly: true})
	_, _ = p.PublishRelease(ctx, released)
	_, _ = p.ReleaseNotes(ctx, released)
	for _, one := range []string{"POST /repos/" + slug + "/releases", "PATCH /repos/" + slug + "/releases/", "GET /repos/" + slug + "/releases/tags/a/v1", "POST /repos/" + slug + "/releases/generate-notes"} {
		if !strings.Contains(strings.Join(j.seen, "\n"), one) {
			t.Errorf("no %s", one)
		}
	}
}

// TestTheLatestRelease is for GitHub to find out, and never a pre-release.
func TestTheLatestRelease(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	for tag, pre := range map[string]bool{"v1": false, "v2rc1": true} {
		for _, draft := range []bool{false, true} {
			want := released
			want.Tag, want.Prerelease = fmt.Sprint(tag, draft), pre
			if draft {
				want.Draft = strconv.FormatInt(s.AddRelease(citest.Release{Tag: want.Tag, Draft: true}), 10)
			}
			if _, err := p.PublishRelease(t.Context(), want); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range s.Releases() {
		if want := map[bool]string{false: "legacy", true: "false"}[r.Prerelease]; r.Latest != want || r.Target != released.Commit {
			t.Errorf("%+v", r)
		}
	}
}

// TestDraftsBeyondAPage are found, and two of one tag are both shown; what lies beyond
// the newest thousand GitHub lists to nobody.
func TestDraftsBeyondAPage(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.AddRelease(citest.Release{Tag: "unseen", Draft: true})
	first := s.AddRelease(citest.Release{Tag: released.Tag, Draft: true})
	for i := range 997 {
		s.AddRelease(citest.Release{Tag: fmt.Sprint("v0.", i)})
	}
	s.AddRelease(citest.Release{Tag: released.Tag, Draft: true})
	s.AddRelease(citest.Release{Tag: "v99"})
	got, err := p.Releases(t.Context(), released.Tag)
	if err != nil || len(got) != 2 || got[1].ID != strconv.FormatInt(first, 10) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := p.Releases(t.Context(), "unseen"); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	before := s.Asked()
	if _, err := p.Releases(t.Context(), "v99"); err != nil || s.Asked() != before+1 {
		t.Errorf("%d requests for a published release, %v", s.Asked()-before, err)
	}
	if any, err := p.AnyRelease(t.Context()); err != nil || !any || s.Asked() != before+2 {
		t.Errorf("%v, %d requests, %v", any, s.Asked()-before, err)
	}
}

// TestADraftThatSomebodyPublished is not changed: what waits for edited releases would
// start.
func TestADraftThatSomebodyPublished(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	id := s.AddRelease(citest.Release{Tag: released.Tag, Target: released.Commit, Title: "theirs", Draft: true})
	if err := s.PublishRelease(id); err != nil {
		t.Fatal(err)
	}
	want := released
	want.Draft = strconv.FormatInt(id, 10)
	var conflict *ci.ConflictError
	if _, err := p.PublishRelease(t.Context(), want); !errors.As(err, &conflict) || s.Releases()[0].Title != "theirs" {
		t.Errorf("%v, %+v", err, s.Releases())
	}
}

// TestARefusedReleaseSaysWhy: GitHub's own message is the same for all.
func TestARefusedReleaseSaysWhy(t *testing.T) {
	t.Parallel()
	_, p, _ := bench(t, token)
	for tag, want := range map[string]string{"a b": "tag_name invalid", "": "tag_name missing_field", "v1": "target_commitish invalid"} {
		spec := released
		spec.Tag, spec.Commit = tag, "gone"
		if _, err := p.PublishRelease(t.Context(), spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestOddReleases: half a document is none, and neither is another one.
func TestOddReleases(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`null`, `{}`, `[]`, `{"id":1,"tag_name":"v9","draft":false,"published_at":"2026-01-01T00:00:00Z"}`,
		`{"id":1,"tag_name":"v1.2.0","draft":true,"published_at":null}`, `{"id":1,"tag_name":"v1.2.0","draft":false,"published_at":null}`, `{"id":"1","tag_name":"v1.2.0"}`} {
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
	p, want := provider(t, "", ""), released
	want.Prerelease = true
	if got := p.ReleaseURL(want); got != "https://github.com/dana/demo/releases/new?prerelease=1&tag=v1.2.0&target="+want.Commit+"&title=1.2.0" {
		t.Error(got)
	}
	if got := strings.Join(p.ReleaseCommand(want), "|"); got != "gh|release|create|v1.2.0|--repo|dana/demo|--target|"+want.Commit+"|--title|1.2.0|--notes|- A note.|--prerelease" {
		t.Error(got)
	}
	want = ci.ReleaseSpec{Tag: "v1", Commit: "c", Draft: "7"}
	if got := strings.Join(p.ReleaseCommand(want), "|"); got != "gh|release|edit|v1|--repo|dana/demo|--target|c|--draft=false" {
		t.Error(got)
	}
	want.Title, want.Notes = "t", "n"
	if got := strings.Join(p.ReleaseCommand(want), "|"); got != "gh|release|edit|v1|--repo|dana/demo|--target|c|--draft=false|--title|t|--notes|n" {
		t.Error(got)
	}
	if got := p.ReleaseURL(want); got != "https://github.com/dana/demo/releases" {
		t.Error(got)
	}
	if p.NoRelease() == "" || provider(t, "", token).NoRelease() != "" {
		t.Error("a token is what it takes")
	}
}
