package ui

import (
	"context"
	"sync"
	"time"

	"ferry/flow"
	"ferry/ui/widget"
)

// every is how often a growing log reaches the screen.
const every = 250 * time.Millisecond

// logMsg brings the lines of a job's log that came since the last one.
type logMsg struct {
	job     string
	turn    int // which following of it; what an earlier one still sends is dropped
	skipped int // lines before these that are not kept
	lines   []string
	ended   bool
	err     error
}

// follow sends the log of a job until it ends or another one is followed.
func (d *driver) follow(s *Session, job string, turn int) {
	d.tail()
	ctx, cancel := context.WithCancel(d.ctx)
	d.tail = cancel
	go func() {
		defer cancel()
		c := &collector{}
		end := make(chan error, 1)
		go func() { end <- guarded(func() error { return s.Follow(ctx, job, c.add) }) }()
		d.pump(ctx, c, logMsg{job: job, turn: turn}, end)
	}()
}

func (d *driver) pump(ctx context.Context, c *collector, msg logMsg, end <-chan error) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if msg.skipped, msg.lines = c.take(); len(msg.lines) > 0 {
				d.send(msg)
			}
		case msg.err = <-end:
			msg.ended = true
			msg.skipped, msg.lines = c.take()
			d.send(msg)
			return
		}
	}
}

// collector keeps the newest lines between two redraws, so that a burst costs
// the screen no more than a trickle does.
type collector struct {
	mu    sync.Mutex
	lines []string
	next  int
	count int
}

func (c *collector) add(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	if len(c.lines) < widget.LogLines {
		c.lines = append(c.lines, s)
		return
	}
	c.lines[c.next] = s
	c.next = (c.next + 1) % len(c.lines)
}

// take empties the collector. Only what is kept is made visible.
func (c *collector) take() (skipped int, out []string) {
	c.mu.Lock()
	raw, at, count := c.lines, c.next, c.count
	c.lines, c.next, c.count = nil, 0, 0
	c.mu.Unlock()
	for i := range raw {
		out = append(out, logLine(raw[(at+i)%len(raw)], maxLogLine)...)
	}
	return count - len(raw), out
}

// maxLogLine bounds one line of a log, in bytes: more than any screen is wide.
const maxLogLine = 4096

var _ flow.Log = (*collector)(nil).add
