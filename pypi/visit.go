package pypi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
)

// ErrNoHome is what Visit says where an index names no page for people, or one
// that is not its own.
var ErrNoHome = errors.New("this index names no page for people")

// Visit reads the page on which people see a release, as the JSON API's page of
// it names it. found is false for a 404. speaks says whether the page names the
// version: PyPI shows programs another page at times, which proves nothing.
func (x *Index) Visit(ctx context.Context, release Page, version string) (found, speaks bool, err error) {
	at, err := url.Parse(release.Home)
	own, err2 := url.Parse(x.conf.JSON)
	if err != nil || err2 != nil || release.Home == "" || at.Host != own.Host || at.Scheme != own.Scheme {
		return false, false, ErrNoHome
	}
	at.User = nil
	a, err := x.get(ctx, at.String(), "text/html")
	if err != nil || a.status != http.StatusOK {
		return false, false, err
	}
	return true, bytes.Contains(a.body, []byte(version)), nil
}

// Stored asks the file host whether it has a file, without reading it.
func (x *Index) Stored(ctx context.Context, f File) (bool, error) {
	limited, cancel := context.WithTimeoutCause(ctx, x.conf.Timeout, errSilence)
	defer cancel()
	req, err := x.request(limited, f.URL, "*/*")
	if err != nil {
		return false, err
	}
	req.Method = http.MethodHead
	resp, err := x.client.Do(req)
	if err != nil {
		return false, unreachable(ctx, limited, req.URL.Host, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusNotFound, http.StatusGone:
		return false, nil
	}
	return false, &HTTPError{URL: publicURL(resp.Request.URL).String(), Status: resp.StatusCode}
}
