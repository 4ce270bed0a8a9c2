package gitops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// httpSession is git's smart protocol over http: one GET lists, one POST acts.
type httpSession struct {
	remote  *Remote
	client  *http.Client
	service string
	base    string // where the repository is; a read may have been redirected
	login   Login
	headers []headerLine // of the person's configuration, for this host only
	away    bool         // a redirect led to another host: nobody is named there
	refs    *advert
	body    io.Closer // of the answer
}

func (m *Remote) dialHTTP(ctx context.Context, service string) (session, error) {
	s := m.httpSession(service, m.base())
	if err := s.identify(ctx); err != nil {
		return nil, err
	}
	if err := s.advertised(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (m *Remote) base() string { return strings.TrimSuffix(m.URL(), "/") }

func (m *Remote) httpSession(service, base string) *httpSession {
	s := &httpSession{remote: m, service: service, base: base, headers: m.web.headers}
	s.client = &http.Client{Transport: m.web.transport(), CheckRedirect: s.redirect}
	return s
}

// heard is a list of refs and where it came from.
type heard struct {
	base string
	refs *advert
}

// resume goes on where Refs has listed, which spares a round trip. It is for
// reading only; nil if nothing was listed yet.
func (m *Remote) resume(ctx context.Context) session {
	h := m.heard.Load()
	if h == nil || h.base != m.base() { // a redirected read starts anew
		return nil
	}
	s := m.httpSession(readService, h.base)
	s.refs = h.refs
	if s.identify(ctx) != nil {
		return nil
	}
	return s
}

// identify begins with the login that is known. A stranger's first request
// names nobody, as git's does, unless http.proactiveAuth wants it to.
func (s *httpSession) identify(ctx context.Context) (err error) {
	if s.remote.web.logsIn() {
		return nil
	}
	s.login, err = s.remote.current(ctx)
	if err == nil && s.login.Secret.IsZero() && s.remote.web.proactive {
		s.login, err = s.remote.next(ctx, Login{})
	}
	return err
}

// retry says whether a 401 is worth another request, with another login.
func (s *httpSession) retry(ctx context.Context, resp *http.Response) (bool, error) {
	if resp.StatusCode != http.StatusUnauthorized || s.away || s.remote.web.logsIn() || !takesBasic(resp) {
		return false, nil
	}
	ctx = context.WithValue(ctx, asksKey{}, resp.Header.Values("WWW-Authenticate"))
	login, err := s.remote.next(ctx, s.login)
	if err != nil || login.Secret.IsZero() {
		return false, err
	}
	s.login = login
	return true, nil
}

func (s *httpSession) request(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", s.remote.userAgent())
	for _, h := range s.headers {
		if err := h.value.Use(func(value []byte) error { req.Header.Add(h.name, string(value)); return nil }); err != nil {
			return nil, err
		}
	}
	if s.login.Secret.IsZero() {
		return req, nil
	}
	return req, s.login.Secret.Use(func(value []byte) error {
		req.SetBasicAuth(first(s.login.User, anyUser), string(value))
		return nil
	})
}

// userAgent begins as git's does: GitHub and Bitbucket speak git to nobody else.
func (m *Remote) userAgent() string {
	if m.web.userAgent != "" {
		return m.web.userAgent
	}
	return "git/2.0 (" + first(m.options.UserAgent, "ferry") + ")"
}

func (s *httpSession) advertised(ctx context.Context) error {
	resp, err := s.knock(ctx, func() (*http.Request, error) {
		return s.request(ctx, http.MethodGet, s.base+"/info/refs?service="+s.service, nil)
	}, new(int))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/x-"+s.service+"-advertisement") {
		return &UnreachableError{Host: s.remote.place(), NotGit: true, Err: fmt.Errorf("%w: content type %q", errMalformed, got)}
	}
	if base, _, ok := strings.Cut(resp.Request.URL.String(), "/info/refs?"); ok {
		s.base = base
	}
	s.moved(resp)
	s.refs, err = readAdvert(resp.Body)
	return err
}

// knock sends a request, and the same again with the next login while the
// answer is 401: that answer is certain to have done nothing. refused is the
// status of an answer that is no 200.
func (s *httpSession) knock(ctx context.Context, make func() (*http.Request, error), refused *int) (*http.Response, error) {
	for {
		req, err := make()
		if err != nil {
			return nil, err
		}
		resp, err := s.client.Do(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode == http.StatusOK {
			s.remote.accept(ctx, s.login)
			return resp, nil
		}
		again, err := s.retry(ctx, resp)
		if err == nil && !again {
			err = s.status(resp)
		}
		_ = resp.Body.Close()
		if err != nil {
			*refused = resp.StatusCode
			return nil, err
		}
	}
}

func (s *httpSession) list() *advert { return s.refs }

func (s *httpSession) exchange(ctx context.Context, request upload) (io.Reader, bool, error) {
	var sent atomic.Bool // the transport writes on its own goroutine
	trace := &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { sent.Store(true) }}
	refused := 0
	resp, err := s.knock(ctx, func() (*http.Request, error) { //nolint:bodyclose // close does, with the session
		sent.Store(false) // whatever came before was answered by a 401
		return s.post(httptrace.WithClientTrace(ctx, trace), request)
	}, &refused)
	switch {
	case refused != 0:
		// a front door that says no lets nothing through; 408 and 5xx may come
		// from a proxy that lost patience while the server went on
		return nil, refused >= 500 || refused == http.StatusRequestTimeout, err
	case err != nil:
		return nil, sent.Load(), err
	}
	s.body = resp.Body
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/x-"+s.service+"-result") {
		return nil, true, &UnreachableError{Host: s.remote.place(), NotGit: true, Err: fmt.Errorf("%w: content type %q", errMalformed, got)}
	}
	return resp.Body, true, nil
}

