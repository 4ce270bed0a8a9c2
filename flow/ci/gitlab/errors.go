package gitlab

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// failure turns what the library returns into an error of package ci.
func failure(what string, err error) error {
	var (
		answer *gl.ErrorResponse
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
		long   *http.MaxBytesError
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return ci.Unreachable(name, err)
	case errors.Is(err, gl.ErrNotFound): // bears no response
		return &ci.NotFoundError{Provider: name, What: what}
	case errors.As(err, &answer) && answer.Response != nil:
		return ci.Refusal(name, what, answer.Response, answer.Body)
	case errors.As(err, &syntax), errors.As(err, &kind), errors.As(err, &long), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &ci.MalformedError{Provider: name, Err: err}
	}
	return ci.Unreachable(name, err)
}
