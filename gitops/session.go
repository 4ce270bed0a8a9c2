package gitops

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
)

// The two services of git's protocol.
const (
	readService  = "git-upload-pack"
	writeService = "git-receive-pack"
)

// session is one conversation: the server lists its refs, we send at most one
// request, it answers.
type session interface {
	list() *advert
	// exchange sends the request and gives the answer as it comes. mayHaveSent
	// is false only if certainly not a byte of it left.
	exchange(ctx context.Context, request upload) (answer io.Reader, mayHaveSent bool, err error)
	close()
}

func (m *Remote) dial(ctx context.Context, service string) (session, error) {
	s, err := m.connect(ctx, service)
	if err != nil {
		return nil, m.explain(ctx, err)
	}
	if format := s.list().caps["object-format"]; format != "" && format != "sha1" {
		s.close()
		return nil, &UnsupportedError{"a remote with " + format + " objects"}
	}
	return s, nil
}

func (m *Remote) connect(ctx context.Context, service string) (session, error) {
	switch m.addr.scheme {
	case "http", "https":
		return m.dialHTTP(ctx, service)
	case "ssh":
		return m.dialSSH(ctx, service)
	}
	return m.dialLocal(ctx, service)
}

// explain gives an error its type. What already has one passes through; a
// cancelled context shows as such, and only what is left is the network's.
func (m *Remote) explain(ctx context.Context, err error) error {
	var said *serverError
	switch {
	case err == nil || typed(err):
		return err
	case errors.As(err, &said):
		return m.said(said.text, err)
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ctx.Err()
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		return &UnreachableError{Host: m.place(), Timeout: true, Err: context.DeadlineExceeded}
	case errors.Is(err, errMalformed):
		return &UnreachableError{Host: m.place(), NotGit: true, Err: err}
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err // the address is told already, and its own text has more than it should
	}
	var timeout interface{ Timeout() bool }
	late := errors.As(err, &timeout) && timeout.Timeout()
	return &UnreachableError{Host: m.place(), Timeout: late, Err: certificate(m.place(), err)}
}

func typed(err error) bool {
	return isA[*AuthError](err) || isA[*NotFoundError](err) || isA[*UnreachableError](err) ||
		isA[*RedirectedError](err) || isA[*HostKeyError](err) || isA[*UnsupportedError](err) ||
		isA[*RefusedError](err) || isA[*credentialsError](err)
}

func isA[T error](err error) bool {
	var t T
	return errors.As(err, &t)
}

// said reads what a server or its shell wrote instead of a list of refs.
func (m *Remote) said(text string, err error) error {
	low := strings.ToLower(text)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(low, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("not found", "does not exist", "no such", "does not appear to be a git repository", "could not be found", "not a git repository"):
		return &NotFoundError{m.URL()}
	case has("denied", "not authorized", "unauthorized", "forbidden", "not allowed", "no access") || kindOf("", text).locksOut():
		return &AuthError{Host: m.place(), Text: text, Status: 403, Kind: kindOf("", text)}
	case isA[*serverError](err):
		return &RefusedError{Reason: text, Kind: kindOf("", text)}
	}
	return &UnreachableError{Host: m.place(), Err: err}
}

// credentialsError is a source of credentials that failed, which is not the
// server's fault.
type credentialsError struct {
	host string
	err  error
}

func (e *credentialsError) Error() string { return "credentials for " + e.host + ": " + e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// Refs lists the refs of the remote without fetching anything, sorted by name,
// HEAD among them. An empty repository has none.
func (m *Remote) Refs(ctx context.Context) ([]Ref, error) {
	ctx, done := m.limit(ctx)
	defer done()
	s, err := m.dial(ctx, readService)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if h, ok := s.(*httpSession); ok {
		m.heard.Store(&heard{h.base, h.refs})
	}
	refs := s.list().sorted()
	if len(refs) > maxRefs {
		return nil, ErrTooBig
	}
	return refs, nil
}