func (s *httpSession) post(ctx context.Context, request upload) (*http.Request, error) {
	req, err := s.request(ctx, http.MethodPost, s.base+"/"+s.service, request.body())
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(len(request.data))
	req.GetBody = nil // so that no layer below sends it a second time
	req.Header.Set("Content-Type", "application/x-"+s.service+"-request")
	req.Header.Set("Accept", "application/x-"+s.service+"-result")
	return req, nil
}

func (s *httpSession) close() {
	if s.body != nil {
		_ = s.body.Close()
	}
	s.client.CloseIdleConnections()
}

const maxErrorText = 4 << 10

// status says what an answer means that is no 200.
func (s *httpSession) status(resp *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorText))
	host, code := s.remote.place(), resp.StatusCode
	text := strings.TrimSpace(string(b))
	switch {
	case code == http.StatusUnauthorized && s.away:
		return s.remote.redirected(place(resp.Request.URL))
	case code == http.StatusUnauthorized:
		return s.lockedOut(resp, text)
	case code == http.StatusForbidden && resp.Header.Get("X-RateLimit-Remaining") != "0":
		return s.lockedOut(resp, text)
	case code == http.StatusRequestEntityTooLarge:
		return &RefusedError{Reason: http.StatusText(code), Text: nonEmpty(text), Kind: KindQuota}
	case code == http.StatusNotFound || code == http.StatusGone:
		return &NotFoundError{s.remote.URL()}
	case code >= 300 && code < 400:
		return s.remote.redirected(destination(resp))
	}
	return &UnreachableError{Host: host, Status: code, RetryAfter: retryAfter(resp), Err: errors.New(http.StatusText(code))}
}

func nonEmpty(text string) []string {
	if text == "" || strings.HasPrefix(text, "<") {
		return nil // a page for browsers tells nothing here
	}
	return strings.Split(text, "\n")
}

const maxRetryAfter = 24 * time.Hour

func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRetryAfter)
}
