package ci

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// What is kept: answers of so many bytes each, and together.
const (
	maxKept    = 1 << 20
	maxKeptAll = 16 << 20
)

// memory holds the last answers by what was asked. It is guarded by its Polite.
type memory struct {
	answers map[string]*answer
	size    int
}

// answer is a response worth keeping.
type answer struct {
	status int
	header http.Header
	body   []byte
	at     time.Time // when it came, or was confirmed
}

func key(r *http.Request) string {
	return r.URL.String() + " " + r.Header.Get("Accept") + " " + r.Header.Get("Range")
}

func (m *memory) get(r *http.Request) *answer {
	if r.Method != http.MethodGet {
		return nil
	}
	return m.answers[key(r)]
}

func (m *memory) put(r *http.Request, a *answer) {
	if m.answers == nil || m.size+len(a.body) > maxKeptAll {
		m.answers, m.size = map[string]*answer{}, 0
	}
	if old := m.answers[key(r)]; old != nil {
		m.size -= len(old.body)
	}
	m.answers[key(r)] = a
	m.size += len(a.body)
}

// conditional asks only for what differs from an answer that bears an ETag.
func conditional(r *http.Request, old *answer) *http.Request {
	if old == nil || old.status != http.StatusOK || old.header.Get("ETag") == "" {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Set("If-None-Match", old.header.Get("ETag"))
	return r
}

// response makes a response of a kept answer.
func (a *answer) response(r *http.Request) *http.Response {
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header.Clone(), Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}
}

// confirmed is the answer that a 304 says is still right. Headers of the new one
// win: they bear the date and the budget.
func (a *answer) confirmed(res *http.Response) *http.Response {
	out := a.response(res.Request)
	for k, v := range res.Header {
		out.Header[k] = v
	}
	return out
}

func (a *answer) same(b *answer) bool { return a.status == b.status && bytes.Equal(a.body, b.body) }

// lasting says whether the status is one that would be the same a moment later. A
// redirect for now may lead to a place that is open for a minute.
func lasting(status int) bool {
	switch status {
	case http.StatusOK, http.StatusMovedPermanently, http.StatusPermanentRedirect:
		return true
	}
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError
}

// kept makes an answer of a response, which can still be read; nil if it is none
// to keep. An error means that the response makes no sense.
func kept(res *http.Response) (*answer, error) {
	if !lasting(res.StatusCode) || res.ContentLength > maxKept {
		return nil, nil
	}
	head, err := io.ReadAll(io.LimitReader(res.Body, maxKept+1))
	rest := io.Reader(res.Body)
	if err != nil {
		rest = broken{err}
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), res.Body}
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode == http.StatusOK && !sensible(res.Header.Get("Content-Type"), head):
		return nil, &MalformedError{Err: errNonsense}
	case len(head) > maxKept || half(head):
		return nil, nil
	}
	return &answer{status: res.StatusCode, header: res.Header.Clone(), body: head, at: now()}, nil
}

var errNonsense = errors.New("a page for people, or half a document")

// sensible says whether a body can be what a program asked for.
func sensible(kind string, body []byte) bool {
	if text := strings.ToLower(string(bytes.TrimSpace(body[:min(len(body), 100)]))); strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, "<html") {
		return false
	}
	return !strings.Contains(kind, "json") || json.Valid(body)
}

// half says whether a body looks like a document and is none. It may be a log; but
// what a reader may choke on must not come again.
func half(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 0 && (body[0] == '{' || body[0] == '[') && !json.Valid(body)
}

// broken is the rest of a body that ended with an error.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
