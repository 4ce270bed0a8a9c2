package ci

import (
	"math"
	"time"
)

// The pace of watches. A look comes when it has been quiet for a fixed part longer
// than at the look before: so what happens soon after a change, as it mostly does,
// is seen soon, and an hour of looks from ten seconds on costs about hourly
// requests, whatever one look costs. After some twenty minutes looks come evenly,
// and after that hour, which has used most of its requests, more often.
const (
	hourly   = 26                 // requests of the first quiet hour, the first look among them; rounding and the even looks make it at most 30
	stretch  = 360                // an hour, in units of ten seconds
	slowest  = 6 * time.Minute    // between looks in the first hour, for each request that one costs
	even     = 144 * time.Second  // and then
	maxDelay = 3600 * time.Second // between looks, whatever they cost
)

// rhythm says when a watch may ask. It is guarded by its Polite.
type rhythm struct {
	changed time.Time // when an answer was last another one
	looked  time.Time // when a watch last asked
	cost    int       // how many requests that took
}

// look says whether a watch may ask at t, and begins the look if it may.
func (r *rhythm) look(t time.Time) bool {
	turned := t.Before(r.looked) || t.Before(r.changed) // the clock was
	if !turned && t.Sub(r.looked) < r.pause() {
		return false
	}
	r.looked, r.cost = t, 0
	return true
}

// pause is how long after the last look the next one comes.
func (r *rhythm) pause() time.Duration {
	cost := float64(max(r.cost, 1))
	quiet := r.looked.Sub(r.changed)
	if quiet <= 0 {
		return 0
	}
	growth := math.Pow(stretch, cost/max(hourly-cost, 4)) - 1
	longer := time.Duration(float64(min(quiet, maxDelay)) * growth)
	if quiet > time.Hour {
		return min(time.Duration(cost)*even, maxDelay)
	}
	return min(longer, time.Duration(cost)*slowest)
}

// spend counts a request of a watch.
func (r *rhythm) spend(watch bool) {
	if watch {
		r.cost++
	}
}

// change lets the next looks ask at once.
func (r *rhythm) change(t time.Time) { r.changed = t }
