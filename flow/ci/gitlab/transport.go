package gitlab

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"ferry/flow/ci"
	"ferry/keyring"
)

// apiClient layers what every request to the API needs: a token for that place
// and no other, a bound on the answer, and manners.
func apiClient(o Options, base *url.URL) (*http.Client, *ci.Polite) {
	c := http.Client{}
	if o.HTTP != nil {
		c = *o.HTTP
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	c.Transport = bounded{authorized{c.Transport, base, o.Token}}
	hc, polite := ci.PoliteClient(&c)
	hc.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.Method != http.MethodGet || !within(base, r.URL) || len(via) > maxRedirects {
			return http.ErrUseLastResponse
		}
		return nil // a project that was renamed
	}
	return hc, polite
}

const maxRedirects = 3

// within says whether an address is one of the API at base.
func within(base, u *url.URL) bool {
	return u.Host == base.Host && u.Scheme == base.Scheme && strings.HasPrefix(u.Path, base.Path+"/api/v4/")
}

// authorized adds the token to requests for the API's own place. GitLab's header
// is not among those that net/http keeps from another host after a redirect, so
// the client itself never has it.
type authorized struct {
	next  http.RoundTripper
	base  *url.URL
	token keyring.Secret
}

func (t authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.token.IsZero() || !within(t.base, r.URL) {
		return t.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	err := t.token.Use(func(v []byte) error {
		r.Header.Set("PRIVATE-TOKEN", string(v))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t.next.RoundTrip(r)
}

// bounded cuts off an answer that is too long, with an error, and gives GitLab's
// headers of its limit the names under which ferry looks for them. A log is
// bounded by who reads it, for it may be read in parts, and so is an archive.
type bounded struct{ next http.RoundTripper }

func (t bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if p := r.URL.Path; !strings.HasSuffix(p, tracePath) && !strings.HasSuffix(p, artifactsPath) {
		res.Body = http.MaxBytesReader(nil, res.Body, ci.MaxAnswer)
	}
	for _, what := range []string{"Limit", "Remaining", "Reset"} {
		if v := res.Header.Get("RateLimit-" + what); v != "" {
			res.Header.Set("X-RateLimit-"+what, v)
		}
	}
	return res, nil
}

// prepare names us in requests that the library does not make.
func (p *Provider) prepare(r *http.Request) error {
	r.Header.Set("Accept", "text/plain, application/json")
	if p.o.UserAgent != "" {
		r.Header.Set("User-Agent", p.o.UserAgent)
	}
	return nil
}

// unlimited lets every request pass.
type unlimited struct{}

func (unlimited) Wait(context.Context) error { return nil }
