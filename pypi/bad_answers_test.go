package pypi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestBadAnswers: each becomes an error of the right type, soon, and none an
// empty page.
func TestBadAnswers(t *testing.T) {
	mangle := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(new)) }
	}
	for name, c := range map[string]struct {
		fault pypitest.Fault
		want  string
	}{
		"portal":        {pypitest.Fault{Status: 200, Body: "<html><title>Sign in</title><a href='x-1.0.tar.gz'>x</a></html>"}, "*pypi.NotIndexError"},
		"text":          {pypitest.Fault{Status: 200, Body: "all is well"}, "*pypi.NotIndexError"},
		"500":           {pypitest.Fault{Status: 500, Body: "oops"}, "*pypi.HTTPError"},
		"403":           {pypitest.Fault{Status: 403, Body: "<html>no</html>"}, "*pypi.HTTPError"},
		"204":           {pypitest.Fault{Status: 204}, "*pypi.HTTPError"},
		"304 unasked":   {pypitest.Fault{Status: 304}, "*pypi.HTTPError"},
		"redirect loop": {pypitest.Fault{Status: 302, Times: -1, Header: map[string]string{"Location": "again/"}}, "*pypi.HTTPError"},
		"cut":           {pypitest.Fault{Cut: 40}, "*pypi.TruncatedError"},
		"flood":         {pypitest.Fault{Flood: 100 << 20, Header: map[string]string{"X": "y"}}, "*pypi.TooLargeError"},
		"silent":        {pypitest.Fault{Silent: true}, "*pypi.UnreachableError"},
		"trickle":       {pypitest.Fault{Trickle: 50 * time.Millisecond}, "*pypi.UnreachableError"},
		"short JSON":    {pypitest.Fault{Mangle: func(b []byte) []byte { return b[:len(b)-1] }}, "*pypi.TruncatedError"},
		"two values":    {pypitest.Fault{Mangle: func(b []byte) []byte { return append(b, b...) }}, "*pypi.NotIndexError"},
		"null":          {pypitest.Fault{Mangle: func([]byte) []byte { return []byte("null") }}, "*pypi.NotIndexError"},
		"empty":         {pypitest.Fault{Mangle: func([]byte) []byte { return []byte("{}") }}, "*pypi.NotIndexError"},
		"nothing":       {pypitest.Fault{Mangle: func([]byte) []byte { return []byte("") }}, "*pypi.NotIndexError"},
		"another project": {pypitest.Fault{Mangle: func(b []byte) []byte {
			return bytes.ReplaceAll(mangle("Foo.Bar", "other")(b), []byte(`"name":"foo-bar"`), []byte(`"name":"other"`))
		}}, "*pypi.NotIndexError"},
		"files no list": {pypitest.Fault{Mangle: func(b []byte) []byte {
			return mangle(`"urls":[`, `"urls":{},"x":[`)(mangle(`"files":[`, `"files":{},"x":[`)(b))
		}}, "*pypi.NotIndexError"},
		"files null": {pypitest.Fault{Mangle: func(b []byte) []byte {
			return mangle(`"urls":[`, `"urls":null,"x":[`)(mangle(`"files":[`, `"files":null,"x":[`)(b))
		}}, "*pypi.NotIndexError"},
		"size a text":     {pypitest.Fault{Mangle: mangle(`"size":`, `"size":"9","x":`)}, "*pypi.NotIndexError"},
		"yanked a number": {pypitest.Fault{Mangle: mangle(`"yanked":false`, `"yanked":0`)}, "*pypi.NotIndexError"},
		"hash no hash":    {pypitest.Fault{Mangle: mangle(`"sha256":"`, `"sha256":"zz`)}, "*pypi.NotIndexError"},
		"name a path":     {pypitest.Fault{Mangle: mangle(`"filename":"`, `"filename":"../`)}, "*pypi.NotIndexError"},
		"link to a file":  {pypitest.Fault{Mangle: mangle(`"url":"http:`, `"url":"file:`)}, "*pypi.NotIndexError"},
	} {
		t.Run(name, func(t *testing.T) {
			s := release(pypitest.Options{})
			x, _ := serveFor(t, s, patience(c.want))
			for i, path := range []string{"/simple/", "/pypi/"} {
				f := c.fault
				f.Path = path
				s.Fault(f)
				start := time.Now()
				p, err := both(x, "foo-bar", "1.0")[i](t.Context())
				if got := fmt.Sprintf("%T", err); got != c.want {
					t.Errorf("%s: %s: %v, want %s", path, got, err, c.want)
				}
				if p.Found || len(p.Files) > 0 || time.Since(start) > 8*time.Second {
					t.Errorf("%s: found %v with %d files after %v", path, p.Found, len(p.Files), time.Since(start))
				}
				s.ClearFaults()
			}
		})
	}
}

