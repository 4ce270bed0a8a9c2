package gitops

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNoCommit says that HEAD is unborn: the repository has no commit yet.
var ErrNoCommit = errors.New("the repository has no commit yet")

// ErrNoObject says that an object is in nobody's reach here: not in this clone,
// and not offered by the remote that was asked.
var ErrNoObject = errors.New("no such object")

// ErrTooBig says that an answer was cut off because it exceeds what a sane one weighs.
var ErrTooBig = errors.New("the answer is implausibly big")

// NotARepositoryError says that no git checkout holds the directory.
type NotARepositoryError struct{ Dir string }

func (e *NotARepositoryError) Error() string { return "not a git repository: " + e.Dir }

// UnsupportedError names a kind of repository, remote or setting that cannot be served.
type UnsupportedError struct{ What string }

func (e *UnsupportedError) Error() string { return "not supported: " + e.What }

// CannotTellError says that a question about the checkout has no sound answer here.
type CannotTellError struct{ Question, Why string }

func (e *CannotTellError) Error() string { return "cannot tell " + e.Question + ": " + e.Why }

// NoRemoteError says that no remote has the name, and lists those there are.
type NoRemoteError struct {
	Name string
	Have []string
}

func (e *NoRemoteError) Error() string {
	if len(e.Have) == 0 {
		return fmt.Sprintf("no remote %q: the repository has none", e.Name)
	}
	return fmt.Sprintf("no remote %q: there are %s", e.Name, strings.Join(e.Have, ", "))
}

// ExistsError says that a ref to be created is already there. SHA is "" where
// the server did not tell it: the ref appeared while we were pushing.
type ExistsError struct{ Ref, SHA string }

func (e *ExistsError) Error() string {
	if e.SHA == "" {
		return e.Ref + " already exists"
	}
	return e.Ref + " already exists at " + e.SHA
}

// MovedError says that a ref to be deleted is not where it should be. Have is
// "" where it is gone, or where the server did not tell.
type MovedError struct{ Ref, Want, Have string }

func (e *MovedError) Error() string {
	if e.Have == "" {
		return e.Ref + " is no longer at " + e.Want
	}
	return fmt.Sprintf("%s is at %s, not at %s", e.Ref, e.Have, e.Want)
}

// RefusedError is a clean no of the server: nothing was changed. Reason and
// Text are its own words, raw, to be made visible before anyone sees them; Kind
// is what they mean.
type RefusedError struct {
	Ref, Reason string
	Text        []string
	Kind        Kind
}

func (e *RefusedError) Error() string {
	if e.Ref == "" {
		return fmt.Sprintf("the server refused: %q", e.Reason)
	}
	return fmt.Sprintf("the server refused %s: %q", e.Ref, e.Reason)
}

// HookError says that a hook of the person's repository does not let a push or a
// commit go: nothing was sent, nothing was committed. Exit is -1 where it did not run
// to its end, Late where it took too long. Text is what it said, raw. Hook is the
// folder of the hooks where it may have been one of several.
type HookError struct {
	Hook string
	Exit int
	Late bool
	Text []string
}

func (e *HookError) Error() string {
	switch {
	case e.Late:
		return e.Hook + " did not end in time"
	case e.Exit < 0:
		return e.Hook + " could not be run"
	}
	return fmt.Sprintf("%s says no (exit %d)", e.Hook, e.Exit)
}

// BusyError says that git is in the middle of something in this work tree.
type BusyError struct{ What string }

func (e *BusyError) Error() string { return "git is in the middle of " + e.What + " here" }

// CommitError says that git did not do a part of a commit. Text is what it said,
// raw: that it knows no name, cannot sign, or ignores a file.
type CommitError struct {
	Command string // switch, add or commit
	Text    []string
	Err     error
}

func (e *CommitError) Error() string {
	if len(e.Text) > 0 {
		return fmt.Sprintf("git %s: %q", e.Command, e.Text[0])
	}
	return fmt.Sprintf("git %s: %v", e.Command, e.Err)
}

func (e *CommitError) Unwrap() error { return e.Err }

// HalfDoneError says that a commit failed, and that what was done before could not
// be taken back: HEAD may be on Branch.
type HalfDoneError struct {
	Branch string
	Err    error // why it failed
	Back   error // why it could not be taken back
}

func (e *HalfDoneError) Error() string {
	return fmt.Sprintf("%v; and the branch %s could not be taken back: %v", e.Err, e.Branch, e.Back)
}

func (e *HalfDoneError) Unwrap() error { return e.Err }

// AuthError says that the server does not let us in. Missing: we had nothing to
// show. Status is 0 for ssh. Text is the server's, raw; Kind is what it means.
// Tried are the sources whose logins it refused. Err is why there was no other,
// where it is not that no source had one.
type AuthError struct {
	Host    string
	Status  int
	Missing bool
	Tried   []string
	Text    string
	Kind    Kind
	Err     error
}

func (e *AuthError) Error() string {
	text := e.Host + " refuses the ssh keys offered"
	switch {
	case e.Missing:
		text = e.Host + " wants credentials and there are none"
	case e.Status == 403:
		text = e.Host + " forbids it (403)"
	case len(e.Tried) > 0:
		text = fmt.Sprintf("%s refuses the login from %s (%d)", e.Host, strings.Join(e.Tried, " and the one from "), e.Status)
	case e.Status != 0:
		text = fmt.Sprintf("%s refuses the credentials (%d)", e.Host, e.Status)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *AuthError) Unwrap() error { return e.Err }

// NotFoundError says that the server shows no repository at URL: it is not
// there, or not for us.
type NotFoundError struct{ URL string }

func (e *NotFoundError) Error() string { return "no repository at " + e.URL }

// RedirectedError says that the repository answers at another address now, To,
// which is "" where the host does not say. A write never follows, because the new
// place may be somebody else's; a read does not from https to http.
type RedirectedError struct{ URL, To string }

func (e *RedirectedError) Error() string { return e.URL + " redirects to " + e.To }

// UnreachableError says that a host gave no answer we can use, and that no
// command was carried out. NotGit: something answered that is no git server, as
// a captive portal does. RetryAfter is the server's wish, 0 if it named none.
type UnreachableError struct {
	Host            string
	Timeout, NotGit bool
	Status          int
	RetryAfter      time.Duration
	Err             error
}

func (e *UnreachableError) Error() string {
	switch {
	case e.Timeout:
		return e.Host + " did not answer in time"
	case e.NotGit:
		return e.Host + " answers, but not as a git server"
	case e.Status != 0:
		return fmt.Sprintf("%s answers with status %d", e.Host, e.Status)
	case isA[*CertificateError](e.Err):
		return e.Err.Error()
	}
	return fmt.Sprintf("%s cannot be reached: %v", e.Host, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// UncertainError says that a command went out and no clean report came back:
// the ref may or may not have changed. List the refs again.
type UncertainError struct {
	Ref string
	Err error
}

func (e *UncertainError) Error() string {
	return fmt.Sprintf("whether %s changed is not known: %v", e.Ref, e.Err)
}

// Is finds a cancelled or late context below. There is no Unwrap: a refusal or
// an unreachable host inside must not be taken for the outcome.
func (e *UncertainError) Is(target error) bool { return errors.Is(e.Err, target) }
