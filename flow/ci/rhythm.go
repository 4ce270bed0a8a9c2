package ci

import "time"

// The pace of watches while nothing changes: so many requests at once, and one
// more each pace. Together they are never more than 30 in an hour.
const (
	burst = 8
	pace  = time.Hour / 22
)

// rhythm says when a watch may ask. It is guarded by its Polite.
type rhythm struct {
	tokens  float64   // how many requests may be made at once
	filled  time.Time // when tokens was right
	changed time.Time // when an answer was last another one
	looked  time.Time // when a watch last asked
	cost    int       // how many requests that took
}

// look says whether a watch may ask at t, and begins the look if it may. The
// longer nothing has changed the longer the pauses: half of the quiet before.
func (r *rhythm) look(t time.Time) bool {
	r.fill(t)
	pause := min(r.looked.Sub(r.changed)/2, pace)
	turned := t.Before(r.looked) || t.Before(r.changed) // the clock was
	if !turned && (r.tokens < float64(min(max(r.cost, 1), burst)) || t.Sub(r.looked) < pause) {
		return false
	}
	r.looked, r.cost = t, 0
	return true
}

// spend counts a request. Those of a watch are owed when there are too few; what
// others ask for must not keep a watch waiting for longer than it said.
func (r *rhythm) spend(t time.Time, watch bool) {
	r.fill(t)
	if r.tokens--; watch {
		r.cost++
	} else {
		r.tokens = max(r.tokens, 0)
	}
}

// change lets the next looks ask at once.
func (r *rhythm) change(t time.Time) { r.changed, r.tokens = t, burst }

func (r *rhythm) fill(t time.Time) {
	if !r.filled.IsZero() && t.After(r.filled) {
		r.tokens = min(burst, r.tokens+float64(t.Sub(r.filled))/float64(pace))
	}
	r.filled = t
}
