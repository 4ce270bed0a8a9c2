package ci_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
)

func asks(t *testing.T, h http.HandlerFunc) (ci.Client, string) {
	t.Helper()
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	return ci.Client{Provider: "x", Prepare: func(*http.Request) error { return nil }}, web.URL
}

func TestDo(t *testing.T) {
	t.Parallel()
	c, url := asks(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Method", r.Method+" "+r.Header.Get("Content-Type"))
		if len(body) == 0 {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = w.Write(body)
	})
	got, err := c.Do(t.Context(), ci.Request{Method: http.MethodPost, URL: url, What: "it", Type: "text/x", Body: []byte("abc")})
	if err != nil || got.Status != 200 || string(got.Body) != "abc" || got.Header.Get("X-Method") != "POST text/x" {
		t.Errorf("%+v, %v", got, err)
	}
	var u *ci.UnreachableError
	if _, err := c.Do(t.Context(), ci.Request{URL: url, What: "it"}); !errors.As(err, &u) || u.Status != http.StatusNoContent {
		t.Errorf("an empty answer that nobody expects: %v", err)
	}
	if got, err := c.Do(t.Context(), ci.Request{URL: url, What: "it", Also: []int{http.StatusNoContent}}); err != nil || got.Status != http.StatusNoContent {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	for name, ranges := range map[string]bool{"by range": true, "whole": false} {
		c, url := asks(t, func(w http.ResponseWriter, r *http.Request) {
			if !ranges {
				r.Header.Del("Range")
			}
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader("first\nsecond\n"))
		})
		for offset, want := range map[int64]string{0: "first\nsecond\n", 6: "second\n", 13: "", 99: "first\nsecond\n"} {
			got, err := c.Tail(t.Context(), url, "the log", offset, true)
			if err != nil || string(got.Text) != want || got.Next != 13 || !got.Complete {
				t.Errorf("%s, from %d: %+v, %v", name, offset, got, err)
			}
		}
		if got, err := c.Tail(t.Context(), url, "the log", 13, false); err != nil || got.Complete {
			t.Errorf("%s, while it grows: %+v, %v", name, got, err)
		}
	}
}

// TestTailOfAHugeLog comes in pieces, none longer than an answer may be.
func TestTailOfAHugeLog(t *testing.T) {
	t.Parallel()
	huge := bytes.Repeat([]byte("x"), ci.MaxAnswer+10)
	c, url := asks(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(huge))
	})
	first, err := c.Tail(t.Context(), url, "the log", 0, true)
	if err != nil || len(first.Text) != ci.MaxAnswer || first.Complete {
		t.Fatalf("%d bytes, complete %v, %v", len(first.Text), first.Complete, err)
	}
	if rest, err := c.Tail(t.Context(), url, "the log", first.Next, true); err != nil || len(rest.Text) != 10 || !rest.Complete {
		t.Errorf("%d bytes, complete %v, %v", len(rest.Text), rest.Complete, err)
	}
}

func TestTailThatLies(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"another part": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-3/4")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "abcd")
		},
		"half": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "abcd")
		},
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/log", http.StatusFound)
		},
	} {
		c, url := asks(t, h)
		var m *ci.MalformedError
		if got, err := c.Tail(t.Context(), url, "the log", 2, true); !errors.As(err, &m) || len(got.Text) != 0 || got.Next != 2 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
