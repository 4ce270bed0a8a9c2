package gitops

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// clock is the deadline of one operation. It stands still while a person is
// asked: who looks for a token is not a slow server. As a context it ends with
// context.DeadlineExceeded, or as its parent does.
type clock struct {
	context.Context
	done chan struct{}

	mu      sync.Mutex
	err     error
	timer   *time.Timer
	running time.Time     // since when; zero: it stands
	left    time.Duration // when it was last started
	stopped int           // how many wait for a person
}

type clockKey struct{}

// startClock limits ctx. The cancel function must be called.
func startClock(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	c := &clock{Context: ctx, done: make(chan struct{}), left: limit, running: time.Now()}
	c.mu.Lock() // the timer may fire before it has its name
	c.timer = time.AfterFunc(limit, c.expire)
	c.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { c.end(ctx.Err()) })
	return c, func() {
		stop()
		c.end(context.Canceled)
	}
}

// expire is the timer's. It may fire while it is being stopped.
func (c *clock) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped == 0 {
		c.finish(context.DeadlineExceeded)
	}
}

func (c *clock) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(err)
}

func (c *clock) finish(err error) {
	if c.err == nil {
		c.err = err
		c.timer.Stop()
		close(c.done)
	}
}

// Done is closed when the operation is over.
func (c *clock) Done() <-chan struct{} { return c.done }

// Err says why it is over.
func (c *clock) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Deadline tells none: it may still move.
func (c *clock) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value finds the clock itself, whatever was wrapped around it.
func (c *clock) Value(key any) any {
	if key == (clockKey{}) {
		return c
	}
	return c.Context.Value(key)
}

func (c *clock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped++; c.stopped == 1 {
		c.timer.Stop()
		c.left -= time.Since(c.running)
	}
}

func (c *clock) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped--; c.stopped == 0 && c.err == nil {
		c.running, c.left = time.Now(), max(c.left, 0)
		c.timer.Reset(c.left)
	}
}

// person runs a question to a person, or to a program that may ask one. The
// operation's own deadline stands still meanwhile, and the question has a limit
// of its own: RemoteOptions.PersonTime.
func (m *Remote) person(ctx context.Context, ask func(context.Context) error) error {
	if c, ok := ctx.Value(clockKey{}).(*clock); ok {
		c.pause()
		defer c.resume()
	}
	limited, done := context.WithTimeout(ctx, m.options.PersonTime)
	defer done()
	err := ask(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("nobody answered within %s: %w", m.options.PersonTime, limited.Err())
	}
	return err
}
