package citest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ferry/flow/ci"
)

// place puts a build there that goes on, or has failed, and reads it.
func (b Bench) place(ctx context.Context, ref string, state ci.State, log string) (ci.Build, error) {
	at := b.Server.o.Now().Add(-time.Minute).UTC().Truncate(time.Second)
	job := ci.Job{Name: "one", State: state, Started: at}
	if state.Final() {
		job.Ended = at.Add(time.Second)
	}
	b.Server.AddBuild(Build{Provider: b.Provider, Logs: map[string]string{"one": log}, Build: ci.Build{
		Ref: ref, SHA: suiteSHA, State: state, By: "dana", Created: at, Started: at, Ended: job.Ended, Jobs: []ci.Job{job},
	}})
	return b.read(ctx, ref)
}

func (b Bench) read(ctx context.Context, ref string) (ci.Build, error) {
	got, err := b.Subject.Builds(ctx, ci.Query{Ref: ref, SHA: suiteSHA})
	if err != nil || len(got) != 1 || len(got[0].Jobs) != 1 {
		return ci.Build{}, breach(err, "want one build with one job, got %+v", got)
	}
	return got[0], nil
}

// suiteTail reads what a job prints while it runs, and the rest when it ended.
func suiteTail(ctx context.Context, b Bench) error {
	l, ok := b.Subject.(ci.Logger)
	if !ok {
		return nil
	}
	build, err := b.place(ctx, "refs/heads/tail", ci.StateRunning, "begun\n")
	if err != nil {
		return err
	}
	job := build.Jobs[0]
	first, err := l.Log(ctx, job, 0)
	switch {
	case is[*ci.NeedsTokenError](err), err == nil && first.NotYet:
		return nil
	case err != nil || string(first.Text) != "begun\n" || first.Complete:
		return breach(err, "at first: %+v", first)
	}
	for _, line := range []string{"", "more\n", "still more\n"} {
		b.Server.Print(job.ID, line)
		next, err := l.Log(ctx, job, first.Next)
		if err != nil || string(next.Text) != line || next.Complete {
			return breach(err, "after %q: %+v", line, next)
		}
		first = next
	}
	b.Server.Print(job.ID, "end\n")
	b.Server.End(job.ID, ci.StatePassed)
	if b.OpenLogs {
		job.State = ci.StatePassed
	}
	last, err := l.Log(ctx, job, first.Next)
	if err != nil || string(last.Text) != "end\n" || !last.Complete {
		return breach(err, "at the end: %+v", last)
	}
	return nil
}

func suiteRestart(ctx context.Context, b Bench) error {
	r, ok := b.Subject.(ci.Restarter)
	if !ok {
		return nil
	}
	const ref = "refs/heads/restart"
	old, err := b.place(ctx, ref, ci.StateFailed, "")
	if err != nil {
		return err
	}
	if err = r.Restart(ctx, old); is[*ci.NeedsTokenError](err) || is[*ci.UnsupportedError](err) {
		return nil
	}
	got, err2 := b.read(ctx, ref)
	if err != nil || err2 != nil || got.Final() || got.SameAttempt(old) || got.ID != old.ID || got.RestartedBy == "" || got.By != "dana" {
		return breach(err, "after the restart (%w): %+v", err2, got)
	}
	if !got.SameAttempt(got) || !got.Restarted.IsZero() && got.Restarted.Before(old.Ended) {
		return fmt.Errorf("the attempt: %+v", got)
	}
	if err := r.Restart(ctx, got); !is[*ci.ConflictError](err) || !strings.Contains(err.Error(), "running") {
		return breach(err, "of a build that goes on: got %T", err)
	}
	return nil
}

func suiteCancel(ctx context.Context, b Bench) error {
	c, ok := b.Subject.(ci.Canceller)
	if !ok {
		return nil
	}
	const ref = "refs/heads/cancel"
	build, err := b.place(ctx, ref, ci.StateRunning, "")
	if err != nil {
		return err
	}
	if err = c.Cancel(ctx, build); is[*ci.NeedsTokenError](err) {
		return nil
	}
	got, err2 := b.read(ctx, ref)
	if err != nil || err2 != nil || got.State != ci.StateCancelled || !got.Final() {
		return breach(err, "after the cancellation (%w): %+v", err2, got)
	}
	if err := c.Cancel(ctx, got); !is[*ci.ConflictError](err) {
		return breach(err, "of a build that ended: got %T", err)
	}
	return nil
}

// suiteWatch looks again and again, as somebody does who waits. Such looks are
// answered from the last one, tell so, and see a change all the same.
func suiteWatch(ctx context.Context, b Bench) error {
	const ref = "refs/heads/watch"
	want, err := b.place(ctx, ref, ci.StateRunning, "")
	if err != nil {
		return err
	}
	asked, aged := b.Server.Asked(), false
	for range 40 {
		ctx, w := ci.Watching(ctx)
		got, err := b.Subject.Builds(ctx, ci.Query{Ref: ref, SHA: suiteSHA})
		if err != nil || len(got) != 1 || got[0].ID != want.ID {
			return breach(err, "a look: %+v", got)
		}
		aged = aged || !w.ReadAt().IsZero()
	}
	if n := b.Server.Asked() - asked; n > 30 || !aged {
		return fmt.Errorf("40 looks at once took %d requests; the age was told: %v", n, aged)
	}
	b.Server.End(want.Jobs[0].ID, ci.StateFailed)
	if got, err := b.read(ctx, ref); err != nil || got.State != ci.StateFailed {
		return breach(err, "who is about to act reads what is true now: %+v", got)
	}
	return nil
}

func suiteHold(ctx context.Context, b Bench) error {
	defer b.Server.ClearFaults()
	b.Server.Fault(Fault{Kind: FaultStatus, Status: http.StatusTooManyRequests, After: time.Minute})
	before := time.Now()
	_, err := b.Subject.Builds(ctx, ci.Query{Ref: "refs/heads/state-passed"})
	if !is[*ci.RateLimitError](err) {
		return breach(err, "got %T", err)
	}
	asked := b.Server.Asked()
	_, err = b.Subject.Builds(ctx, ci.Query{Ref: "refs/heads/state-passed"})
	if limit, ok := as[*ci.RateLimitError](err); !ok || limit.Until.Before(before.Add(55*time.Second)) || limit.Until.After(time.Now().Add(65*time.Second)) || limit.Provider == "" {
		return breach(err, "before the time: got %T", err)
	}
	if b.Server.Asked() != asked {
		return fmt.Errorf("it was asked before the time it had named")
	}
	return nil
}
