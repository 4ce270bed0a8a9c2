package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// client is for the services; it writes every request down if it is asked to.
func client(debug io.Writer) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	c := &http.Client{Timeout: requestTime, Transport: t}
	if debug != nil {
		c.Transport = logged{t, debug}
	}
	return c
}

// logged writes a line for each request: its method, its address without query
// and user, and what came of it. Headers and bodies never reach it.
type logged struct {
	http.RoundTripper
	to io.Writer
}

func (l logged) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := l.RoundTripper.RoundTrip(r)
	u := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path}
	result := fmt.Sprint(err)
	if err == nil {
		result = resp.Status
	}
	fmt.Fprintf(l.to, "%s %s %s %q %s\n", began.UTC().Format(time.RFC3339Nano), r.Method, u.String(), result, time.Since(began).Round(time.Millisecond))
	return resp, err
}
