package ci

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// AuthError means that the provider refused the token, or wants one.
type AuthError struct {
	Provider string
	Status   int
	Text     string // what the provider said; text from outside
}

func (e *AuthError) Error() string {
	return fmt.Sprintf("%s refused access (HTTP %d): %s", e.Provider, e.Status, e.Text)
}

// NotFoundError means that the provider does not know a thing, or hides it
// from whoever asks. It is not absence of builds.
type NotFoundError struct{ Provider, What string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s does not know %s, or does not show it to us", e.Provider, e.What)
}

// NeedsTokenError means that the provider shows or does a thing only for a token,
// and that we have none. It was not asked.
type NeedsTokenError struct{ Provider, What string }

func (e *NeedsTokenError) Error() string {
	return fmt.Sprintf("%s needs a token for %s, and there is none", e.Provider, e.What)
}

// ConflictError means that the provider understood and will not do it as things
// stand: what is to be restarted runs, what is to be stopped has ended.
type ConflictError struct {
	Provider, What string
	Text           string // what the provider said; text from outside
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s will not change %s: %s", e.Provider, e.What, e.Text)
}

// RateLimitError means that the provider wants to be left alone for a while.
type RateLimitError struct {
	Provider string
	Until    time.Time // zero if it does not say
}

func (e *RateLimitError) Error() string {
	if e.Until.IsZero() {
		return e.Provider + " limits the rate of requests"
	}
	return fmt.Sprintf("%s limits the rate of requests until %s", e.Provider, e.Until.UTC().Format(time.RFC3339))
}

// UnreachableError means that no sensible answer came: no connection, no answer
// in time, or a server error.
type UnreachableError struct {
	Provider string
	Timeout  bool
	Err      error
	Status   int // of a server error; 0 without an answer
}

func (e *UnreachableError) Error() string {
	switch {
	case e.Status != 0:
		return fmt.Sprintf("%s answered with HTTP %d", e.Provider, e.Status)
	case e.Timeout:
		return e.Provider + " did not answer in time"
	}
	return fmt.Sprintf("%s cannot be reached: %v", e.Provider, addressed(e.Err))
}

// addressed is why, with the server instead of the whole address that was asked: its
// query says nothing to a person.
func addressed(err error) error {
	var asked *url.Error
	if !errors.As(err, &asked) {
		return err
	}
	u, failed := url.Parse(asked.URL)
	if failed != nil || u.Host == "" {
		return asked.Err
	}
	return fmt.Errorf("%s: %w", u.Host, asked.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// MalformedError means that an answer came and made no sense: a login page,
// half a document, or a document of another shape.
type MalformedError struct {
	Provider string
	Err      error
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("the answer of %s makes no sense: %v", e.Provider, e.Err)
}

func (e *MalformedError) Unwrap() error { return e.Err }

// Unreachable tells of a request that got no answer, or that Polite did not make.
func Unreachable(provider string, err error) error {
	var (
		n      net.Error
		limit  *RateLimitError
		before *UnreachableError
		wrong  *MalformedError
	)
	switch { // what Polite knows without asking names no provider
	case errors.As(err, &limit):
		return &RateLimitError{provider, limit.Until}
	case errors.As(err, &before):
		return &UnreachableError{provider, before.Timeout, before.Err, before.Status}
	case errors.As(err, &wrong):
		return &MalformedError{provider, wrong.Err}
	}
	late := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
	return &UnreachableError{Provider: provider, Timeout: late, Err: err}
}

// Forbidden makes a PermissionError of a refusal to write. Hosts hide from who may not
// write that a repository takes such a thing at all.
func Forbidden(provider, what, needs string, err error) error {
	var auth *AuthError
	var none *NotFoundError
	if errors.As(err, &auth) && auth.Status == http.StatusForbidden || errors.As(err, &none) {
		return &PermissionError{Provider: provider, What: what, Needs: needs, Err: err}
	}
	return err
}
