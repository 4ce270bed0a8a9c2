package flow

import (
	"errors"
)

// Class sorts problems. It alone gives the exit code.
type Class string

// The classes of problems.
const (
	ClassFailed      Class = "failed"      // failed, and it is known why
	ClassDeclined    Class = "declined"    // the person said no, or left
	ClassConflict    Class = "conflict"    // the world is not what the plan says
	ClassCredentials Class = "credentials" // refused, or not allowed
	ClassWaiting     Class = "waiting"     // goes on elsewhere, or needs a person
	ClassUnknown     Class = "unknown"     // a witness cannot be read
	ClassUsage       Class = "usage"       // the command line or the configuration is wrong
	ClassBug         Class = "bug"         // ours
)

// What a Problem says about trying again.
const (
	RetrySafe       = "safe"
	RetryUnsafe     = "unsafe"
	RetryNewVersion = "new-version"
	RetryUnknown    = "unknown"
)

// Problem is an error with a way out. Text, Now and Lines may hold text from outside.
type Problem struct {
	Code  string // stable, "ci.red"
	Class Class
	Text  string   // what happened, one sentence, starting with the thing
	Now   []string // what is certainly true now
	Retry string   // RetrySafe, RetryUnsafe, RetryNewVersion or RetryUnknown
	Lines []string // the lines that show it
	Next  []string // the commands that go on; the first is the recommended one
	Err   error
}

// Error is the sentence alone; front ends show the rest.
func (p *Problem) Error() string { return p.Text }

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// ErrDeclined is what Ask returns when the person said no.
var ErrDeclined = errors.New("declined")

// ErrInterrupted is the cause with which a run's context is cancelled by SIGINT.
var ErrInterrupted = errors.New("interrupted")

// ErrTerminated is the cause with which a run's context is cancelled by SIGTERM or SIGHUP.
var ErrTerminated = errors.New("terminated")

var exitCodes = map[Class]int{
	ClassFailed: 1, ClassDeclined: 2, ClassConflict: 3, ClassCredentials: 4,
	ClassWaiting: 8, ClassUnknown: 9, ClassUsage: 64, ClassBug: 70,
}

// ExitCode maps a run's outcome to the process's exit code.
func ExitCode(err error) int {
	var p *Problem
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrInterrupted):
		return 130
	case errors.Is(err, ErrTerminated):
		return 143
	case errors.As(err, &p):
		return exitCodes[p.Class]
	case errors.Is(err, ErrDeclined):
		return 2
	}
	return exitCodes[ClassBug]
}
