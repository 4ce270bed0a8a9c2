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
	hear []func() func()
}

// atInterrupt registers what takes note at once that a person wants to stop, and
// gives what is to be said of it.
func (c *commands) atInterrupt(f func() (say func())) {
	c.aborts.mu.Lock()
	defer c.aborts.mu.Unlock()
	c.aborts.hear = append(c.aborts.hear, f)
}

func (c *commands) interrupted() (say func()) {
	c.aborts.mu.Lock()
	defer c.aborts.mu.Unlock()
	var all []func()
	for _, f := range c.aborts.hear {
		all = append(all, f())
	}
	return func() {
		for _, f := range all {
			f()
		}
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
			say := c.interrupted()
			cancel(err)
			go say() // standard error may be a pipe that nobody reads; the next signal must be heard
		}
	}()
	return ctx, func() { signal.Stop(ch); close(ch); cancel(nil) }
}
