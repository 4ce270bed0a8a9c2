package github

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// failure turns what the library returns into an error of package ci.
func failure(what string, err error) error {
	var (
		limit  *gh.RateLimitError
		abuse  *gh.AbuseRateLimitError
		answer *gh.ErrorResponse
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
		long   *http.MaxBytesError
		ours   *ci.MalformedError
	)
	switch {
	case errors.As(err, &ours):
		return err
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return ci.Unreachable(name, err)
	case errors.As(err, &limit):
		return &ci.RateLimitError{Provider: name, Until: limit.Rate.Reset.Time}
	case errors.As(err, &abuse):
		return &ci.RateLimitError{Provider: name, Until: pause(abuse)}
	case errors.As(err, &answer):
		return refusal(what, answer)
	case errors.As(err, &syntax), errors.As(err, &kind), errors.As(err, &long), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &ci.MalformedError{Provider: name, Err: err}
	}
	return ci.Unreachable(name, err)
}

func pause(e *gh.AbuseRateLimitError) time.Time {
	if e.RetryAfter == nil {
		return time.Time{}
	}
	return time.Now().Add(*e.RetryAfter)
}

func refusal(what string, e *gh.ErrorResponse) error {
	doc, err := json.Marshal(map[string]string{"message": e.Message})
	if err != nil {
		return ci.Unreachable(name, err)
	}
	return ci.Refusal(name, what, e.Response, doc)
}
