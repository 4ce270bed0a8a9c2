package keyring

import (
	"context"
	"errors"
	"time"
)

// patience is what a caller grants to a person who is asked to unlock the keyring.
type patience struct {
	time    time.Duration
	waiting func()
}

type (
	patienceKey struct{}
	askedKey    struct{}
)

// Patient lets calls of a Store wait longer than usual once the keyring shows
// its own window. waiting is called then, once for each window, so that people
// learn what is waited for and how to stop it.
func Patient(ctx context.Context, d time.Duration, waiting func()) context.Context {
	return context.WithValue(ctx, patienceKey{}, patience{d, waiting})
}

// asked tells the guard of a call that the keyring now asks a person.
func asked(ctx context.Context) {
	if ch, ok := ctx.Value(askedKey{}).(chan struct{}); ok {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

type ended struct {
	keep func()
	err  error
}

// do runs f with a limit. f runs elsewhere, for a keyring need not heed its
// context; what it found out is kept only if it was in time.
func (s *Store) do(ctx context.Context, op string, f func(context.Context) (keep func(), err error)) error {
	window := make(chan struct{}, 1)
	inner, cancel := context.WithCancel(context.WithValue(ctx, askedKey{}, window))
	defer cancel()
	done := make(chan ended, 1)
	go func() {
		keep, err := f(inner)
		done <- ended{keep, err}
	}()
	limit := s.limit
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case e := <-done:
			return e.verdict(ctx)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
			return &TimeoutError{op, limit}
		case <-window:
			if p, ok := ctx.Value(patienceKey{}).(patience); ok {
				limit = p.time
				timer.Reset(limit)
				p.waiting()
			}
		}
	}
}

// verdict prefers the reason of the caller's context to what a keyring made of it.
func (e ended) verdict(ctx context.Context) error {
	if e.err != nil && ctx.Err() != nil && errors.Is(e.err, context.Canceled) {
		return context.Cause(ctx)
	}
	if e.err == nil && e.keep != nil {
		e.keep()
	}
	return e.err
}
