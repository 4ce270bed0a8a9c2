package ci_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"ferry/flow/ci"
)

// reply is what is at an address.
type reply struct {
	location string // it sends on; else it is a file
	body     io.Reader
	length   int64
	status   int
	sees     func(http.Header)
}

// answers are those of a transport, by address.
type answers map[string]reply

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ok := a[r.URL.String()]
	if !ok {
		return nil, fmt.Errorf("nothing is at %s", r.URL)
	}
	if x.sees != nil {
		x.sees(r.Header)
	}
	res := &http.Response{Request: r, StatusCode: cmp.Or(x.status, http.StatusOK), Header: http.Header{}, Body: http.NoBody, ContentLength: x.length}
	if x.location != "" {
		res.StatusCode, res.Header = cmp.Or(x.status, http.StatusFound), http.Header{"Location": {x.location}}
	}
	if x.body != nil {
		res.Body = io.NopCloser(x.body)
	}
	return res, nil
}

// asked is a client with a token, which opens an address and reads what is there.
func asked(t *testing.T, a answers, url string) (int64, error) {
	t.Helper()
	hc := &http.Client{Transport: a, Timeout: time.Nanosecond} // is for answers, not for files
	c := ci.Client{Provider: "trial", HTTP: hc, Prepare: func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer secret")
		return nil
	}}
	f, err := c.Open(t.Context(), url, "the file", hc, "ferry-test")
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	return io.Copy(io.Discard, f)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestAStoreSeesNoToken: what the provider sends on to is told our name alone.
func TestAStoreSeesNoToken(t *testing.T) {
	t.Parallel()
	n, err := asked(t, answers{
		"https://api.test/a": {location: "https://store.test/a?sig=1", sees: func(h http.Header) {
			if h.Get("Authorization") == "" {
				t.Error("the provider saw no token")
			}
		}},
		"https://store.test/a?sig=1": {location: "/b", status: http.StatusTemporaryRedirect},
		"https://store.test/b": {body: strings.NewReader("bytes"), length: 5, sees: func(h http.Header) {
			if h.Get("Authorization") != "" || h.Get("Referer") != "" || h.Get("User-Agent") != "ferry-test" {
				t.Errorf("%v", h)
			}
		}},
	}, "https://api.test/a")
	if n != 5 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestOddFiles: too long, cut off, sent round in circles, or to where nobody follows.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	const at, store = "https://api.test/a", "https://store.test/a"
	for says, a := range map[string]answers{
		"longer than 1073741824 bytes": {at: {body: zeros{}, length: -1}},
		"longer than":                  {at: {body: zeros{}, length: ci.MaxArtifact + 1}},
		"unexpected EOF":               {at: {body: io.MultiReader(strings.NewReader("ha"), iotest.ErrReader(io.ErrUnexpectedEOF)), length: 9}},
		"from store to store":          {at: {location: store}, store: {location: store}},
		"which is not followed":        {at: {location: "http://store.test/a"}},
		"@":                            {at: {location: "https://me:you@store.test/a"}},
		"no Location":                  {at: {status: http.StatusFound}},
	} {
		var wrong *ci.MalformedError
		if _, err := asked(t, a, at); !errors.As(err, &wrong) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	var gone *ci.NotFoundError
	if _, err := asked(t, answers{at: {location: store}, store: {status: http.StatusGone}}, at); !errors.As(err, &gone) {
		t.Error(err)
	}
	var late *ci.UnreachableError
	if _, err := asked(t, answers{at: {body: iotest.ErrReader(context.DeadlineExceeded), length: 9}}, at); !errors.As(err, &late) || !late.Timeout {
		t.Error(err)
	}
}
