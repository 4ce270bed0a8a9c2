package github

import (
	"net/http"
	"net/url"

	"ferry/flow/ci"
	"ferry/keyring"
)

// apiClient layers what every request to the API needs: a token for that host
// and no other, a bound on the answer, and manners.
func apiClient(o Options, base *url.URL) (*http.Client, *ci.Polite) {
	c := plainClient(o.HTTP)
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	polite := ci.NewPolite(bounded{authorized{next, base, o.Token}})
	c.Transport = polite
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != base.Host || r.URL.Scheme != base.Scheme || len(via) > 3 {
			return http.ErrUseLastResponse
		}
		return nil // a repository that was renamed
	}
	return c, polite
}

// plainClient follows no redirect.
func plainClient(from *http.Client) *http.Client {
	c := http.Client{}
	if from != nil {
		c = *from
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// authorized adds the token to requests for the API's own host.
type authorized struct {
	next  http.RoundTripper
	base  *url.URL
	token keyring.Secret
}

func (t authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.token.IsZero() || r.URL.Host != t.base.Host || r.URL.Scheme != t.base.Scheme {
		return t.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	err := t.token.Use(func(v []byte) error {
		r.Header.Set("Authorization", "Bearer "+string(v))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t.next.RoundTrip(r)
}

// bounded cuts off an answer that is too long, with an error.
type bounded struct{ next http.RoundTripper }

func (t bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, ci.MaxAnswer)
	}
	return res, err
}
