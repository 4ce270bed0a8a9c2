package pypi

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoJSON is what Release says of an index without a JSON API.
var ErrNoJSON = errors.New("this index has no JSON API")

// HTTPError is an answer with a status that is neither success nor a plain
// absence. Text is what the server says, shortened; it is text from outside.
type HTTPError struct {
	URL        string
	Status     int
	RetryAfter time.Duration // 0 if the server names none
	Text       string
}

func (e *HTTPError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s answers %d", e.URL, e.Status)
	}
	return fmt.Sprintf("%s answers %d: %s", e.URL, e.Status, e.Text)
}

// NotIndexError is a success that no index would send: a captive portal, a
// maintenance page, another project's page, JSON of another shape.
type NotIndexError struct{ URL, ContentType, Reason string }

func (e *NotIndexError) Error() string {
	return fmt.Sprintf("%s does not answer like a package index: %s", e.URL, e.Reason)
}

// TooLargeError is a body longer than Limit bytes. For a download with a
// declared size, Limit is that size: the file is not the one that is listed.
type TooLargeError struct {
	URL   string
	Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is longer than %d bytes", e.URL, e.Limit)
}

// TruncatedError is a body that ended before its end.
type TruncatedError struct{ URL string }

func (e *TruncatedError) Error() string { return e.URL + " was cut off" }

// UnreachableError is a server that gave no answer, or stopped in the middle.
type UnreachableError struct {
	Host    string
	From    string // the server that redirected there; "" if none did
	Timeout bool
	Err     error
}

func (e *UnreachableError) Error() string {
	host := e.Host
	if e.From != "" {
		host += ", where " + e.From + " leads,"
	}
	if e.Timeout {
		return host + " does not answer in time"
	}
	return fmt.Sprintf("%s cannot be reached: %v", host, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// errSilence ends a request that took too long. It is no deadline of the
// caller's, and must not look like one to errors.Is.
var errSilence = errors.New("no answer in time")
