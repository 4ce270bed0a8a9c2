package gitops

import (
	"bytes"
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

	"ferry/keyring"
)

// httpSession is git's smart protocol over http: one GET lists, one POST acts.
type httpSession struct {
	remote  *Remote
	client  *http.Client
	service string
	base    string // where the repository is; a read may have been redirected
	user    string
	secret  keyring.Secret
	headers []headerLine // of the person's configuration, for this host only
	refs    *advert
	body    io.Closer // of the answer
}

const maxRedirects = 5

func (m *Remote) dialHTTP(ctx context.Context, service string) (session, error) {
	s := m.httpSession(service, strings.TrimSuffix(m.URL(), "/"))
	if err := s.credentials(ctx); err != nil {
		return nil, err
	}
	if err := s.advertised(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

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
	if h == nil || h.base != strings.TrimSuffix(m.URL(), "/") { // a redirected read starts anew
		return nil
	}
	s := m.httpSession(readService, h.base)
	s.refs = h.refs
	if s.credentials(ctx) != nil {
		return nil
	}
	return s
}

// credentials are sent with the first request: being asked for them first would
// cost a round trip, and a private repository answers a stranger with 404.
func (s *httpSession) credentials(ctx context.Context) error {
	a := s.remote.addr
	s.user, s.secret = a.user, a.secret
	if !a.secret.IsZero() || s.remote.web.logsIn() || s.remote.options.Credentials == nil {
		return nil
	}
	user, secret, err := s.remote.options.Credentials(ctx, s.remote.URL())
	if err != nil {
		return &credentialsError{a.host, err}
	}
	if !secret.IsZero() {
		s.user, s.secret = first(user, a.user), secret
	}
	return nil
}

// redirect lets reads follow, without credentials to another host and never
// from https to http. A write stops at the first redirect.
func (s *httpSession) redirect(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	if s.service == writeService || req.Method != http.MethodGet || via[0].Method != http.MethodGet || len(via) > maxRedirects || from.Scheme == "https" && req.URL.Scheme != "https" {
		return http.ErrUseLastResponse
	}
	if req.URL.Host != via[0].URL.Host {
		req.Header.Del("Authorization")
		for _, h := range s.headers {
			req.Header.Del(h.name)
		}
		s.secret, s.headers = keyring.Secret{}, nil // nor with what comes after
	}
	return nil
}

func (s *httpSession) request(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", first(s.remote.options.UserAgent, "git/ferry"))
	for _, h := range s.headers {
		if err := h.value.Use(func(value []byte) error { req.Header.Add(h.name, string(value)); return nil }); err != nil {
			return nil, err
		}
	}
	if s.secret.IsZero() {
		return req, nil
	}
	return req, s.secret.Use(func(value []byte) error {
		req.SetBasicAuth(first(s.user, "git"), string(value))
		return nil
	})
}

func (s *httpSession) advertised(ctx context.Context) error {
	req, err := s.request(ctx, http.MethodGet, s.base+"/info/refs?service="+s.service, nil)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := s.status(resp); err != nil {
		return err
	}
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/x-"+s.service+"-advertisement") {
		return &UnreachableError{Host: s.remote.place(), NotGit: true, Err: fmt.Errorf("%w: content type %q", errMalformed, got)}
	}
	if base, _, ok := strings.Cut(resp.Request.URL.String(), "/info/refs?"); ok {
		s.base = base
	}
	s.refs, err = readAdvert(resp.Body)
	return err
}

func (s *httpSession) list() *advert { return s.refs }

func (s *httpSession) exchange(ctx context.Context, request []byte) (io.Reader, bool, error) {
	var sent atomic.Bool // the transport writes on its own goroutine
	trace := &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { sent.Store(true) }}
	req, err := s.request(httptrace.WithClientTrace(ctx, trace), http.MethodPost, s.base+"/"+s.service, bytes.NewReader(request))
	if err != nil {
		return nil, false, err
	}
	req.GetBody = nil // so that no layer below sends it a second time
	req.Header.Set("Content-Type", "application/x-"+s.service+"-request")
	req.Header.Set("Accept", "application/x-"+s.service+"-result")
	resp, err := s.client.Do(req) //nolint:bodyclose // close does, with the session
	if err != nil {
		return nil, sent.Load(), err
	}
	s.body = resp.Body
	if err := s.status(resp); err != nil {
		// a front door that says no lets nothing through; 408 and 5xx may come
		// from a proxy that lost patience while the server went on
		return nil, resp.StatusCode >= 500 || resp.StatusCode == http.StatusRequestTimeout, err
	}
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/x-"+s.service+"-result") {
		return nil, true, &UnreachableError{Host: s.remote.place(), NotGit: true, Err: fmt.Errorf("%w: content type %q", errMalformed, got)}
	}
	return resp.Body, true, nil
}

func (s *httpSession) close() {
	if s.body != nil {
		_ = s.body.Close()
	}
	s.client.CloseIdleConnections()
}

const maxErrorText = 4 << 10

// status turns every answer but 200 into an error that says what it means.
func (s *httpSession) status(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorText))
	host, code := s.remote.place(), resp.StatusCode
	text := strings.TrimSpace(string(b))
	switch {
	case code == http.StatusUnauthorized:
		return &AuthError{Host: host, Status: code, Missing: s.secret.IsZero() && !s.remote.web.logsIn(), Text: text, Kind: kindOf("", text)}
	case code == http.StatusForbidden && resp.Header.Get("X-RateLimit-Remaining") != "0":
		return &AuthError{Host: host, Status: code, Missing: s.secret.IsZero() && !s.remote.web.logsIn(), Text: text, Kind: kindOf("", text)}
	case code == http.StatusRequestEntityTooLarge:
		return &RefusedError{Reason: http.StatusText(code), Text: nonEmpty(text), Kind: KindQuota}
	case code == http.StatusNotFound || code == http.StatusGone:
		return &NotFoundError{s.remote.URL()}
	case code >= 300 && code < 400:
		return &RedirectedError{s.remote.URL(), destination(resp)}
	}
	return &UnreachableError{Host: host, Status: code, RetryAfter: retryAfter(resp), Err: errors.New(http.StatusText(code))}
}

func nonEmpty(text string) []string {
	if text == "" || strings.HasPrefix(text, "<") {
		return nil // a page for browsers tells nothing here
	}
	return strings.Split(text, "\n")
}

// destination is where a redirect leads, without userinfo and without the
// service that was asked for.
func destination(resp *http.Response) string {
	to, err := resp.Location()
	if err != nil {
		return ""
	}
	to.User, to.RawQuery, to.Fragment = nil, "", ""
	to.Path = strings.TrimSuffix(to.Path, "/info/refs")
	return to.String()
}

const maxRetryAfter = 24 * time.Hour

func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRetryAfter)
}
