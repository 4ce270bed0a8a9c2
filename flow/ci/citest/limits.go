package citest

import (
	"net/http"
	"strconv"
	"time"
)

// What GitHub grants an hour: to an address without a token, and to a token.
const (
	grantNameless = 60
	grantToken    = 5000
)

// limits counts the requests of this hour.
type limits struct {
	reset           time.Time
	nameless, token int
}

// spend counts a request and writes its headers; ok if it is still granted. The
// caller holds the lock.
func (l *limits) spend(w http.ResponseWriter, r *http.Request, now time.Time) (ok bool) {
	if !now.Before(l.reset) {
		*l = limits{reset: now.Add(time.Hour).Truncate(time.Second)}
	}
	used, limit := &l.nameless, grantNameless
	if r.Header.Get("Authorization") != "" {
		used, limit = &l.token, grantToken
	}
	ok = *used < limit
	if ok {
		*used++
	}
	for k, n := range map[string]int64{"Limit": int64(limit), "Remaining": int64(limit - *used), "Used": int64(*used), "Reset": l.reset.Unix()} {
		w.Header().Set("X-RateLimit-"+k, strconv.FormatInt(n, 10))
	}
	w.Header().Set("X-RateLimit-Resource", "core")
	return ok
}

// unspent takes back the last request of a token: that nothing has changed costs
// it nothing. The caller holds the lock.
func (l *limits) unspent(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "" {
		return
	}
	l.token--
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(grantToken-l.token))
	w.Header().Set("X-RateLimit-Used", strconv.Itoa(l.token))
}

// counted counts every request to an API, whatever comes of it.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked++
		s.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// Asked is how many requests the APIs have had.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}
