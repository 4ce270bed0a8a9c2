package github_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

func inspect(t *testing.T, secret string, h citest.Hosted) ci.Project {
	t.Helper()
	s, p, _ := bench(t, secret)
	s.Host(h)
	got, err := p.Inspect(t.Context())
	if err != nil || got.Host == nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	return got
}

func TestHosted(t *testing.T) {
	t.Parallel()
	if h := inspect(t, "", citest.Hosted{}).Host; h.Fork || h.Parent != nil || h.Archived || h.MayPush != nil {
		t.Errorf("without a token: %+v", h)
	}
	if h := inspect(t, token, citest.Hosted{}).Host; h.MayPush == nil || !*h.MayPush {
		t.Errorf("with a token: %+v", h)
	}
	if h := inspect(t, token, citest.Hosted{ReadOnly: true}).Host; h.MayPush == nil || *h.MayPush {
		t.Errorf("with a token that may read: %+v", h)
	}
	if p := inspect(t, "", citest.Hosted{Archived: true}); !p.Host.Archived || p.Active {
		t.Errorf("archived: %+v", p)
	}
	want := ci.Origin{Slug: "acme/demo", CloneURL: "https://github.com/acme/demo.git", CloneSSH: "git@github.com:acme/demo.git"}
	if h := inspect(t, "", citest.Hosted{Parent: "acme/demo"}).Host; !h.Fork || h.Parent == nil || *h.Parent != want {
		t.Errorf("a fork: %+v", h)
	}
}

// TestRenamed: the redirect is followed on the same host, with its token.
func TestRenamed(t *testing.T) {
	t.Parallel()
	got := inspect(t, token, citest.Hosted{Renamed: "acme/demo"})
	if got.Slug != "acme/demo" || got.Host.CloneURL != "https://github.com/acme/demo.git" || got.Host.MayPush == nil {
		t.Errorf("got %+v %+v", got, got.Host)
	}
}

// TestRedirectedElsewhere: another host hears nothing of us.
func TestRedirectedElsewhere(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL) }))
	t.Cleanup(other.Close)
	web := httptest.NewServer(http.RedirectHandler(other.URL+"/repositories/1", http.StatusMovedPermanently))
	t.Cleanup(web.Close)
	if p, err := provider(t, web.URL, token).Inspect(t.Context()); err == nil {
		t.Errorf("got %+v", p)
	}
}
