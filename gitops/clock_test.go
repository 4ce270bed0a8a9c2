package gitops

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestClockStandsForAPerson: an hour of theirs takes nothing from the second of
// the operation, and what was left of it goes on to run.
func TestClockStandsForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &Remote{options: RemoteOptions{PersonTime: 2 * time.Hour}}
		start := time.Now()
		ctx, done := startClock(t.Context(), time.Second)
		defer done()
		<-time.After(400 * time.Millisecond)
		err := m.person(ctx, func(ctx context.Context) error {
			<-time.After(time.Hour)
			return ctx.Err()
		})
		if err != nil || ctx.Err() != nil {
			t.Errorf("after an hour of a person's: %v, %v", err, ctx.Err())
		}
		<-ctx.Done()
		if ran := time.Since(start); ran != time.Hour+time.Second || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("ended after %v: %v", ran, ctx.Err())
		}
	})
}
