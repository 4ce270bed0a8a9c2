package pypi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxPage bounds one decoded page. The largest simple pages on PyPI (nightly
// builds with thousands of files) are below 10 MB.
const maxPage = 16 << 20

// answer is one response, read whole.
type answer struct {
	url    *url.URL // after redirects, without credentials
	status int
	header http.Header
	kind   string // media type without parameters
	body   []byte
	readAt time.Time

	elsewhere string // another index's page, to which it leads instead of saying 404
}

// get reads one page. The error has one of the types of this package, or shows
// the context's own error to errors.Is.
func (x *Index) get(ctx context.Context, address, accept string) (answer, error) {
	a := answer{url: &url.URL{}, readAt: x.conf.Now()}
	limited, cancel := context.WithTimeoutCause(ctx, x.conf.Timeout, errSilence)
	defer cancel()
	req, err := x.request(limited, address, accept)
	if err != nil {
		return a, err
	}
	a.url = publicURL(req.URL)
	x.pages.condition(req)
	resp, err := x.client.Do(req)
	if err != nil {
		return a, unreachable(ctx, limited, req.URL.Host, err)
	}
	defer resp.Body.Close()
	a.url, a.status, a.header = publicURL(resp.Request.URL), resp.StatusCode, resp.Header
	a.kind, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	a.readAt = x.conf.Now()
	if to, err := resp.Location(); err == nil && a.status/100 == 3 && x.fallback(to) {
		a.elsewhere = publicURL(to).String()
		return a, nil
	}
	if a.status == http.StatusNotFound {
		return a, nil
	}
	if a.status == http.StatusNotModified {
		if kept, ok := x.pages.unchanged(req, a); ok {
			return kept, nil
		}
	}
	if a.status != http.StatusOK {
		return a, a.failure(resp.Body, x.conf.Now())
	}
	if err := a.read(ctx, limited, resp.Body); err != nil {
		return a, err
	}
	x.pages.keep(req, a)
	return a, nil
}

func (x *Index) request(ctx context.Context, address, accept string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || req.URL.Host == "" {
		return nil, &UnreachableError{Host: x.conf.Name, Err: errors.New("its address is malformed")}
	}
	req.Header.Set("User-Agent", x.conf.UserAgent)
	req.Header.Set("Accept", accept)
	return req, nil
}

func (a *answer) read(ctx, limited context.Context, body io.Reader) error {
	var err error
	a.body, err = io.ReadAll(io.LimitReader(body, maxPage+1))
	if err != nil {
		return broken(ctx, limited, a.url, err)
	}
	if len(a.body) > maxPage {
		a.body = nil
		return &TooLargeError{a.url.String(), maxPage}
	}
	return nil
}

// unreachable explains an error that came before any answer.
func unreachable(ctx, limited context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	from := ""
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // the outer one spells the address out, credentials and all
		if u, bad := url.Parse(wrapped.URL); bad == nil && u.Host != "" && u.Host != host {
			host, from = u.Host, host
		}
	}
	var timed net.Error
	late := errors.Is(context.Cause(limited), errSilence)
	if late {
		err = errSilence
	}
	return &UnreachableError{Host: host, From: from, Timeout: late || errors.As(err, &timed) && timed.Timeout(), Err: err}
}

// broken explains an error in the middle of a body.
func broken(ctx, limited context.Context, at *url.URL, err error) error {
	if ctx.Err() != nil || errors.Is(context.Cause(limited), errSilence) {
		return unreachable(ctx, limited, at.Host, err)
	}
	return &TruncatedError{at.String()}
}

// failure keeps a line of what the server says, if it says it plainly.
func (a answer) failure(body io.Reader, now time.Time) error {
	text, _ := io.ReadAll(io.LimitReader(body, 4<<10))
	return &HTTPError{
		URL: a.url.String(), Status: a.status,
		RetryAfter: retryAfter(a.header.Get("Retry-After"), now),
		Text:       plainText(a.kind, text),
	}
}

func plainText(kind string, body []byte) string {
	var said struct{ Code, Message string }
	text := ""
	switch {
	case kind == "application/json" && json.Unmarshal(body, &said) == nil:
		if text = said.Code; text == "" {
			text = said.Message
		}
	case kind == "text/plain":
		text = string(body)
	}
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "�")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 1<<30 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// page fills in what every surface's page has.
func (a answer) page(surface, name string) Page {
	p := Page{
		Surface: surface, URL: a.url.String(), Name: NormalizeName(name),
		Found: a.status == http.StatusOK, Elsewhere: a.elsewhere, ReadAt: a.readAt, MaxAge: a.maxAge(),
	}
	p.Serial, _ = strconv.ParseInt(a.header.Get("X-PyPI-Last-Serial"), 10, 64)
	p.Date, _ = http.ParseTime(a.header.Get("Date"))
	return p
}

// defaultMaxAge stands in for caches that do not say how long they keep things.
const defaultMaxAge = 600 * time.Second

// maxAge is how old the answer may be: what the index lets caches keep, or
// what a cache says its copy already is, whichever is more.
func (a answer) maxAge() time.Duration {
	age, named := time.Duration(0), false
	for _, part := range strings.Split(strings.ToLower(strings.Join(a.header.Values("Cache-Control"), ",")), ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if key == "max-age" || key == "s-maxage" {
			n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err == nil {
				age, named = max(age, time.Duration(n)*time.Second), true
			}
		}
	}
	if !named {
		age = defaultMaxAge
	}
	if n, err := strconv.ParseUint(a.header.Get("Age"), 10, 31); err == nil {
		age = max(age, time.Duration(n)*time.Second)
	}
	return age
}

func (a answer) isHTML() bool {
	return a.kind == "text/html" || a.kind == "application/vnd.pypi.simple.v1+html"
}

func (a answer) notIndex(reason string) error {
	return &NotIndexError{a.url.String(), a.kind, reason}
}

func publicURL(u *url.URL) *url.URL {
	v := *u
	v.User = nil
	return &v
}
