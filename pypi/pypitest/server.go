// Package pypitest is an index on loopback that speaks the real protocols: the
// legacy upload API with PyPI's rules, texts and order of checks, the simple
// index in JSON and HTML, the JSON API, and the files.
//
// A Server is an http.Handler. Time passes by Options.Now only; each surface
// may lag behind the world, as caches make the real ones do; and Fault queues
// the bad answers that real networks give. Tests and the program's own world
// of practice use it alike, so it does not know package testing.
package pypitest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// The surfaces, as keys of Options.Lag and Options.MaxAge.
const (
	Simple = "simple"
	JSON   = "json"
	Files  = "files"
)

// Options says what the index is like. The zero value is PyPI, without users.
type Options struct {
	Tokens  map[string][]string      // token → names of projects it may upload to; "*" is all, and new ones
	MaxAge  map[string]int           // seconds that Simple and JSON let caches keep an answer; 600 and 900 if not set
	Lag     map[string]time.Duration // how far a surface shows the past
	MaxFile int64                    // largest upload; 100 MiB if 0
	User    string                   // owner of the tokens, in messages and roles; "maintainer" if ""
	Spoilt  map[string]string        // token → what is wrong with it: Expired, …
	NoJSON  bool                     // the index has no JSON API, like most private ones
	HTML    bool                     // the index has no JSON simple pages, like the oldest ones
	Now     func() time.Time         // time.Now if nil

	Prohibited []string // names that administrators keep back
	MaxProject int64    // bytes of one project; 10 GiB if 0
	MaxNew     int      // new projects in an hour; 20 if 0

	Issuers  map[string]Keys // of CI's identities: with them the index has trusted publishing
	Audience string          // whom those identities must be for; "pypi" if ""
}

// Server is one index. It is safe for concurrent use.
type Server struct {
	opt Options
	mux *http.ServeMux

	mu     sync.Mutex
	world  world
	log    []Upload
	faults []*Fault
	mode   Mode
	races  []string             // normalised names that somebody else is about to take
	made   []time.Time          // new projects of the last hour
	frozen map[string]time.Time // surface → whose copy it shows

	publishers, pending []trustedBy
	minted              map[string]minted // by token
	used                []string          // ids of identities: each is good for one token
}

// New makes an empty index.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxFile == 0 {
		o.MaxFile = 100 << 20
	}
	if o.MaxProject == 0 {
		o.MaxProject = 10 << 30
	}
	if o.MaxNew == 0 {
		o.MaxNew = 20
	}
	if o.User == "" {
		o.User = "maintainer"
	}
	if o.Audience == "" {
		o.Audience = "pypi"
	}
	s := &Server{opt: o, mux: http.NewServeMux(), world: newWorld(), frozen: map[string]time.Time{}, minted: map[string]minted{}}
	s.trustRoutes()
	s.mux.HandleFunc("/legacy", s.noSlash)
	s.mux.HandleFunc("/legacy/{$}", s.legacy)
	s.mux.HandleFunc("POST /pypi", s.moved)
	s.mux.HandleFunc("POST /pypi/{$}", s.moved)
	s.mux.HandleFunc("GET /simple/{name}/{$}", s.simple)
	s.mux.HandleFunc("GET /simple/{name}", s.addSlash)
	s.mux.HandleFunc("GET /pypi/{name}/json", s.projectJSON)
	s.mux.HandleFunc("GET /pypi/{name}/{version}/json", s.releaseJSON)
	s.mux.HandleFunc("GET /packages/{a}/{b}/{c}/{file}", s.file)
	s.mux.HandleFunc("GET /integrity/{name}/{version}/{file}/provenance", s.provenance)
	s.mux.HandleFunc("GET /project/{name}/{$}", s.projectPage)
	s.mux.HandleFunc("GET /project/{name}/{version}/{$}", s.projectPage)
	return s
}

// ServeHTTP answers a request, or gives the fault that waits for its path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f := s.fault(r.URL.Path); f != nil {
		f.serve(s.mux, w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// addSlash is the edge in front of PyPI: it sends Go's own user agent away.
func (s *Server) addSlash(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.UserAgent(), "Go-http-client/") {
		http.Error(w, "406 Not Acceptable", http.StatusNotAcceptable)
		return
	}
	http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
}

// base is the address under which the client sees the index.
func base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
