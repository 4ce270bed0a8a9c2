package pypi

import (
	"maps"
	"net/http"
	"sync"
)

// Whoever waits asks for the same pages again and again, and most have not
// changed. What an index said it would know again (its ETag) is kept, so that it
// can answer "not modified" in a few bytes. Nothing is ever taken for an answer
// without asking: each is the index's own, of that moment. A Last-Modified is no
// such mark: two changes in one second have the same.
type pages struct {
	mu   sync.Mutex
	kept map[string]answer // by address and accepted types
}

const (
	maxKept     = 32      // pages; a release has about four
	maxKeptPage = 4 << 20 // bytes of one
)

// condition makes a request one that is answered with 304 if nothing changed.
func (p *pages) condition(req *http.Request) {
	a, ok := p.get(req)
	if !ok {
		return
	}
	req.Header.Set("If-None-Match", a.header.Get("ETag"))
}

func pageKey(req *http.Request) string { return req.URL.String() + "\n" + req.Header.Get("Accept") }

func (p *pages) get(req *http.Request) (answer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.kept[pageKey(req)]
	return a, ok
}

// keep remembers a page that can be asked for again.
func (p *pages) keep(req *http.Request, a answer) {
	if a.header.Get("ETag") == "" || len(a.body) > maxKeptPage {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= maxKept {
		p.kept = map[string]answer{}
	}
	p.kept[pageKey(req)] = a
}

// drop forgets a page, so that the next request brings it whole.
func (p *pages) drop(req *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.kept, pageKey(req))
}

// unchanged is the page that was kept, as old as the index now says it is. What
// the answer says of itself, its age for one, counts before what was said then.
func (p *pages) unchanged(req *http.Request, now answer) (answer, bool) {
	a, ok := p.get(req)
	if !ok || now.url.String() != a.url.String() {
		p.drop(req)
		return now, false
	}
	a.header = maps.Clone(a.header)
	a.header.Del("Age")
	a.header.Del("Date")
	maps.Copy(a.header, now.header)
	a.readAt = now.readAt
	return a, true
}
