// Package gittest is a git host in memory, behind git's smart protocol over
// http: real git clones from it and pushes to it, and so does gitops.
//
// It is strict where a client must be caught: every ref update is compared with
// what the client said was there, under one lock, and refused in git's words.
// It is hostile on request: a Fault breaks one exchange, at a chosen byte if
// need be. And it remembers: Updates is the log against which tests count.
//
// Nothing here needs a git binary.
package gittest

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say what kind of host it is.
type Options struct {
	User, Password string             // both empty: open to everybody
	Hook           func(Update) error // before a push changes a ref: an error declines it, its text is the reason
	OnUpdate       func(Update)       // after a ref changed; called without any lock
	Now            func() time.Time   // nil: time.Now
}

// Update is one change of a ref. Old or New is forty zeros where the ref was
// made or deleted.
type Update struct {
	Repo, Ref, Old, New string
	At                  time.Time
	Pushed              bool   // it came through the protocol, not from SetRef and its kin
	User                string // who pushed, where the host asks
}

// Server is the host: an http.Handler with repositories below /OWNER/REPO.git/.
type Server struct {
	options Options

	mu      sync.Mutex // guards all below
	repos   map[string]*repository
	updates []Update
	faults  []Fault
}

// New makes a host without repositories.
func New(opt Options) *Server {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Server{options: opt, repos: map[string]*repository{}}
}

// ServeHTTP answers one request, or lets the first fault that is meant for it
// answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := s.route(w, r)
	if x == nil {
		http.NotFound(w, r)
		return
	}
	if f, ok := s.nextFault(x.phase); ok {
		f.act(x)
		return
	}
	x.write(x.serve())
}

// The two services, as they stand in URLs.
const (
	uploadPack  = "git-upload-pack"
	receivePack = "git-receive-pack"
)

// route finds out what is asked of which repository.
func (s *Server) route(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{server: s, w: w, r: r}
	for _, known := range []struct {
		method, suffix, service string
		phase                   Phase
	}{
		{http.MethodGet, "/info/refs", uploadPack, List},
		{http.MethodGet, "/info/refs", receivePack, Prepare},
		{http.MethodPost, "/" + uploadPack, uploadPack, Fetch},
		{http.MethodPost, "/" + receivePack, receivePack, Push},
	} {
		path, ok := strings.CutSuffix(r.URL.Path, known.suffix)
		service := known.service
		if known.method == http.MethodGet {
			service = r.URL.Query().Get("service")
		}
		if ok && r.Method == known.method && service == known.service {
			x.path, x.service, x.phase = clean(path), service, known.phase
			return x
		}
	}
	return nil
}

// clean gives the name of a repository: OWNER/REPO without slashes around it
// and without .git.
func clean(path string) string { return strings.TrimSuffix(strings.Trim(path, "/"), ".git") }

func (s *Server) admits(r *http.Request) bool {
	if s.options.User == "" && s.options.Password == "" {
		return true
	}
	user, password, _ := r.BasicAuth()
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	return (s.options.User == "" || same(user, s.options.User)) && same(password, s.options.Password)
}

// Updates is the log of all changes of refs, the oldest first.
func (s *Server) Updates() []Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Update(nil), s.updates...)
}

// note logs changes and tells the listener. The lock must not be held.
func (s *Server) note(updates ...Update) {
	s.mu.Lock()
	s.updates = append(s.updates, updates...)
	s.mu.Unlock()
	if s.options.OnUpdate == nil {
		return
	}
	for _, u := range updates {
		s.options.OnUpdate(u)
	}
}
