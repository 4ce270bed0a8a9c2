package ci

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Polite carries the requests of one provider, and so of one token, and is the one
// place where ferry's manners are:
//
//   - What bears an ETag is asked for again only if it has changed.
//   - Nothing is asked before the time that a service named with Retry-After, nor
//     after the last request that it grants, until its budget begins anew: what
//     would be is a RateLimitError.
//   - A Watch, which is a look of somebody who waits, is answered from the last
//     answers most of the time. While nothing changes it asks at most 30 requests
//     an hour, and after an error not before a while that doubles up to 5 minutes.
//     Of a budget that the service names it leaves the last 10 requests to those
//     who are about to act; GitHub grants 60 an hour to an address without a token.
//
// So how late a Watch sees a change grows with the quiet before it: by 27 % of that
// where a look is one request, as of Travis, and by 64 % where it is two, as of
// GitHub with one run (the runs, and the jobs of each). It is never more than 6
// minutes for each request of a look, and after an hour of quiet 144 seconds. A
// change that was seen lets the next looks ask at once.
type Polite struct {
	next http.RoundTripper

	mu     sync.Mutex
	seen   memory
	rhythm rhythm
	budget Budget
	hold   time.Time // nothing is asked before
	good   time.Time // when the last answer came that made sense

	fails int
	why   error     // the last error, until an answer makes sense again
	retry time.Time // no watch asks before
}

const (
	reserve    = 10               // requests of a budget that a watch leaves to those who act
	firstRetry = 10 * time.Second // after an error, doubled with each further one
	lastRetry  = 5 * time.Minute
	shyness    = time.Minute // for a service that limits the rate and does not say how long
)

// NewPolite carries requests over next; over http.DefaultTransport if it is nil.
func NewPolite(next http.RoundTripper) *Polite {
	if next == nil {
		next = http.DefaultTransport
	}
	return &Polite{next: next}
}

// PoliteClient is a client like c, nil for the plain one, with manners. It follows
// no redirect, so that no header travels to another place.
func PoliteClient(c *http.Client) (*http.Client, *Polite) {
	out := http.Client{}
	if c != nil {
		out = *c
	}
	p := NewPolite(out.Transport)
	out.Transport = p
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &out, p
}

// Budget is what the last answer said of the service's budget.
func (p *Polite) Budget() Budget {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.budget
}

// LastAnswer is when the last answer came that made sense; zero before the first.
func (p *Polite) LastAnswer() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.good
}

// RoundTrip answers a request, for a watch from memory where that will do.
func (p *Polite) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := p.held(); err != nil {
		return nil, err
	}
	w := watchOf(r.Context())
	if w != nil && r.Method == http.MethodGet && !w.decided(p, p.mayAsk) {
		if res, err := p.last(r, w); res != nil || err != nil {
			return res, err
		}
	}
	old := p.asking(r, w != nil)
	res, err := p.next.RoundTrip(conditional(r, old))
	if err != nil {
		p.failed(err)
		return nil, err
	}
	return p.answered(r, old, res), nil
}

// held is the error of a service that wants to be left alone.
func (p *Polite) held() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch t := now(); {
	case p.budget.Limit > 0 && p.budget.Left == 0 && t.Before(p.budget.Reset):
		return &RateLimitError{Until: p.budget.Reset}
	case t.Before(p.hold):
		return &RateLimitError{Until: p.hold}
	}
	return nil
}

// mayAsk decides for a watch.
func (p *Polite) mayAsk() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := now()
	scarce := p.budget.Limit > 0 && p.budget.Left < reserve+p.rhythm.cost && t.Before(p.budget.Reset)
	return !t.Before(p.retry) && !scarce && p.rhythm.look(t)
}

// last gives what the last look was given. Neither an answer nor an error means
// that there is none.
func (p *Polite) last(r *http.Request, w *Watch) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.seen.get(r)
	switch {
	case p.why != nil:
		return nil, p.why
	case a == nil:
		return nil, nil
	}
	w.again(a.at)
	return a.response(r), nil
}

func (p *Polite) asking(r *http.Request, watch bool) *answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rhythm.spend(watch)
	return p.seen.get(r)
}

// failed lets watches wait. Whoever asked may have left; that is no failure.
func (p *Polite) failed(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := min(firstRetry<<min(p.fails, 10), lastRetry)
	pause = pause/2 + rand.N(pause/2) // so that many who wait do not come back together
	p.fails, p.why, p.retry = p.fails+1, err, now().Add(pause)
}

// answered takes in what an answer says, and hands it on.
func (p *Polite) answered(r *http.Request, old *answer, res *http.Response) *http.Response {
	p.counted(res)
	switch s := res.StatusCode; {
	case s == http.StatusNotModified && old != nil:
		_ = res.Body.Close()
		res = old.confirmed(res)
	case s == http.StatusTooManyRequests, s == http.StatusForbidden && limited(res):
		p.leave(res)
		return res
	case s >= http.StatusInternalServerError:
		p.failed(&UnreachableError{Status: s, Err: errors.New(res.Status)})
		return res
	}
	a, err := kept(res)
	if err != nil {
		p.failed(err)
		return res
	}
	p.took(r, old, a)
	return res
}

// counted reads the budget, and tells its end by our clock.
func (p *Polite) counted(res *http.Response) {
	b := BudgetOf(res.Header)
	if b.Limit == 0 {
		return
	}
	b.Reset = onOurClock(b.Reset, res)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.budget = b
}

// leave keeps away until the service wants to be asked again.
func (p *Polite) leave(res *http.Response) {
	until := RetryAt(res)
	if until.IsZero() {
		until = now().Add(shyness)
	} else {
		until = onOurClock(until, res)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = until
}

// took remembers an answer that made sense. a is nil for one that is too long, or
// that belongs to this moment alone.
func (p *Polite) took(r *http.Request, old, a *answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.good, p.fails, p.why, p.retry = now(), 0, nil, time.Time{}
	switch {
	case r.Method != http.MethodGet:
		p.rhythm.change(now()) // it was we who changed something
	case a != nil:
		if old == nil || !old.same(a) {
			p.rhythm.change(now())
		}
		p.seen.put(r, a)
	}
}

// onOurClock is a moment that a server named, whose clock may be another.
func onOurClock(t time.Time, res *http.Response) time.Time {
	date, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil || t.IsZero() {
		return t
	}
	return now().Add(t.Sub(date))
}

// now is the wall clock alone: ages must grow while the machine sleeps.
func now() time.Time { return time.Now().Round(0) }
