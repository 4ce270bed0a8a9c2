package github

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"

	"ferry/flow/ci"
	"ferry/keyring"
)

// apiClient layers what every request to the API needs: a token for that host
// and no other, a bound on the answer, and conditional requests.
func apiClient(o Options, base *url.URL) *http.Client {
	c := plainClient(o.HTTP)
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	c.Transport = &conditional{next: bounded{authorized{next, base, o.Token}}, seen: map[string]*answer{}}
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != base.Host || r.URL.Scheme != base.Scheme || len(via) > 3 {
			return http.ErrUseLastResponse
		}
		return nil // a repository that was renamed
	}
	return c
}

// plainClient follows no redirect.
func plainClient(from *http.Client) *http.Client {
	c := http.Client{}
	if from != nil {
		c = *from
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// authorized adds the token to requests for the API's own host.
type authorized struct {
	next  http.RoundTripper
	base  *url.URL
	token keyring.Secret
}

func (t authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.token.IsZero() || r.URL.Host != t.base.Host || r.URL.Scheme != t.base.Scheme {
		return t.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	err := t.token.Use(func(v []byte) error {
		r.Header.Set("Authorization", "Bearer "+string(v))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t.next.RoundTrip(r)
}

// bounded cuts off an answer that is too long, with an error.
type bounded struct{ next http.RoundTripper }

func (t bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, ci.MaxAnswer)
	}
	return res, err
}

// conditional asks again only for what has changed: an answer that is still
// right comes as a 304, which costs nothing of the rate limit. Every answer it
// gives was confirmed by the server at that moment. It belongs to one provider,
// and so to one token.
type conditional struct {
	next http.RoundTripper

	mu   sync.Mutex
	seen map[string]*answer
}

// answer is a response worth keeping.
type answer struct {
	etag   string
	header http.Header
	body   []byte
}

// What is kept: so many answers, each so long at most.
const (
	maxKept    = 64
	maxKeptLen = 1 << 20
)

func (t *conditional) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return t.next.RoundTrip(r)
	}
	key := r.URL.String()
	old := t.recall(key)
	if old != nil {
		r = r.Clone(r.Context())
		r.Header.Set("If-None-Match", old.etag)
	}
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusNotModified && old != nil {
		_ = res.Body.Close()
		return old.again(res), nil
	}
	return t.keep(key, res)
}

func (t *conditional) recall(key string) *answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen[key]
}

// keep remembers an answer that bears an ETag and hands it on unchanged.
func (t *conditional) keep(key string, res *http.Response) (*http.Response, error) {
	etag := res.Header.Get("ETag")
	if res.StatusCode != http.StatusOK || etag == "" || res.ContentLength > maxKeptLen {
		return res, nil
	}
	head, err := io.ReadAll(io.LimitReader(res.Body, maxKeptLen+1))
	if err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), res.Body), res.Body}
	if len(head) > maxKeptLen || !json.Valid(head) { // what makes no sense must not come again
		return res, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.seen) >= maxKept {
		clear(t.seen)
	}
	t.seen[key] = &answer{etag, res.Header.Clone(), head}
	return res, nil
}

// again makes a response of a kept answer. Headers of the new one win: they
// bear the date and the rate limit.
func (a *answer) again(res *http.Response) *http.Response {
	out := *res
	out.StatusCode, out.Status = http.StatusOK, "200 OK"
	out.Header = a.header.Clone()
	for k, v := range res.Header {
		out.Header[k] = v
	}
	out.Body = io.NopCloser(bytes.NewReader(a.body))
	out.ContentLength = int64(len(a.body))
	return &out
}
