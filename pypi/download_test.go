package pypi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"ferry/pypi"
)

// trickle is a file that comes in pieces, one every so often.
type trickle struct {
	ctx   context.Context
	every time.Duration
	piece []byte
	left  int
}

func (r *trickle) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(r.every):
		r.left--
		return copy(b, r.piece), nil
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}

type trickling struct{ trickle }

func (t trickling) RoundTrip(r *http.Request) (*http.Response, error) {
	body := t.trickle
	body.ctx = r.Context()
	return &http.Response{StatusCode: 200, ContentLength: -1, Body: io.NopCloser(&body), Request: r, Header: http.Header{}}, nil
}

// TestDownloadEnds: a byte now and then is no progress, and a slow line is no fault.
func TestDownloadEnds(t *testing.T) {
	for name, c := range map[string]struct {
		body  trickle
		took  time.Duration
		whole bool
	}{
		"a byte now and then": {trickle{every: 5 * time.Second, piece: []byte("x"), left: 10_000}, 20 * time.Second, false},
		"a slow line":         {trickle{every: 8 * time.Second, piece: make([]byte, 16<<10), left: 20}, 160 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := pypi.NewIndex(pypi.Config{Name: "pypi", Simple: "http://index.test/simple/", Transport: trickling{c.body}, Timeout: 20 * time.Second})
				began := time.Now()
				_, err := x.Download(t.Context(), pypi.File{Name: "foo-1.0.tar.gz", URL: "http://index.test/foo-1.0.tar.gz"})
				var gone *pypi.UnreachableError
				if took := time.Since(began); took != c.took || (err == nil) != c.whole || err != nil && (!errors.As(err, &gone) || !gone.Timeout) {
					t.Errorf("after %s: %v", took, err)
				}
			})
		})
	}
}
