// Package citest is a CI service on loopback. One Server speaks the API of
// Travis CI (version 3) and the routes of GitHub that ferry uses, strictly: what
// the real services refuse, it refuses.
//
// It reacts to pushes as they do. Push starts the builds that the CI files of
// the commit ask for; a Script says which jobs they have, how long they take,
// what they print and how they end. A job that publishes really builds a source
// distribution and a wheel from the commit's files and really uploads them. The
// same commit gives the same bytes.
//
// AddBuild puts builds there that have already happened, Fault lets answers go
// wrong, and Suite is what every provider must pass.
package citest

import (
	"context"
	"crypto/rsa"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"ferry/flow/ci"
	"ferry/keyring"
)

// Options make a server.
type Options struct {
	Slug        string                          // owner/name of the repository
	Checkout    func(sha string) (fs.FS, error) // nil: no commit has files, and no push starts anything
	Tip         func(ref string) string         // what the host has at a ref; nil is what pushes told
	UploadURL   string                          // where publishing jobs upload to
	Uploads     map[string]string               // other places, by the index that a CI file names
	UploadToken keyring.Secret
	// Identity signs what jobs of GitHub and GitLab say of themselves: with it those
	// that publish without a stored token ask the index to trust them (Issuers), and
	// the others go on with UploadToken.
	Identity *rsa.PrivateKey
	Token    keyring.Secret // what clients of the API must send; zero admits everybody
	UI       string         // of the pages for people
	OnGitea  bool           // the git host is a Gitea, whose Actions run the workflows
	Script   Script
	HTTP     *http.Client // of the jobs
	// Tag gives the commit of a tag of the remote, and makes a lightweight one at a
	// commit or branch where it is absent: what publishing a release does. With an
	// empty target it only looks, and gives "" for a tag that is absent. Nil keeps
	// the tags in the server itself, which knows of refs by the pushes alone.
	Tag func(tag, target string) (sha string, made bool, err error)
	// Command runs what a step of a QuickBuild configuration runs; nil does nothing.
	Command func(ctx context.Context, line string) error

	Now   func() time.Time                 // time.Now if nil
	After func(d time.Duration, f func())  // time.AfterFunc if nil; must not call f before it returns
	Log   func(format string, args ...any) // hears of what goes wrong inside; nil drops it
}

// Server is the service. Its methods may be called from any goroutine.
type Server struct {
	o    Options
	stop stopped

	mu     sync.Mutex
	refs   map[string]string // what the remote has, as pushes told
	builds []*build          // in the order of their creation
	lastID int64
	faults []Fault
	hosted Hosted
	heard  []Request // by Travis, the oldest first
	asked  int       // requests to the APIs
	limits limits    // of GitHub

	rulesets     []Ruleset
	environments []Environment
	pulls        []Pull
	releases     []Release
	kept         []keptArtifact

	publishing sync.Mutex // one release after the other; never taken under mu

	lab  gitlabSide
	side travisSide
	ones []quickBuildOne

	jobs sync.WaitGroup // what runs at this moment
}

// New makes a server that has seen nothing yet.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Checkout == nil {
		o.Checkout = func(string) (fs.FS, error) { return nil, fs.ErrNotExist }
	}
	if o.After == nil {
		o.After = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: time.Minute}
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.UI == "" {
		o.UI = "https://ci.example.test"
	}
	return &Server{
		o: o, stop: stopped{make(chan struct{})}, refs: map[string]string{},
		lastID: 700000, faults: append([]Fault(nil), o.Script.Faults...),
	}
}

// Close ends every job and waits until none does anything any more.
func (s *Server) Close() {
	s.mu.Lock()
	if s.stop.Err() == nil {
		close(s.stop.done)
	}
	s.mu.Unlock()
	s.jobs.Wait()
}

// later runs f after a while, unless the server is closed by then.
func (s *Server) later(d time.Duration, f func()) {
	s.o.After(d, func() {
		s.mu.Lock()
		if s.stop.Err() != nil {
			s.mu.Unlock()
			return
		}
		s.jobs.Add(1)
		s.mu.Unlock()
		defer s.jobs.Done()
		f()
	})
}

// SetScript replaces the script; builds that exist keep theirs.
func (s *Server) SetScript(script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Script = script
	s.faults = append(s.faults, script.Faults...)
}

// names are the two parts of the slug.
func (s *Server) names() (owner, name string) {
	owner, name, _ = strings.Cut(s.o.Slug, "/")
	return owner, name
}

// id gives the next number. The caller holds the lock.
func (s *Server) id() int64 {
	s.lastID++
	return s.lastID
}

// find gives a build by its id, nil if there is none. The caller holds the lock.
func (s *Server) find(id int64) *build {
	for _, b := range s.builds {
		if b.id == id {
			return b
		}
	}
	return nil
}

// findJob gives a job by its id. The caller holds the lock.
func (s *Server) findJob(id int64) (*build, *job) {
	for _, b := range s.builds {
		for _, j := range b.jobs {
			if j.id == id {
				return b, j
			}
		}
	}
	return nil, nil
}

// Builds gives what the server knows, newest first, for tests to look at.
func (s *Server) Builds() []ci.Build {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []ci.Build
	for i := len(s.builds) - 1; i >= 0; i-- {
		out = append(out, s.builds[i].report())
	}
	return out
}

// Printed is what the jobs of a build have printed so far, for tests to look at.
func (s *Server) Printed(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []byte
	for _, b := range s.builds {
		if strconv.FormatInt(b.id, 10) != id {
			continue
		}
		for _, j := range b.jobs {
			out = append(out, j.log...)
		}
	}
	return string(out)
}

// stopped is a context that ends with the server.
type stopped struct{ done chan struct{} }

func (stopped) Deadline() (time.Time, bool) { return time.Time{}, false }

func (s stopped) Done() <-chan struct{} { return s.done }

func (s stopped) Err() error {
	select {
	case <-s.done:
		return http.ErrServerClosed
	default:
		return nil
	}
}

func (stopped) Value(any) any { return nil }
