package gittest

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Phase is what a request is for.
type Phase int

// The phases in which a fault can strike. A push is Prepare, then Push; a fetch
// is List, then Fetch.
const (
	Push    Phase = iota // the command and its pack
	Prepare              // the list before a push
	List                 // the list for readers
	Fetch                // the pack for readers
)

// Fault breaks one exchange. Those that come from the functions below strike a
// Push; On turns them to another phase.
type Fault struct {
	on  Phase
	act func(*exchange)
}

// On gives the same fault for another phase.
func (f Fault) On(p Phase) Fault {
	f.on = p
	return f
}

// Faults queues faults. Each strikes the next request of its phase, once.
func (s *Server) Faults(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f...)
}

func (s *Server) nextFault(p Phase) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.on == p })
	if i < 0 {
		return Fault{}, false
	}
	f := s.faults[i]
	s.faults = slices.Delete(s.faults, i, i+1)
	return f, true
}

// CutRequest reads n bytes of the request's body and resets the connection.
func CutRequest(n int64) Fault {
	return Fault{act: func(x *exchange) {
		_, _ = io.CopyN(io.Discard, x.r.Body, n)
		x.reset()
	}}
}

// CutAnswer does the work, sends n bytes of the answer's body and hangs up.
func CutAnswer(n int) Fault {
	return Fault{act: func(x *exchange) { x.cut(x.serve(), n) }}
}

// Silent takes the request and says nothing until the client leaves.
func Silent() Fault { return Fault{act: (*exchange).leave} }

// SilentAfter does the work and says nothing until the client leaves.
func SilentAfter() Fault {
	return Fault{act: func(x *exchange) {
		x.serve()
		x.leave()
	}}
}

// ResetAfter does the work and resets the connection.
func ResetAfter() Fault {
	return Fault{act: func(x *exchange) {
		x.serve()
		x.reset()
	}}
}

// NoReport does the work and answers without a report.
func NoReport() Fault {
	return Fault{act: func(x *exchange) {
		x.mute = true
		x.write(x.serve())
	}}
}

// Status answers with a status and does nothing. A 429 wishes for seven seconds.
func Status(code int, text string) Fault {
	return Fault{act: func(x *exchange) {
		_, _ = io.Copy(io.Discard, x.r.Body)
		if code == http.StatusTooManyRequests {
			x.w.Header().Set("Retry-After", strconv.Itoa(7))
		}
		x.write(plain(code, text))
	}}
}

// StatusAfter does the work and answers with a status: a proxy that lost
// patience.
func StatusAfter(code int) Fault {
	return Fault{act: func(x *exchange) {
		x.serve()
		x.write(plain(code, http.StatusText(code)))
	}}
}

// Empty answers 200 with the right type and not a byte.
func Empty() Fault {
	return Fault{act: func(x *exchange) {
		_, _ = io.Copy(io.Discard, x.r.Body)
		kind := "-result"
		if x.phase == List || x.phase == Prepare {
			kind = "-advertisement"
		}
		x.write(answer{http.StatusOK, "application/x-" + x.service + kind, nil})
	}}
}

// HTML answers 200 with a page, as a captive portal does.
func HTML() Fault {
	return Fault{act: func(x *exchange) {
		_, _ = io.Copy(io.Discard, x.r.Body)
		x.write(answer{http.StatusOK, "text/html", []byte("<html><title>Welcome</title>Please log in.</html>\n")})
	}}
}

// Redirect sends the client to another URL, keeping path and query.
func Redirect(code int, to string) Fault {
	return Fault{act: func(x *exchange) {
		http.Redirect(x.w, x.r, strings.TrimSuffix(to, "/")+x.r.URL.RequestURI(), code)
	}}
}

// Decline lets the pre-receive hook say no, with this text on the side band.
func Decline(text string) Fault {
	return Fault{act: func(x *exchange) {
		x.decline = text
		x.write(x.serve())
	}}
}

// Between runs f before the command is carried out: after the client saw the
// list, so that it acts on a world that is gone.
func Between(f func()) Fault {
	return Fault{act: func(x *exchange) {
		f()
		x.write(x.serve())
	}}
}

// Progress sends lines on the side band, one at a time, before the answer. They
// go out raw: put in what a hostile host would.
func Progress(every time.Duration, lines ...string) Fault {
	return Fault{act: func(x *exchange) {
		a := x.serve()
		x.head(a)
		for _, line := range lines {
			_, _ = io.WriteString(x.w, banded(2, line+"\n"))
			_ = http.NewResponseController(x.w).Flush()
			select {
			case <-x.r.Context().Done():
				return
			case <-time.After(every):
			}
		}
		_, _ = x.w.Write(a.body)
	}}
}
