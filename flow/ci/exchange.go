package ci

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Request is what a provider asks where a document alone does not say enough.
type Request struct {
	Method, URL string // GET if Method is empty
	What        string // names it in errors
	Type        string // of Body
	Body        []byte
	Also        []int // statuses besides 200 that are an answer and no refusal
}

// Reply is what came back.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do asks once. An answer longer than MaxAnswer is a MalformedError, and so is
// half of one; a status that was not asked for is an error as Refusal makes it.
func (c Client) Do(ctx context.Context, r Request) (Reply, error) {
	res, err := c.send(ctx, r, nil)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := c.read(res.Body, r.What)
	switch {
	case err != nil:
		return Reply{}, err
	case res.StatusCode != http.StatusOK && !slices.Contains(r.Also, res.StatusCode):
		return Reply{}, Refusal(c.Provider, r.What, res, body)
	}
	return Reply{res.StatusCode, res.Header, body}, nil
}

// send makes the request. The answer's body is the caller's to close.
func (c Client) send(ctx context.Context, r Request, also http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("asking %s for %s: %w", c.Provider, r.What, err)
	}
	for k, v := range also {
		req.Header[k] = v
	}
	if r.Type != "" {
		req.Header.Set("Content-Type", r.Type)
	}
	if err := c.Prepare(req); err != nil {
		return nil, fmt.Errorf("asking %s for %s: %w", c.Provider, r.What, err)
	}
	res, err := c.strict().Do(req)
	if err != nil {
		return nil, Unreachable(c.Provider, err)
	}
	return res, nil
}

// read takes a whole body that is not too long.
func (c Client) read(body io.Reader, what string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(body, MaxAnswer+1))
	switch {
	case err != nil:
		return nil, c.cutOff(err)
	case len(b) > MaxAnswer:
		return nil, &MalformedError{c.Provider, fmt.Errorf("%s is longer than %d bytes", what, MaxAnswer)}
	}
	return b, nil
}

// cutOff tells of a body that did not come whole.
func (c Client) cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &MalformedError{c.Provider, err}
	}
	return Unreachable(c.Provider, err)
}

// Tail reads a log that is served as plain text from an offset on, at most
// MaxAnswer bytes of it. Only the rest is asked for; a server that sends the whole
// is read up to the offset first. A log that is shorter than the offset began
// anew, and is given from its beginning. ended says that it will not grow.
func (c Client) Tail(ctx context.Context, url, what string, offset int64, ended bool) (LogChunk, error) {
	none := LogChunk{Next: offset}
	ranged := http.Header{}
	if offset > 0 {
		ranged.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	res, err := c.send(ctx, Request{URL: url, What: what}, ranged)
	if err != nil {
		return none, err
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode == http.StatusRequestedRangeNotSatisfiable && size(res) < offset:
		return c.Tail(ctx, url, what, 0, ended)
	case res.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return LogChunk{Next: offset, Complete: ended}, nil
	case res.StatusCode == http.StatusPartialContent && begins(res.Header.Get("Content-Range")) != offset:
		return none, &MalformedError{c.Provider, fmt.Errorf("%s comes from %q on, and not from %d", what, res.Header.Get("Content-Range"), offset)}
	case res.StatusCode == http.StatusPartialContent:
		return c.chunk(res.Body, offset, 0, ended)
	case res.StatusCode == http.StatusOK:
		chunk, err := c.chunk(res.Body, offset, offset, ended)
		if errors.Is(err, errShort) {
			return c.Tail(ctx, url, what, 0, ended)
		}
		return chunk, err
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxMessage)) // for the words alone
	return none, Refusal(c.Provider, what, res, body)
}

// begins reads where a Content-Range begins; -1 if it does not say.
func begins(contentRange string) int64 {
	from, _, _ := strings.Cut(strings.TrimPrefix(contentRange, "bytes "), "-")
	n, err := strconv.ParseInt(from, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// size reads how long a thing is of which a part was asked that it does not
// have; the most there can be if it does not say.
func size(res *http.Response) int64 {
	_, all, _ := strings.Cut(res.Header.Get("Content-Range"), "*/")
	n, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return n
}

// errShort: a log ends before the offset.
var errShort = errors.New("the log is shorter than what was read of it")

// chunk reads what follows after so many bytes that are known.
func (c Client) chunk(body io.Reader, offset, skip int64, ended bool) (LogChunk, error) {
	none := LogChunk{Next: offset}
	if _, err := io.CopyN(io.Discard, body, skip); errors.Is(err, io.EOF) {
		return none, errShort
	} else if err != nil {
		return none, c.cutOff(err)
	}
	text, err := io.ReadAll(io.LimitReader(body, MaxAnswer))
	if err != nil {
		return none, c.cutOff(err)
	}
	return LogChunk{Text: text, Next: offset + int64(len(text)), Complete: ended && len(text) < MaxAnswer}, nil
}
