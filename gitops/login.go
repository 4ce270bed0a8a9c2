package gitops

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ferry/keyring"
)

// Login is one answer to "who are you", and where it comes from.
type Login struct {
	User   string // "": the host knows the owner of a token by the token
	Secret keyring.Secret
	Source string // for people: "GH_TOKEN", "git credential"; never a value

	// Accepted and Refused tell the source what came of it: that the server let
	// us in for the first time, or answered 401. Either may be nil.
	Accepted, Refused func(context.Context)
}

// Source gives its login for an http URL, and the zero Login if it has none.
// The URL names the user where the remote's URL or credential.username does,
// and never holds a password. An error ends the attempt to log in: a person
// left, or the context ended.
type Source func(ctx context.Context, url string) (Login, error)

// maxLogins is how many logins are tried on a remote: one may be mistyped, or
// out of date. More would lock an account.
const maxLogins = 2

// logins are what one remote knows of who we are there. The first request goes
// out without a login, as git's does: what is public needs none. At a 401 the
// sources are asked in their order. What was accepted is kept for the life of
// the remote, so that a person is asked once, whoever else waits for the answer.
type logins struct {
	turn    chan struct{} // held while a source is asked
	sources []Source      // those not asked yet
	now     Login         // given out last: sent until it is refused
	known   bool          // now was accepted
	refused []Login
	tried   []string // the sources of the logins that were sent
	failed  error    // of a source: nothing is asked after it
}

func newLogins(first Login, sources []Source) *logins {
	l := &logins{turn: make(chan struct{}, 1), sources: sources, now: first}
	if !first.Secret.IsZero() {
		l.tried = []string{first.Source}
	}
	return l
}

func (l *logins) lock(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *logins) unlock() { <-l.turn }

// turn waits until no source is being asked: whoever holds it may be before a person.
func (m *Remote) turn(ctx context.Context) (*logins, error) {
	return m.logins, m.person(ctx, m.logins.lock)
}

// current is the login to begin with: the zero Login while nobody asked for one.
func (m *Remote) current(ctx context.Context) (Login, error) {
	l, err := m.turn(ctx)
	if err != nil {
		return Login{}, err
	}
	defer l.unlock()
	return l.now, nil
}

// next gives the login to try after a 401 to the one that was used. The zero
// Login says that none is left.
func (m *Remote) next(ctx context.Context, used Login) (Login, error) {
	l, err := m.turn(ctx)
	if err != nil {
		return Login{}, err
	}
	defer l.unlock()
	if !l.now.Secret.IsZero() && !l.now.equal(used) {
		return l.now, nil // somebody asked meanwhile
	}
	m.refuse(ctx, used)
	for len(l.refused) < maxLogins && len(l.sources) > 0 {
		login, err := m.askSource(ctx, l.sources[0])
		switch {
		case ctx.Err() != nil:
			return Login{}, ctx.Err() // not the source's doing: it is asked again
		case err != nil:
			l.failed, l.sources = err, nil
			return Login{}, nil
		}
		l.sources = l.sources[1:]
		if !login.Secret.IsZero() && !slices.ContainsFunc(l.refused, login.equal) {
			l.now, l.known, l.tried = login, false, append(l.tried, login.Source)
			return login, nil
		}
	}
	return Login{}, nil
}

func (m *Remote) askSource(ctx context.Context, source Source) (login Login, err error) {
	err = m.person(ctx, func(ctx context.Context) error {
		login, err = source(ctx, m.askedURL())
		return err
	})
	return login, err
}

func (m *Remote) refuse(ctx context.Context, used Login) {
	l := m.logins
	if used.Secret.IsZero() || slices.ContainsFunc(l.refused, used.equal) {
		return
	}
	l.refused = append(l.refused, used)
	l.now, l.known = Login{}, false
	m.tell(ctx, used.Refused)
}

// accept notes that the server let a login in.
func (m *Remote) accept(ctx context.Context, used Login) {
	if used.Secret.IsZero() {
		return
	}
	l, err := m.turn(ctx)
	if err != nil {
		return
	}
	defer l.unlock()
	if !l.known && l.now.equal(used) {
		l.known = true
		m.tell(ctx, used.Accepted)
	}
}

// tell lets a source know what came of its login. What it does with that may
// take a person's time too.
func (m *Remote) tell(ctx context.Context, f func(context.Context)) {
	if f == nil {
		return
	}
	_ = m.person(ctx, func(ctx context.Context) error {
		f(ctx)
		return nil
	})
}

// equal tells two logins apart without showing either.
func (l Login) equal(other Login) bool {
	return keyring.Same(l.Secret, other.Secret) && first(l.User, anyUser) == first(other.User, anyUser)
}

// anyUser stands where a host wants some user name beside a token.
const anyUser = "git"

// askedURL is what the sources are asked for: without a secret, and with the
// user where one is named.
func (m *Remote) askedURL() string {
	if m.web.user == "" {
		return m.URL()
	}
	return strings.Replace(m.URL(), "://", "://"+url.User(m.web.user).String()+"@", 1)
}

// lockedOut is the error for who was not let in.
func (s *httpSession) lockedOut(resp *http.Response, text string) error {
	e := &AuthError{Host: s.remote.place(), Status: resp.StatusCode, Text: text, Kind: kindOf("", text)}
	e.Missing = s.login.Secret.IsZero() && !s.remote.web.logsIn()
	if resp.StatusCode != http.StatusUnauthorized {
		return e
	}
	l, err := s.remote.turn(resp.Request.Context())
	if err != nil {
		return e
	}
	defer l.unlock()
	e.Tried, e.Missing, e.Err = slices.Clone(l.tried), e.Missing && len(l.refused) == 0, l.failed
	if !takesBasic(resp) {
		e.Err = errNoBasic
	}
	return e
}

// errNoBasic says that a server wants what we do not speak, Kerberos for one.
var errNoBasic = errors.New("it takes neither a password nor a token, only what git itself may speak (Negotiate, NTLM, Digest)")

// takesBasic reads what a server asks for. One that names nothing is tried.
func takesBasic(resp *http.Response) bool {
	asks := resp.Header.Values("WWW-Authenticate")
	return len(asks) == 0 || slices.ContainsFunc(asks, func(v string) bool {
		return strings.Contains(strings.ToLower(v), "basic")
	})
}
