package ci

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxAnswer bounds how much of one answer is read.
const MaxAnswer = 8 << 20

// Client reads JSON documents for a provider, and turns whatever goes wrong
// into one of the errors of this package. It follows no redirect, so that no
// header travels to another place.
type Client struct {
	Provider string
	HTTP     *http.Client
	Prepare  func(*http.Request) error // sets the headers
}

// Get reads the document at url into v. what names it in errors.
func (c Client) Get(ctx context.Context, url, what string, v any) error {
	body, err := c.ask(ctx, http.MethodGet, url, what)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return &MalformedError{c.Provider, err}
	}
	return nil
}

// Post asks once for something to be done, without a body, and drops the answer.
// An error does not say that nothing was done, unless it is an AuthError, a
// ConflictError, a NotFoundError or a RateLimitError.
func (c Client) Post(ctx context.Context, url, what string) error {
	_, err := c.ask(ctx, http.MethodPost, url, what)
	return err
}

func (c Client) ask(ctx context.Context, method, url, what string) ([]byte, error) {
	res, err := c.send(ctx, Request{Method: method, URL: url, What: what}, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := c.read(res.Body, what)
	switch {
	case err != nil:
		return nil, err
	case !granted(method, res.StatusCode):
		return nil, Refusal(c.Provider, what, res, body)
	}
	return body, nil
}

// granted says whether an answer is the one asked for. A document that is
// merely accepted, or empty, is none.
func granted(method string, status int) bool {
	return status == http.StatusOK || method != http.MethodGet && status > http.StatusOK && status < http.StatusMultipleChoices
}

func (c Client) strict() *http.Client {
	h := http.Client{}
	if c.HTTP != nil {
		h = *c.HTTP
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &h
}

// Refusal makes an error of an answer that is not the one asked for.
func Refusal(provider, what string, res *http.Response, body []byte) error {
	switch s := res.StatusCode; {
	case s == http.StatusTooManyRequests, s == http.StatusForbidden && limited(res):
		return &RateLimitError{provider, RetryAt(res)}
	case s == http.StatusConflict, s == http.StatusUnprocessableEntity:
		return &ConflictError{provider, what, message(body)}
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return &AuthError{provider, s, message(body)}
	case s == http.StatusNotFound, s == http.StatusGone:
		return &NotFoundError{provider, what}
	case s >= 300 && s < 400:
		return &MalformedError{provider, fmt.Errorf("redirected to %q, which is not followed", res.Header.Get("Location"))}
	default:
		return &UnreachableError{Provider: provider, Status: s, Err: errors.New(message(body))}
	}
}

// limited says whether a 403 means "not now": GitHub refuses so what comes too
// fast, and what comes after the last request of the hour.
func limited(res *http.Response) bool {
	return res.Header.Get("Retry-After") != "" || res.Header.Get("X-RateLimit-Remaining") == "0"
}

// RetryAt reads when a server wants to be asked again; zero if it does not say.
func RetryAt(res *http.Response) time.Time {
	after := res.Header.Get("Retry-After")
	if at, err := http.ParseTime(after); err == nil {
		return at
	}
	seconds, err := strconv.Atoi(after)
	if err != nil || seconds < 0 {
		return resetAt(res)
	}
	from, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		from = time.Now()
	}
	return from.Add(time.Duration(seconds) * time.Second)
}

// resetAt is when a budget that is used up is granted anew.
func resetAt(res *http.Response) time.Time {
	b := BudgetOf(res.Header)
	if b.Left > 0 {
		return time.Time{}
	}
	return b.Reset
}

// BudgetOf reads the X-RateLimit headers of an answer; the zero Budget if it has none.
func BudgetOf(h http.Header) Budget {
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	left, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err3 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || err2 != nil || err3 != nil || limit < 0 || left < 0 {
		return Budget{}
	}
	return Budget{Limit: limit, Left: left, Reset: time.Unix(reset, 0).UTC()}
}

// message finds what a server says in an error document.
func message(body []byte) string {
	var doc struct {
		Travis string `json:"error_message"`
		Other  string `json:"message"`
	}
	_ = json.Unmarshal(body, &doc) // an answer that is no JSON has no message
	text := cmp.Or(doc.Travis, doc.Other)
	if text == "" && !strings.HasPrefix(strings.TrimSpace(string(body)), "<") {
		text = strings.TrimSpace(string(body))
	}
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

const maxMessage = 300
