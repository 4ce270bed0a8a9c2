package pypitest_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

func (x *index) client() *pypi.Index {
	return pypi.NewIndex(pypi.Config{Name: "test", Simple: x.url + "/simple/", JSON: x.url + "/pypi/"})
}

// get gives the status, the headers and the body.
func (x *index) get(t *testing.T, path string, header ...string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(body)
}

// TestSurfacesLag: each surface shows what was true a while ago.
func TestSurfacesLag(t *testing.T) {
	x := start(t, pypitest.Options{Lag: map[string]time.Duration{pypitest.Simple: 5 * time.Minute, pypitest.JSON: 10 * time.Minute}})
	if got := x.send(t, sdist("foo", "1.0", "")); got != "" {
		t.Fatal(got)
	}
	for _, c := range []struct {
		after        time.Duration
		simple, json bool
	}{{0, false, false}, {6 * time.Minute, true, false}, {11 * time.Minute, true, true}} {
		x.now = day.Add(c.after)
		simple, err := x.client().Simple(t.Context(), "foo")
		if err != nil || simple.Found != c.simple {
			t.Errorf("simple after %v: %v %v", c.after, simple.Found, err)
		}
		json, err := x.client().Release(t.Context(), "foo", "1.0")
		if err != nil || json.Found != c.json {
			t.Errorf("json after %v: %v %v", c.after, json.Found, err)
		}
	}
	if err := x.Yank("foo", "1.0", "bad"); err != nil {
		t.Fatal(err)
	}
	if p, _ := x.client().Release(t.Context(), "foo", "1.0"); p.Files[0].Yanked {
		t.Error("the past shows no yank")
	}
}

func TestPagesAreCacheable(t *testing.T) {
	x := start(t, pypitest.Options{})
	x.Publish("Foo.Bar", "1.0", day, pypitest.File{Name: "foo_bar-1.0.tar.gz", Data: []byte("x")})
	status, h, body := x.get(t, "/simple/foo-bar/", "Accept", "application/vnd.pypi.simple.v1+json")
	if status != 200 || h.Get("Cache-Control") != "public, max-age=600" || h.Get("X-PyPI-Last-Serial") != "2" ||
		h.Get("Content-Type") != "application/vnd.pypi.simple.v1+json" || !strings.Contains(body, `"name":"foo-bar"`) {
		t.Error(status, h, body)
	}
	if status, _, body = x.get(t, "/simple/foo-bar/", "Accept", "application/vnd.pypi.simple.v1+json", "If-None-Match", h.Get("ETag")); status != 304 || body != "" {
		t.Error(status, body)
	}
	if status, h, _ = x.get(t, "/simple/Foo.Bar/"); status != 301 || h.Get("Location") != "/simple/foo-bar/" {
		t.Error(status, h)
	}
	if status, _, _ = x.get(t, "/simple/foo-bar"); status != 406 {
		t.Error("Go's own user agent is sent away, not", status)
	}
	if status, h, _ = x.get(t, "/simple/foo-bar/", "Accept", "text/html"); status != 200 || h.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Error(status, h)
	}
	if status, h, body = x.get(t, "/simple/none/"); status != 404 || body != "404 Not Found" || h.Get("Cache-Control") == "" {
		t.Error(status, h, body)
	}
	if status, h, body = x.get(t, "/pypi/none/json"); status != 404 || body != `{"message": "Not Found"}` || h.Get("Cache-Control") != "public, max-age=900" {
		t.Error(status, h, body)
	}
}

func TestLatestIsFinalAndNotYanked(t *testing.T) {
	x := start(t, pypitest.Options{})
	for _, v := range []string{"1.0", "1.1", "2.0rc1"} {
		x.Publish("foo", v, day, pypitest.File{Name: "foo-" + v + ".tar.gz", Data: []byte(v)})
	}
	if err := x.Yank("foo", "1.1", ""); err != nil {
		t.Fatal(err)
	}
	if _, _, body := x.get(t, "/pypi/foo/json"); !strings.Contains(body, `"version":"1.0"`) || !strings.Contains(body, `"2.0rc1":[`) {
		t.Error(body)
	}
	if err := x.Yank("foo", "9", ""); err == nil {
		t.Error("there is no such release")
	}
}

func TestBuildersAreSteady(t *testing.T) {
	file, a := pypitest.Wheel("Foo.Bar", "1.0-RC1", day, map[string]string{"foo_bar/__init__.py": "x = 1\n"})
	_, b := pypitest.Wheel("Foo.Bar", "1.0-RC1", day, map[string]string{"foo_bar/__init__.py": "x = 1\n"})
	_, c := pypitest.Wheel("Foo.Bar", "1.0-RC1", day.Add(time.Hour), map[string]string{"foo_bar/__init__.py": "x = 1\n"})
	if file != "foo_bar-1.0rc1-py3-none-any.whl" || !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Error(file)
	}
	file, a = pypitest.Sdist("Foo.Bar", "1.0", day, nil)
	if _, b = pypitest.Sdist("Foo.Bar", "1.0", day, nil); file != "foo_bar-1.0.tar.gz" || !bytes.Equal(a, b) {
		t.Error(file)
	}
}

func TestFaultsComeInOrderAndGo(t *testing.T) {
	x := start(t, pypitest.Options{})
	x.Fault(pypitest.Fault{Path: "/simple/a", Status: 503, Times: 2}, pypitest.Fault{Path: "/simple/", Status: 418})
	var got []int
	for range 4 {
		status, _, _ := x.get(t, "/simple/a/")
		got = append(got, status)
	}
	if want := []int{503, 503, 418, 404}; !slices.Equal(got, want) {
		t.Error(got)
	}
}
