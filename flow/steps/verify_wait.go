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
	end := time.Now().Add(limit)
	for {
		out, pause := w.verify(ctx, t, o)
		if pause == 0 || ctx.Err() != nil || time.Now().Add(pause).After(end) {
			return out
		}
		told(out)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return out
		}
	}
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
