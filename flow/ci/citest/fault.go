package citest

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// FaultKind is a way in which an answer goes wrong.
type FaultKind string

// The kinds of fault.
const (
	FaultStatus    FaultKind = "status"    // an HTTP status, with the service's error document
	FaultHTML      FaultKind = "html"      // a login page with status 200
	FaultTruncated FaultKind = "truncated" // half of the document
	FaultSilence   FaultKind = "silence"   // no answer until the client gives up
	FaultState     FaultKind = "state"     // every state has a name that nobody knows
)

// Fault lets the next answers go wrong.
type Fault struct {
	Kind   FaultKind
	Status int
	State  string
	Match  string        // only requests whose path holds this
	Times  int           // so many answers; 0 is one, less than 0 all
	After  time.Duration // of a 429: when to come back
}

// Fault queues a fault. Of several that match a request the first one strikes.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// ClearFaults lets everything go right again.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// strike takes the fault that meets a request out of the queue.
func (s *Server) strike(path string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := s.faults[i]
		if !strings.Contains(path, f.Match) {
			continue
		}
		if f.Times == 0 || f.Times == 1 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		} else if f.Times > 1 {
			s.faults[i].Times--
		}
		return f, true
	}
	return Fault{}, false
}

// faulty stands before a handler. refuse writes the service's error document.
func (s *Server) faulty(next http.Handler, refuse func(http.ResponseWriter, int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := s.strike(r.URL.Path)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		switch f.Kind {
		case FaultHTML:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, "<!DOCTYPE html><html><title>Sign in</title></html>")
		case FaultSilence:
			select {
			case <-r.Context().Done():
			case <-s.stop.done:
			}
		case FaultTruncated:
			h := &half{ResponseWriter: w}
			next.ServeHTTP(h, r)
			h.bare()
		case FaultState:
			next.ServeHTTP(w, r.WithContext(withState(r.Context(), f.State)))
		default:
			if f.After > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(f.After.Seconds())))
			}
			refuse(w, f.Status)
		}
	})
}

// half announces a whole document and writes half of it, as a connection that
// breaks does.
type half struct {
	http.ResponseWriter
	status int
	begun  bool
}

// bare sends on, which takes no body: there is no half of it.
func (h *half) bare() {
	if h.status == http.StatusFound && !h.begun {
		h.ResponseWriter.WriteHeader(h.status)
	}
}

func (h *half) WriteHeader(status int) { h.status = status }

func (h *half) Write(b []byte) (int, error) {
	h.begun = true
	h.Header().Set("Content-Length", strconv.Itoa(len(b)))
	h.ResponseWriter.WriteHeader(cmp.Or(h.status, http.StatusOK))
	n, err := h.ResponseWriter.Write(b[:len(b)/2])
	if err != nil {
		return n, err
	}
	return len(b), nil
}
