package sandbox

import (
	"net/http"
	"slices"
	"sync/atomic"
)

// outage is servers that cannot be reached: whoever asks is cut off without an
// answer.
type outage struct {
	servers []string
	paused  atomic.Int32
	over    atomic.Bool
}

// before puts the outage before everything that a caller puts before a server.
func (o *outage) before(wrap Wrap) Wrap {
	return func(server string, h http.Handler) http.Handler {
		h = wrap(server, h)
		if !slices.Contains(o.servers, server) {
			return h
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !o.over.Load() && o.paused.Load() == 0 {
				panic(http.ErrAbortHandler)
			}
			h.ServeHTTP(w, r)
		})
	}
}

// pause lets everything through until it is told otherwise.
func (o *outage) pause() (end func()) {
	o.paused.Add(1)
	return func() { o.paused.Add(-1) }
}

// Restore ends the outage: every server answers again.
func (w *World) Restore() { w.outage.over.Store(true) }
