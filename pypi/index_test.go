package pypi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

var day = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// serve puts an index on loopback and gives a client for it.
func serve(t *testing.T, h http.Handler) (*pypi.Index, string) {
	t.Helper()
	return serveFor(t, h, 10*time.Second)
}

// serveFor gives a client that waits no longer than the limit.
func serveFor(t *testing.T, h http.Handler, limit time.Duration) (*pypi.Index, string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return pypi.NewIndex(pypi.Config{
		Name: "test", Simple: server.URL + "/simple/", JSON: server.URL + "/pypi/", Upload: server.URL + "/legacy/",
		UserAgent: "ferry-test", Timeout: limit,
	}), server.URL
}

func release(o pypitest.Options) *pypitest.Server {
	s := pypitest.New(o)
	sdist, data := pypitest.Sdist("Foo.Bar", "1.0", day, nil)
	wheel, zipped := pypitest.Wheel("Foo.Bar", "1.0", day, nil)
	rc, early := pypitest.Sdist("Foo.Bar", "2.0rc1", day, nil)
	s.Publish("Foo.Bar", "1.0", day, pypitest.File{Name: sdist, Data: data, RequiresPython: ">=3.9"}, pypitest.File{Name: wheel, Data: zipped})
	s.Publish("Foo.Bar", "2.0rc1", day, pypitest.File{Name: rc, Data: early})
	return s
}

func TestBothSurfacesShowTheRelease(t *testing.T) {
	for name, o := range map[string]pypitest.Options{"json": {}, "html": {HTML: true}} {
		t.Run(name, func(t *testing.T) {
			x, url := serve(t, release(o))
			simple, err := x.Simple(t.Context(), "foo_BAR")
			if err != nil || !simple.Found {
				t.Fatal(simple, err)
			}
			json, err := x.Release(t.Context(), "Foo.Bar", "1.0.0")
			if err != nil || !json.Found {
				t.Fatal(json, err)
			}
			if simple.MaxAge != 600*time.Second || json.MaxAge != 900*time.Second || simple.Serial != json.Serial || simple.Serial == 0 {
				t.Errorf("%v %v, serials %d %d", simple.MaxAge, json.MaxAge, simple.Serial, json.Serial)
			}
			if simple.URL != url+"/simple/foo-bar/" || simple.ReadAt.IsZero() || simple.Date.IsZero() {
				t.Errorf("%+v", simple)
			}
			a, b := simple.Of("1"), json.Of("1.0")
			if len(a) != 2 || len(b) != 2 {
				t.Fatal(a, b)
			}
			for i := range a {
				if a[i].Name != b[i].Name || a[i].URL != b[i].URL || a[i].SHA256 != b[i].SHA256 || a[i].SHA256 == "" || a[i].RequiresPython != b[i].RequiresPython {
					t.Errorf("%+v\n%+v", a[i], b[i])
				}
			}
			if b[1].Name != "foo_bar-1.0.tar.gz" || !b[1].Uploaded.Equal(day) || b[1].Size == 0 || b[1].RequiresPython != ">=3.9" {
				t.Errorf("%+v", b[1])
			}
			if final, latest := simple.Newest(); final != "1.0" || latest != "2.0rc1" {
				t.Error(final, latest)
			}
			d, err := x.Download(t.Context(), b[1])
			if err != nil || d.SHA256 != b[1].SHA256 || d.Size != b[1].Size {
				t.Error(d, err)
			}
		})
	}
}

func TestWithdrawals(t *testing.T) {
	s := release(pypitest.Options{})
	x, _ := serve(t, s)
	if err := s.Yank("foo-bar", "1.0", "it eats data"); err != nil {
		t.Fatal(err)
	}
	for _, read := range both(x, "foo-bar", "1.0") {
		p, err := read(t.Context())
		if yanked, why := p.Yanked("1.0"); err != nil || !yanked || why != "it eats data" {
			t.Error(p, err)
		}
	}
	if err := s.Quarantine("foo-bar", "malware"); err != nil {
		t.Fatal(err)
	}
	p, err := x.Simple(t.Context(), "foo-bar")
	if err != nil || !p.Found || p.Project != "quarantined" || p.Reason != "malware" || len(p.Files) != 0 {
		t.Error(p, err)
	}
	if p, err = x.Release(t.Context(), "foo-bar", "1.0"); err != nil || p.Found {
		t.Error(p, err)
	}
}

func TestAbsence(t *testing.T) {
	s := release(pypitest.Options{MaxAge: map[string]int{pypitest.JSON: 60}})
	x, _ := serve(t, s)
	if p, err := x.Simple(t.Context(), "nobody"); err != nil || p.Found || p.MaxAge != 600*time.Second {
		t.Error(p, err)
	}
	if p, err := x.Release(t.Context(), "foo-bar", "9"); err != nil || p.Found || p.MaxAge != time.Minute {
		t.Error(p, err)
	}
	s.Fault(pypitest.Fault{Path: "/simple/", Status: 404, Body: "<html>a proxy's page</html>"})
	if p, err := x.Simple(t.Context(), "foo-bar"); err != nil || p.Found {
		t.Error(p, err)
	}
	none := pypi.NewIndex(pypi.Config{Simple: "https://user:secret@host.example/simple"})
	if _, err := none.Release(t.Context(), "a", "1"); !errors.Is(err, pypi.ErrNoJSON) || none.HasJSON() {
		t.Error(err)
	}
	if got := none.ProjectURL("A", "1"); got != "https://host.example/simple/a/" {
		t.Error(got)
	}
}

