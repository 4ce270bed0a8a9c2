package keyring

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoKeyring says that this system has no keyring that could be asked: no
// session bus, no service on it, or a system that ferry knows none of.
var ErrNoKeyring = errors.New("this system has no keyring that can be reached")

// ErrLocked says that the keyring is locked and was not unlocked: its window was
// dismissed, or there is no screen to show one.
var ErrLocked = errors.New("the keyring is locked")

// ErrNotFound says that the keyring holds nothing under this service and user.
var ErrNotFound = errors.New("the keyring holds nothing there")

// TimeoutError says that the keyring gave no verdict in time. What was asked may
// still have happened.
type TimeoutError struct {
	Op    string        // read, write, delete or probe
	After time.Duration // how long was waited
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("waiting for the keyring: no answer within %s (%s)", e.After, e.Op)
}

// Timeout is what net.Error asks.
func (*TimeoutError) Timeout() bool { return true }

// NotStoredError says that the keyring took a secret and gives another, or none.
type NotStoredError struct{ Service, User string }

func (e *NotStoredError) Error() string {
	return fmt.Sprintf("the keyring did not keep the secret of %s on %s: reading it back gives something else", e.User, e.Service)
}

// TooBigError says that a secret does not fit. It is never cut.
type TooBigError struct{ Size, Limit int }

func (e *TooBigError) Error() string {
	return fmt.Sprintf("the secret has %d bytes, and this keyring holds at most %d", e.Size, e.Limit)
}

// ShapeError says what is wrong with a value, without the value.
type ShapeError struct{ Why string }

func (e *ShapeError) Error() string { return "the secret " + e.Why }

// SystemError is what the system's keyring said, in its own code. The text that
// came with it stays behind: nobody can say what is in it.
type SystemError struct {
	Op   string
	Code string // a D-Bus error name, an exit code, a Windows error number
}

func (e *SystemError) Error() string {
	return fmt.Sprintf("the keyring failed to %s: %s", e.Op, e.Code)
}
