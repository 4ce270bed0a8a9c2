package steps

import (
	"context"
	"time"

	"ferry/flow"
)

// notFoundKept is how long the caches before an index keep a 404; asking more
// often only renews nothing. A page that names a shorter time is taken at its word.
const notFoundKept = time.Minute

// Await verifies again and again while the release may still become visible, up
// to a limit. told hears of each look that was not the last.
func (w World) Await(ctx context.Context, t Target, o VerifyOptions, limit time.Duration, told func(flow.Verification)) flow.Verification {
	if limit <= 0 {
		return w.Verify(ctx, t, o)
	}
	end := time.Now().Add(limit)
	look := o
	look.Rebuild, look.Install = false, false // once, in the end
	for {
		out, pause := w.verify(ctx, t, look)
		if ctx.Err() != nil {
			return out
		}
		if pause == 0 || time.Now().Add(pause).After(end) {
			return w.last(ctx, t, o, out)
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
func (w World) last(ctx context.Context, t Target, o VerifyOptions, seen flow.Verification) flow.Verification {
	if !o.Rebuild && !o.Install {
		return seen
	}
	return w.Verify(ctx, t, o)
}

// pause is until when nothing new can be seen; 0 if looking again is in vain.
func (v *verifier) pause(verdict flow.Verdict) time.Duration {
	late := verdict == flow.Absent && v.since.IsZero()
	if verdict != flow.NotVisible && verdict != flow.VerdictUnknown && !late {
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
