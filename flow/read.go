package flow

import (
	"context"
	"sync"
	"time"
)

type readingKey struct{}

// reading is what one survey has read of the world so far. It lives in the
// survey's context, so that a status costs few requests and no step keeps a cache.
type reading struct {
	mu      sync.Mutex
	read    map[any]*once
	patient bool      // somebody waits, and nobody acts on it
	oldest  time.Time // when the oldest thing in it was read; zero if all was read for it
}

type once struct {
	done  chan struct{}
	value any
	err   error
}

// WithReading starts a new reading: nothing that was read before is seen
// through the returned context. The engine calls it for every survey and
// around every Run.
func WithReading(ctx context.Context) context.Context {
	return context.WithValue(ctx, readingKey{}, &reading{read: map[any]*once{}})
}

// withPatience starts a reading for one more look of somebody who waits.
func withPatience(ctx context.Context) context.Context {
	return context.WithValue(ctx, readingKey{}, &reading{read: map[any]*once{}, patient: true})
}

// Patient says whether something read a while ago will do: this is one of many
// looks of somebody who waits, and services must not be asked as often as it is
// looked. Whoever uses that tells so with ReadEarlier.
func Patient(ctx context.Context) bool {
	r, ok := ctx.Value(readingKey{}).(*reading)
	return ok && r.patient
}

// ReadEarlier tells that something in this reading was read at that time. What is
// found in it is as old as the oldest thing in it.
func ReadEarlier(ctx context.Context, at time.Time) {
	r, ok := ctx.Value(readingKey{}).(*reading)
	if !ok || at.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.oldest.IsZero() || at.Before(r.oldest) {
		r.oldest = at
	}
}

// ReadAt is when what is in this reading was read.
func ReadAt(ctx context.Context) time.Time {
	if r, ok := ctx.Value(readingKey{}).(*reading); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.oldest.IsZero() {
			return r.oldest
		}
	}
	return wall()
}

// Read reads the thing named by key at most once in a survey; steps that ask
// for it at the same time wait for the same answer. Without a reading in ctx it
// just reads. key must be comparable and of the caller's own type.
func Read[T any](ctx context.Context, key any, read func(context.Context) (T, error)) (T, error) {
	r, ok := ctx.Value(readingKey{}).(*reading)
	if !ok {
		return read(ctx)
	}
	o, first := r.entry(key)
	if first {
		v, err := read(ctx)
		o.value, o.err = v, err
		close(o.done)
		return v, err
	}
	select {
	case <-o.done:
		v, _ := o.value.(T)
		return v, o.err
	case <-ctx.Done():
		var zero T
		return zero, context.Cause(ctx)
	}
}

func (r *reading) entry(key any) (o *once, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o, ok := r.read[key]; ok {
		return o, false
	}
	o = &once{done: make(chan struct{})}
	r.read[key] = o
	return o, true
}
