package plain

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 59600 * time.Millisecond: "1m 00s", 369 * time.Second: "6m 09s", 2*time.Hour + 3*time.Second: "2h 00m 03s",
	} {
		if got := duration(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		time.Second: "1 second", 61 * time.Second: "1 minute", 2*time.Hour + time.Minute: "2 hours 1 minute",
	} {
		if got := spokenDuration(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}
