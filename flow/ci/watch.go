package ci

import (
	"context"
	"sync"
	"time"
)

// Watch is one look of somebody who waits and looks again and again. While
// nothing changes, most of such looks are answered from the last one: services
// must not be asked as often as a screen is drawn. Each service decides once a
// look, so that its answers are of the same age.
type Watch struct {
	mu     sync.Mutex
	asks   map[*Polite]bool
	oldest time.Time
}

type watchKey struct{}

// Watching begins a look for which an older reading will do. How old it can get
// says Polite. Without it every request is asked for now, and who is about to act
// on the answer leaves it so.
func Watching(ctx context.Context) (context.Context, *Watch) {
	w := &Watch{asks: map[*Polite]bool{}}
	return context.WithValue(ctx, watchKey{}, w), w
}

func watchOf(ctx context.Context) *Watch {
	w, _ := ctx.Value(watchKey{}).(*Watch)
	return w
}

// ReadAt is when the oldest answer that was read again came; zero if all of them
// were asked for in this look.
func (w *Watch) ReadAt() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.oldest
}

// again takes down that an answer of that age was given.
func (w *Watch) again(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.oldest.IsZero() || at.Before(w.oldest) {
		w.oldest = at
	}
}

// decided gives what the service decided for this look, or lets it decide.
func (w *Watch) decided(p *Polite, decide func() bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ask, known := w.asks[p]
	if !known {
		ask = decide()
		w.asks[p] = ask
	}
	return ask
}
