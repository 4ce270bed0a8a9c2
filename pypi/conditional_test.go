package pypi_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// tally counts answers by their status.
type tally struct {
	http.ResponseWriter
	mu     *sync.Mutex
	status map[int]int
}

func (t tally) WriteHeader(code int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status[code]++
	t.ResponseWriter.WriteHeader(code)
}

// TestUnchangedPagesAreNotSentAgain: a page that did not change costs no body, is
// as old as this answer says, and gives way to what is new.
func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	for name, o := range map[string]pypitest.Options{"json": {}, "html": {HTML: true}} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
			o.Now = func() time.Time { return now }
			index, status, mu := pypitest.New(o), map[int]int{}, &sync.Mutex{}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				index.ServeHTTP(tally{w, mu, status}, r)
			}))
			defer server.Close()
			x := pypi.NewIndex(pypi.Config{Name: "x", Simple: server.URL + "/simple/", JSON: server.URL + "/pypi/", Now: o.Now})
			file, data := pypitest.Wheel("foo", "1.0", now, nil)
			index.Publish("foo", "1.0", now, pypitest.File{Name: file, Data: data})
			read := func(files int) {
				t.Helper()
				now = now.Add(time.Minute)
				page, err := x.Simple(t.Context(), "foo")
				if err != nil || len(page.Files) != files || !page.ReadAt.Equal(now) || page.MaxAge != 10*time.Minute || page.Serial == 0 {
					t.Errorf("%+v %v", page, err)
				}
				if one, err := x.Release(t.Context(), "foo", "1.0"); err != nil || len(one.Files) != files {
					t.Errorf("%+v %v", one, err)
				}
			}
			read(1)
			read(1)
			read(1)
			if status[http.StatusNotModified] != 4 {
				t.Errorf("answers %v", status)
			}
			second, more := pypitest.Sdist("foo", "1.0", now, nil)
			index.Publish("foo", "1.0", now, pypitest.File{Name: second, Data: more})
			read(2)
			if status[http.StatusNotModified] != 4 {
				t.Errorf("after a change: %v", status)
			}
		})
	}
}
