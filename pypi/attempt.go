package pypi

import (
	"errors"
	"sync"
	"time"
)

// Attempt is what came of sending a file, the last time in this process. The
// index said so itself, where its pages may still be older than the upload.
type Attempt struct {
	At    time.Time // by this machine's clock
	Taken bool      // false: no answer came, or one that leaves it open
}

// attempts are those of one Index, by the files' names and hashes.
type attempts struct {
	mu  sync.Mutex
	all map[[2]string]Attempt
}

// Attempted gives what came of sending a file; ok if it was sent, and the index
// did not plainly refuse it.
func (x *Index) Attempted(a *Artifact) (Attempt, bool) {
	x.attempts.mu.Lock()
	defer x.attempts.mu.Unlock()
	got, ok := x.attempts.all[[2]string{a.File, a.SHA256}]
	return got, ok
}

// attempted keeps the outcome of Send.
func (x *Index) attempted(a *Artifact, err error) {
	if err != nil && !Uncertain(err) {
		return
	}
	x.attempts.mu.Lock()
	defer x.attempts.mu.Unlock()
	if x.attempts.all == nil {
		x.attempts.all = map[[2]string]Attempt{}
	}
	x.attempts.all[[2]string{a.File, a.SHA256}] = Attempt{x.conf.Now(), err == nil}
}

// Uncertain says whether an upload that ended so may have landed: no answer came,
// or it is a server's fault, which may have happened behind the one that took it.
func Uncertain(err error) bool {
	var lost *UncertainError
	var no *RefusedError
	return errors.As(err, &lost) || errors.As(err, &no) && no.Why == RefusedServer
}
