package steps

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/pypi"
)

// notFoundKept is how long the caches before an index keep a 404; asking more
// often only renews nothing. A page that names a shorter time is taken at its word.
const notFoundKept = time.Minute

// How much longer than its limit a wait may take: for a look that began in time,
// and for what is made once, in the end.
const (
	lookLonger = time.Minute
	onceLonger = 5 * time.Minute
)

var errWaited = errors.New("the time of the wait is over")

// Await verifies again and again while the release may still become visible, up
// to a limit, which it exceeds by little. told hears of each look that was not the
// last.
func (w World) Await(ctx context.Context, t Target, o VerifyOptions, limit time.Duration, told func(flow.Verification)) flow.Verification {
	if limit <= 0 {
		return w.Verify(ctx, t, o)
	}
	end := time.Now().Add(limit)
	look := o
	look.Rebuild, look.Install = false, false // once, in the end
	within, stop := context.WithDeadlineCause(ctx, end.Add(lookLonger), errWaited)
	defer stop()
	for {
		out, pause := w.verify(within, t, look)
		if ctx.Err() != nil {
			return out
		}
		if pause == 0 || time.Now().Add(pause).After(end) {
			return w.last(ctx, end, t, o, out)
		}
		told(out)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return out
		}
	}
}

// last makes also those checks that are made once.
func (w World) last(ctx context.Context, end time.Time, t Target, o VerifyOptions, seen flow.Verification) flow.Verification {
	if !o.Rebuild && !o.Install {
		return seen
	}
	ctx, stop := context.WithDeadlineCause(ctx, end.Add(onceLonger), errWaited)
	defer stop()
	return w.Verify(ctx, t, o)
}

// pause is until when nothing new can be seen; 0 if looking again is in vain.
func (v *verifier) pause(verdict flow.Verdict) time.Duration {
	late := verdict == flow.Absent && v.since.IsZero()
	open := verdict == flow.VerdictUnknown && v.mayBeTold()
	if verdict != flow.NotVisible && !open && !late {
		return 0
	}
	pause := max(v.Waits.Every, time.Millisecond)
	for _, s := range v.evidence.surfaces {
		if s.err == nil && !s.page.Found {
			pause = max(pause, min(s.page.MaxAge, notFoundKept))
		}
	}
	return pause
}

// mayBeTold: something that could not be read now may be read later. Without that,
// what is not known stays unknown: an index that names no sha256 will not.
func (v *verifier) mayBeTold() bool {
	var refused *ci.AuthError
	if v.late || v.wanted.err != nil && !errors.As(v.wanted.err, &refused) {
		return true
	}
	for _, s := range v.evidence.surfaces {
		if mayPass(s.err) {
			return true
		}
	}
	for _, b := range v.bytes {
		if mayPass(b.err) {
			return true
		}
	}
	return false
}

// mayPass: a server that is down, slow or full comes back, also one that shows a
// page of its own meanwhile; what it refuses, and what it has, stay what they are.
func mayPass(err error) bool {
	var said *pypi.HTTPError
	if errors.As(err, &said) {
		return !slices.Contains([]int{http.StatusUnauthorized, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusGone}, said.Status)
	}
	var large *pypi.TooLargeError
	var name *pypi.FilenameError
	var disk *os.PathError
	return err != nil && !errors.As(err, &large) && !errors.As(err, &name) && !errors.As(err, &disk)
}
