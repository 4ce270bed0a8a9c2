package pypi

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says where an index is. Base URLs end with a slash.
type Config struct {
	Name   string // "pypi", "testpypi", or the user's word for it
	Simple string // e.g. https://pypi.org/simple/
	JSON   string // e.g. https://pypi.org/pypi/; "" where the index has no such API
	Upload string // e.g. https://upload.pypi.org/legacy/

	UserAgent string            // who asks; "" is "ferry"
	Transport http.RoundTripper // nil: one with limits of its own
	Timeout   time.Duration     // of one request, and of a (near) silence in a download; 0 is 20 s
	Now       func() time.Time  // nil: time.Now
}

// Index reads one index. What it keeps of answers is those to uploads, and the
// pages to ask for again; none is believed unasked. It is safe for concurrent use.
type Index struct {
	conf     Config
	client   *http.Client
	attempts attempts
	pages    pages
}

// NewIndex makes an Index. It opens no connection.
func NewIndex(c Config) *Index {
	for _, base := range []*string{&c.Simple, &c.JSON, &c.Upload} {
		if *base != "" && !strings.HasSuffix(*base, "/") {
			*base += "/"
		}
	}
	if c.UserAgent == "" {
		c.UserAgent = "ferry" // Go's own name is answered with 406 by PyPI's edge
	}
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	if c.Transport == nil {
		c.Transport = transport()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	x := &Index{conf: c}
	x.client = &http.Client{Transport: c.Transport, CheckRedirect: x.mayFollow}
	return x
}

// Name is the configured name of the index.
func (x *Index) Name() string { return x.conf.Name }

// Label is what people call the index.
func (x *Index) Label() string {
	switch x.conf.Name {
	case "pypi":
		return "PyPI"
	case "testpypi":
		return "TestPyPI"
	}
	return x.conf.Name
}

// Upload is where distributions are sent to.
func (x *Index) Upload() string { return x.conf.Upload }

// HasJSON says whether Release can be asked.
func (x *Index) HasJSON() bool { return x.conf.JSON != "" }

// SimpleURL is the address that Simple reads.
func (x *Index) SimpleURL(name string) string {
	return x.conf.Simple + url.PathEscape(NormalizeName(name)) + "/"
}

// ProjectURL is where a person sees the release. Only PyPI and TestPyPI have
// such pages; elsewhere it is the simple page. An empty version is the project.
func (x *Index) ProjectURL(name, version string) string {
	u, err := url.Parse(x.conf.Simple)
	if err != nil || u.Host != "pypi.org" && u.Host != "test.pypi.org" {
		return withoutUser(x.SimpleURL(name))
	}
	page := "https://" + u.Host + "/project/" + NormalizeName(name) + "/"
	if version != "" {
		page += url.PathEscape(version) + "/"
	}
	return page
}

// Simple reads the project's page of the simple index: PEP 691 JSON, or HTML
// from an index that has nothing else. It is what pip sees. Found is false
// when the index answers 404.
func (x *Index) Simple(ctx context.Context, name string) (Page, error) {
	a, err := x.get(ctx, x.SimpleURL(name), "application/vnd.pypi.simple.v1+json, "+
		"application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01")
	p := a.page("simple", name)
	if err != nil {
		return unread(p), err
	}
	if !p.Found {
		return p, nil
	}
	if a.isHTML() {
		return parseSimpleHTML(a, p)
	}
	return parseSimpleJSON(a, p)
}

// Release reads one version from the JSON API. Found is false when the index
// answers 404. The error is ErrNoJSON where the index has no such API.
func (x *Index) Release(ctx context.Context, name, version string) (Page, error) {
	if x.conf.JSON == "" {
		return Page{Surface: "json", Name: NormalizeName(name)}, ErrNoJSON
	}
	at := x.conf.JSON + url.PathEscape(NormalizeName(name)) + "/" + url.PathEscape(version) + "/json"
	a, err := x.get(ctx, at, "application/json")
	p := a.page("json", name)
	if err != nil {
		return unread(p), err
	}
	if !p.Found {
		return p, nil
	}
	return parseReleaseJSON(a, p, version)
}

// mayFollow lets reads be redirected, a few times, never from TLS to plain text,
// and to no other host with a password that somebody else chose. A redirect that
// is refused is shown as the answer it is.
func (x *Index) mayFollow(req *http.Request, via []*http.Request) error {
	planted := req.URL.User != nil && req.URL.Host != via[0].URL.Host
	if len(via) > 5 || planted || via[0].URL.Scheme == "https" && req.URL.Scheme != "https" || x.fallback(req.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// fallback says whether an address is PyPI's page of a project, to which
// pypiserver and GitLab send whoever asks for one that they do not have. What is
// there is not on this index: its uploads go elsewhere.
func (x *Index) fallback(to *url.URL) bool {
	own, err := url.Parse(x.conf.Upload)
	ours := err == nil && own.Host != "" && own.Host != "upload.pypi.org"
	return ours && to.Host == "pypi.org" && strings.HasPrefix(to.Path, "/simple/") && !x.isPyPI()
}

// transport has a limit for every phase, since a server may go silent in any.
func transport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 256 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// withoutUser drops credentials that somebody put into an address.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}
