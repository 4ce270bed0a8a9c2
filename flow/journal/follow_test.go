package journal_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/journal"
)

// TestFollow: every record once, in order, while another run writes; a torn line and a
// damaged one cost nothing else.
func TestFollow(t *testing.T) {
	dir := t.TempDir()
	path := journal.Path(dir, "acme-core", "1.4.0")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended, got := make(chan error, 1), make(chan string, 100)
	go func() {
		ended <- journal.Follow(ctx, path, time.Millisecond, func(r journal.Record) error {
			got <- r.Kind
			return nil
		})
	}()
	next := func(want ...string) {
		t.Helper()
		for _, w := range want {
			select {
			case k := <-got:
				if k != w {
					t.Fatalf("got %s, want %s", k, w)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s never came", w)
			}
		}
	}
	j, err := journal.Open(dir, "acme-core", "1.4.0", asItIs)
	must(t, err)
	next("journal", "start")
	must(t, j.About(journal.About{Commit: "c0ffee"}, time.Now()))
	next("about")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	must(t, err)
	_, err = f.WriteString("{\"half\":")
	must(t, errors.Join(err, f.Close()))
	must(t, j.Close())
	if j, err = journal.Open(dir, "acme-core", "1.4.0", asItIs); err != nil {
		t.Fatal(err)
	}
	next("start")
	must(t, j.Append(flow.Event{Kind: flow.KindDone}, time.Now()))
	next("done")
	must(t, errors.Join(j.Close(), os.Remove(path)))
	j, err = journal.Open(dir, "acme-core", "1.4.0", asItIs)
	must(t, err)
	must(t, j.Close())
	next("journal", "start")
	cancel(flow.ErrInterrupted)
	if err := <-ended; !errors.Is(err, flow.ErrInterrupted) {
		t.Errorf("ended with %v", err)
	}
}

func TestFollowEndsWithItsReader(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	gone := errors.New("gone")
	if err := journal.Follow(t.Context(), journal.Path(dir, "acme-core", "1.4.0"), time.Hour, func(journal.Record) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("ended with %v", err)
	}
	if err := journal.Follow(t.Context(), dir, time.Hour, func(journal.Record) error { return nil }); err == nil {
		t.Error("a folder is followed")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
