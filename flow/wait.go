package flow

import (
	"context"
	"time"
)

// await goes on from what was seen of a node until it is done. Only looking is
// repeated; the attempt never is. Looking counts as waiting: a slow witness must
// not stretch the limits.
func (r *run) await(ctx context.Context, n Node, f Finding) error {
	left := n.Limit
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch {
		case f.Status == Done:
			return nil
		case !goesOn(n, f):
			return problem(n, f)
		case r.NoWait || r.exhausted(n, left):
			return givenUp(n, f)
		}
		began, idle := time.Now(), queued(f)
		if err := pause(ctx, r.interval(n, left)); err != nil {
			return err
		}
		f = r.glance(ctx, n)
		spent := time.Since(began)
		r.waited += spent
		if !idle {
			left -= spent
		}
	}
}

// glance is a look of somebody who waits, for whom a reading of a while ago will
// do. What ends the wait is not left to one that is too old to act on.
func (r *run) glance(ctx context.Context, n Node) Finding {
	f := observe(withPatience(ctx), n.Step)
	if f.Status != Underway && f.Status != Unknown && r.stale(f) {
		return r.look(ctx, n)
	}
	r.saw(n, f)
	return f
}

// goesOn says whether looking again can change the answer. An unreadable
// witness is looked at again; a refused credential is not.
func goesOn(n Node, f Finding) bool {
	switch f.Status {
	case Underway:
		return waits(n)
	case Unknown:
		return waits(n) && (f.Problem == nil || f.Problem.Class == ClassUnknown)
	}
	return false
}

func (r *run) exhausted(n Node, left time.Duration) bool {
	return n.Limit > 0 && left <= 0 || r.Timeout > 0 && r.waited >= r.Timeout
}

func (r *run) interval(n Node, left time.Duration) time.Duration {
	d := n.Every
	if n.Limit > 0 {
		d = min(d, left)
	}
	if r.Timeout > 0 {
		d = min(d, r.Timeout-r.waited)
	}
	return d
}

// queued says that nothing runs and something waits for its turn or for a
// person. That time does not eat the limit.
func queued(f Finding) bool {
	some := false
	for _, j := range f.Jobs {
		if j.State == JobRunning {
			return false
		}
		some = some || j.State == JobQueued || j.State == JobApproval
	}
	return some
}

// givenUp is what waiting ends with: nothing has failed, and nothing was stopped.
func givenUp(n Node, f Finding) *Problem {
	if f.Problem != nil {
		return f.Problem
	}
	p := problem(n, f)
	p.Code = CodeTimeout
	p.Now = []string{f.Text}
	p.Retry = RetrySafe
	p.Next = []string{"ferry status --follow"}
	if f.Status == Underway {
		p.Text = n.Title + ": still going on when the waiting ended"
	}
	return p
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