// patience is short only where the test is about a silence.
func patience(want string) time.Duration {
	if want == "*pypi.UnreachableError" {
		return 400 * time.Millisecond
	}
	return 10 * time.Second
}

func TestRateLimit(t *testing.T) {
	s := release(pypitest.Options{})
	x, _ := serve(t, s)
	s.Fault(pypitest.Fault{Path: "/simple/", Status: 429, Body: "slow \x1b down", Header: map[string]string{"Retry-After": "30"}})
	_, err := x.Simple(t.Context(), "foo-bar")
	var h *pypi.HTTPError
	if !errors.As(err, &h) || h.Status != 429 || h.RetryAfter != 30*time.Second || !strings.Contains(h.Text, "slow") {
		t.Errorf("%+v", err)
	}
}

func TestDownloadFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault pypitest.Fault
		want  string
	}{
		"cut":    {pypitest.Fault{Cut: 20}, "*pypi.TruncatedError"},
		"flood":  {pypitest.Fault{Flood: 100 << 20}, "*pypi.TooLargeError"},
		"longer": {pypitest.Fault{Mangle: func(b []byte) []byte { return append(b, 0) }}, "*pypi.TooLargeError"},
		"silent": {pypitest.Fault{Silent: true}, "*pypi.UnreachableError"},
		"500":    {pypitest.Fault{}, "*pypi.HTTPError"},
		"gone":   {pypitest.Fault{Status: 404}, "*pypi.HTTPError"},
		"slow":   {pypitest.Fault{Trickle: time.Millisecond}, "<nil>"}, // slow is not silent
		"other":  {pypitest.Fault{Mangle: pypitest.WrongBytes}, "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			s := release(pypitest.Options{})
			x, _ := serveFor(t, s, patience(c.want))
			p, err := x.Simple(t.Context(), "foo-bar")
			if err != nil {
				t.Fatal(err)
			}
			f := p.Of("1.0")[1]
			c.fault.Path = "/packages/"
			s.Fault(c.fault)
			d, err := x.Download(t.Context(), f)
			if got := fmt.Sprintf("%T", err); got != c.want {
				t.Errorf("%s: %v, want %s", got, err, c.want)
			}
			if (err == nil && d.SHA256 == f.SHA256) != (name == "slow") {
				t.Errorf("%+v", d)
			}
		})
	}
}

// TestFloodStaysSmall: neither a long body nor a small one that unpacks to a
// long one is kept in memory.
func TestFloodStaysSmall(t *testing.T) {
	s := release(pypitest.Options{})
	s.Fault(pypitest.Fault{Path: "/simple/", Flood: 1 << 30})
	for name, h := range map[string]http.Handler{"long": s, "bomb": bomb(t, 200<<20)} {
		x, _ := serve(t, h)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := x.Simple(t.Context(), "foo-bar")
		runtime.ReadMemStats(&after)
		var large *pypi.TooLargeError
		if !errors.As(err, &large) {
			t.Fatal(name, err)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 160<<20 {
			t.Errorf("%s: %d MB allocated", name, grown>>20)
		}
	}
}

// bomb answers with a few bytes that unpack to many.
func bomb(t *testing.T, size int) http.Handler {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range size >> 20 {
		if _, err := z.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
}

func TestCancellationIsSeen(t *testing.T) {
	s := release(pypitest.Options{})
	x, _ := serveFor(t, s, 400*time.Millisecond)
	s.Fault(pypitest.Fault{Path: "/", Silent: true, Times: -1})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := x.Simple(ctx, "foo-bar"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := x.Download(ctx, pypi.File{URL: "http://127.0.0.1:1/x"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := x.Simple(short, "foo-bar"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	_, err := x.Simple(t.Context(), "foo-bar")
	var silent *pypi.UnreachableError
	if !errors.As(err, &silent) || !silent.Timeout || errors.Is(err, context.DeadlineExceeded) {
		t.Error("our own limit is no deadline of the caller's:", err)
	}
}

func TestNobodyThere(t *testing.T) {
	x := pypi.NewIndex(pypi.Config{Name: "x", Simple: "http://user:secret@127.0.0.1:1/simple/"})
	_, err := x.Simple(t.Context(), "foo")
	var gone *pypi.UnreachableError
	if !errors.As(err, &gone) || gone.Timeout || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}
