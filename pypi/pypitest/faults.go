package pypitest

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Fault is one bad answer. Without any of the kinds it is a plain 500.
type Fault struct {
	Path  string // prefix of the paths it waits for
	Times int    // how often it comes; 0 is once, below 0 for ever

	Status  int                 // with this status, and Body
	Body    string              // HTML, if it begins with "<", else plain text
	Header  map[string]string   // also sent, e.g. Retry-After
	Cut     int                 // the true answer, but the line is cut after so many bytes of the body
	Flood   int64               // so many bytes of nonsense, as JSON
	Silent  bool                // nothing at all, until the client leaves
	Trickle time.Duration       // the true answer, a byte at a time, with this pause between
	Mangle  func([]byte) []byte // the true answer with another body: wrong hashes, wrong bytes, wrong types
}

// WrongHashes is a Mangle for pages: every sha256 on it is another file's.
func WrongHashes(page []byte) []byte {
	return sha256Hex.ReplaceAllFunc(page, func(m []byte) []byte {
		last := len(m) - 1
		m[last] = "1032547698badcfe"[strings.IndexByte("0123456789abcdef", m[last])]
		return m
	})
}

var sha256Hex = regexp.MustCompile(`sha256["=:]+[0-9a-f]{64}`)

// WrongBytes is a Mangle for files: one bit is another.
func WrongBytes(file []byte) []byte {
	if len(file) > 0 {
		file[len(file)-1] ^= 1
	}
	return file
}

// Fault queues faults. The first whose path fits is served in place of the truth.
func (s *Server) Fault(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		s.faults = append(s.faults, &f)
	}
}

// ClearFaults forgets those that wait.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) fault(path string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !strings.HasPrefix(path, f.Path) {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return f
	}
	return nil
}

func (f *Fault) serve(truth http.Handler, w http.ResponseWriter, r *http.Request) {
	for k, v := range f.Header {
		w.Header().Set(k, v)
	}
	switch {
	case f.Silent:
		_, _ = io.Copy(io.Discard, r.Body) // only then is the client's leaving noticed
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.Flood > 0:
		w.Header().Set("Content-Type", simpleJSON)
		_, _ = io.Copy(w, io.LimitReader(spaces{}, f.Flood))
	case f.Cut > 0 || f.Trickle > 0 || f.Mangle != nil:
		f.bend(truth, w, r)
	default:
		f.refuse(w)
	}
}

func (f *Fault) refuse(w http.ResponseWriter) {
	status, kind := f.Status, "text/plain; charset=utf-8"
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if strings.HasPrefix(f.Body, "<") {
		kind = "text/html; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, f.Body)
}

// bend takes the true answer and spoils its body, which must be sent whole for
// that, and no longer is what its tag says.
func (f *Fault) bend(truth http.Handler, w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	r.Header.Del("If-None-Match")
	kept := recorder{header: w.Header(), status: http.StatusOK}
	truth.ServeHTTP(&kept, r)
	body := kept.body.Bytes()
	if f.Mangle != nil {
		body = f.Mangle(body)
		w.Header().Del("ETag")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(kept.status)
	if f.Trickle > 0 {
		f.trickle(w, r, body)
		return
	}
	if f.Cut > 0 && f.Cut < len(body) {
		_, _ = w.Write(body[:f.Cut])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // the server closes the line
	}
	_, _ = w.Write(body)
}

func (f *Fault) trickle(w http.ResponseWriter, r *http.Request, body []byte) {
	tick := time.NewTicker(f.Trickle)
	defer tick.Stop()
	for i := range body {
		_, _ = w.Write(body[i : i+1])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// recorder keeps an answer back. (The one in net/http/httptest would bring its
// command-line flag into the program.)
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// spaces is an endless body that every JSON reader would read to its end.
type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}