// TestSurfacesDisagree: what differs is shown as it is; the caller compares.
func TestSurfacesDisagree(t *testing.T) {
	s := release(pypitest.Options{})
	x, _ := serve(t, s)
	s.Fault(pypitest.Fault{Path: "/simple/", Mangle: pypitest.WrongHashes})
	simple, err := x.Simple(t.Context(), "foo-bar")
	if err != nil {
		t.Fatal(err)
	}
	json, err := x.Release(t.Context(), "foo-bar", "1.0")
	if err != nil || len(json.Of("1.0")) != 2 || simple.Of("1.0")[0].SHA256 == json.Of("1.0")[0].SHA256 {
		t.Error(simple, json, err)
	}
}

func TestProjectURL(t *testing.T) {
	x := pypi.NewIndex(pypi.Config{Simple: "https://test.pypi.org/simple/"})
	if got := x.ProjectURL("Foo.Bar", "1!1.0"); got != "https://test.pypi.org/project/foo-bar/1%211.0/" && got != "https://test.pypi.org/project/foo-bar/1!1.0/" {
		t.Error(got)
	}
}

func both(x *pypi.Index, name, version string) []func(context.Context) (pypi.Page, error) {
	return []func(context.Context) (pypi.Page, error){
		func(ctx context.Context) (pypi.Page, error) { return x.Simple(ctx, name) },
		func(ctx context.Context) (pypi.Page, error) { return x.Release(ctx, name, version) },
	}
}

// TestOldHTML reads the pages of indexes that have nothing else.
func TestOldHTML(t *testing.T) {
	const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for name, c := range map[string]struct{ page, want string }{
		"pypiserver": {"<html><head><title>Links for foo</title></head><body><h1>Links for foo</h1>\n" +
			`<a href="/packages/foo-1.0.tar.gz#sha256=` + sum + `">foo-1.0.tar.gz</a><br>` + "</body></html>", "1"},
		"devpi": {"<!DOCTYPE html><html><head><title>root/pypi: links for Foo</title></head><body><h1>root/pypi: links for Foo</h1>\n" +
			`<a href="../../+f/e3b/foo-1.0.tar.gz#sha256=` + sum + `" data-yanked="">foo-1.0.tar.gz</a> </body></html>`, "1"},
		"empty":         {"<html><head><title>Links for foo</title></head><body></body></html>", "0"},
		"other project": {"<html><head><title>Links for bar</title></head><body></body></html>", "*pypi.NotIndexError"},
		"directory":     {"<html><head><title>Index of /simple/foo</title></head><body><a href='foo-1.0.tar.gz'>x</a></body></html>", "*pypi.NotIndexError"},
		"new API":       {"<html><head><meta name='pypi:repository-version' content='2.0'><title>Links for foo</title></head></html>", "*pypi.NotIndexError"},
		"cut":           {"<html><head><title>Links for foo</title></head><body><a href='foo-1.0.tar.gz'>x</a><a hr", "*pypi.TruncatedError"},
		"script link":   {"<html><head><title>Links for foo</title></head><body><a href='javascript:x'>x</a></body></html>", "*pypi.NotIndexError"},
	} {
		t.Run(name, func(t *testing.T) {
			x, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Age", "4000")
				fmt.Fprint(w, c.page)
			}))
			p, err := x.Simple(t.Context(), "foo")
			got := fmt.Sprint(len(p.Of("1.0")))
			if err != nil {
				got = fmt.Sprintf("%T", err)
			}
			if got != c.want || err == nil && p.MaxAge != 4000*time.Second {
				t.Errorf("%s, %v, %+v", got, err, p)
			}
		})
	}
}

func TestRequestsSayWhoAsks(t *testing.T) {
	var agents []string
	x, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agents = append(agents, r.UserAgent()+" "+r.URL.Path)
		http.NotFound(w, r)
	}))
	_, _ = x.Simple(t.Context(), "A_b")
	_, _ = x.Release(t.Context(), "A_b", "1.0")
	if got := strings.Join(agents, ", "); got != "ferry-test /simple/a-b/, ferry-test /pypi/a-b/1.0/json" {
		t.Error(got)
	}
}

func FuzzSimpleJSON(f *testing.F) {
	f.Add(`{"meta":{"api-version":"1.4"},"name":"foo","files":[{"filename":"foo-1.0.tar.gz","url":"x","hashes":{},"yanked":"why"}],"versions":["1.0"]}`)
	f.Add(`{"meta":{"api-version":"1.0","_last-serial":3},"name":"Foo","files":[]}`)
	f.Add(`{"meta":null,"files":null}`)
	f.Add(`[]`)
	body := ""
	x := pypi.NewIndex(pypi.Config{Simple: "http://index.example/simple/", Transport: roundTrip(func(r *http.Request) *http.Response {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		rec.WriteString(body)
		resp := rec.Result()
		resp.Request = r
		return resp
	})})
	f.Fuzz(func(t *testing.T, s string) {
		body = s
		p, err := x.Simple(t.Context(), "foo")
		if (err == nil) != p.Found {
			t.Fatalf("found %v with %v", p.Found, err)
		}
		for _, file := range p.Files {
			if file.Name == "" || file.URL == "" || strings.Contains(file.Name, "/") {
				t.Fatalf("%+v", file)
			}
		}
		p.Of("1.0")
		p.Newest()
	})
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
