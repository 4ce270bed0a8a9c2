package gitlab_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

var released = ci.ReleaseSpec{Tag: "a/v1.2.0", Commit: strings.Repeat("a", 40), Title: "1.2.0", Notes: "- A note."}

// TestARefusedReleaseSaysWhy, and what a protected tag asks for.
func TestARefusedReleaseSaysWhy(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	for tag, want := range map[string]string{"a b": "Tag name invalid", "v1": "Target gone is invalid"} {
		spec := released
		spec.Tag, spec.Commit = tag, "gone"
		var conflict *ci.ConflictError
		if _, err := p.PublishRelease(t.Context(), spec); !errors.As(err, &conflict) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	s.Protect(nil, []citest.Protected{{Name: "a/*", Levels: []int{40}}}, nil, 30)
	var may *ci.PermissionError
	if _, err := p.PublishRelease(t.Context(), released); !errors.As(err, &may) || len(s.Releases()) != 0 {
		t.Errorf("a protected tag: %v", err)
	}
	s.Protect(nil, []citest.Protected{{Name: "a/*", Levels: []int{40}}}, nil, 40)
	made, err := p.PublishRelease(t.Context(), released)
	if err != nil || made.URL != "https://ci.example.test/dana/demo/-/releases/a%2Fv1.2.0" {
		t.Errorf("%+v, %v", made, err)
	}
}

// TestOddReleases: half a document is none, and neither is another one.
func TestOddReleases(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`null`, `{}`, `[]`, `{"tag_name":"v9","released_at":"2026-01-01T00:00:00Z"}`, `{"tag_name":"a/v1.2.0","released_at":null}`, `{"tag_name":7}`} {
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
	p := provider(t, "", "")
	if got := p.ReleaseURL(released); got != "https://gitlab.com/dana/demo/-/releases/new?tag_name=a%2Fv1.2.0" {
		t.Error(got)
	}
	got := strings.Join(p.ReleaseCommand(released), "|")
	if got != "glab|release|create|a/v1.2.0|--repo|https://gitlab.com/dana/demo|--ref|"+released.Commit+"|--name|1.2.0|--notes|- A note.|--no-update|--no-close-milestone" {
		t.Error(got)
	}
	if p.NoRelease() == "" || provider(t, "", token).NoRelease() != "" {
		t.Error("a token is what it takes")
	}
}
