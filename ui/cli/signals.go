package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"ferry/flow"
)

// aborts are what must still be said when the process ends in the middle.
type aborts struct {
	mu   sync.Mutex
	end  []func(error)
	hear []func()
}

// atInterrupt registers what is to be said at once when a person wants to stop.
func (c *commands) atInterrupt(f func()) {
	c.aborts.mu.Lock()
	defer c.aborts.mu.Unlock()
	c.aborts.hear = append(c.aborts.hear, f)
}

func (c *commands) interrupted() {
	c.aborts.mu.Lock()
	defer c.aborts.mu.Unlock()
	for _, f := range c.aborts.hear {
		f()
	}
}

// atAbort registers last words. They may come together with the ordinary ones.
func (c *commands) atAbort(f func(error)) {
	c.aborts.mu.Lock()
	defer c.aborts.mu.Unlock()
	c.aborts.end = append(c.aborts.end, f)
}

func (c *commands) abort(err error) {
	c.aborts.mu.Lock()
	defer c.aborts.mu.Unlock()
	for _, f := range c.aborts.end {
		f(err)
	}
}

var errSignal = map[os.Signal]error{
	os.Interrupt: flow.ErrInterrupted, syscall.SIGTERM: flow.ErrTerminated, syscall.SIGHUP: flow.ErrTerminated,
}

// interruptible ends the context with the signal as its cause: what is under
// way is seen to its end and told. A second signal leaves at once.
func (c *commands) interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for sig := range ch {
			err := errSignal[sig]
			if errors.Is(context.Cause(ctx), flow.ErrInterrupted) || errors.Is(context.Cause(ctx), flow.ErrTerminated) {
				c.abort(err)
				c.flush()
				os.Exit(flow.ExitCode(err))
			}
			c.interrupted()
			cancel(err)
		}
	}()
	return ctx, func() { signal.Stop(ch); close(ch); cancel(nil) }
}
