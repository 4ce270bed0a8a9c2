package gitops

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"

	"ferry/keyring"
)

// webSettings are what git's configuration says of speaking http to one URL.
type webSettings struct {
	user      string // whom the URL or credential.username names
	userAgent string // http.userAgent
	proactive bool   // http.proactiveAuth: a login goes with the first request
	stays     bool   // http.followRedirects=false
	oldHTTP   bool   // http.version=HTTP/1.1
	proxy     func(*http.Request) (*url.URL, error)
	tls       *tls.Config
	headers   []headerLine
}

// headerLine is a line of http.extraHeader, or of http.cookieFile. Build servers put
// credentials there, so it is sealed like one.
type headerLine struct {
	name  string
	value keyring.Secret
}

// webSettings reads what counts for one address. What git would obey and we
// cannot is refused by its name. Only what makes a push no other push is passed
// over: limits of time and memory, and the ciphers and versions of TLS, of which
// we take fewer than git would.
func (r *Repo) webSettings(s settings, remote string, a address) (webSettings, error) {
	if a.scheme != "http" && a.scheme != "https" {
		return webSettings{}, nil
	}
	get := func(name string) string { return last(s.forURL("http", name, a)) }
	w := webSettings{headers: headers(s.forURL("http", "extraheader", a)),
		user:      cmp.Or(a.user, last(s.forURL("credential", "username", a))),
		userAgent: cmp.Or(os.Getenv("GIT_HTTP_USER_AGENT"), get("useragent")),
		proactive: get("proactiveauth") != "" && get("proactiveauth") != "none",
		stays:     isFalse(get("followredirects")),
		oldHTTP:   get("version") == "HTTP/1.1",
	}
	var err, bad error
	w.proxy, err = proxy(s, remote, a)
	if a.scheme == "https" {
		w.tls, bad = r.tlsConfig(get)
	}
	cookies, worse := r.cookies(get("cookiefile"), a)
	w.headers = append(w.headers, cookies...)
	return w, errors.Join(refusedSettings(s, remote, a), err, bad, worse)
}

func headers(lines []string) []headerLine {
	var hs []headerLine
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			hs = nil // an empty value takes back all before it
			continue
		}
		hs = append(hs, headerLine{http.CanonicalHeaderKey(strings.TrimSpace(name)), keyring.NewSecret(strings.TrimSpace(value))})
	}
	return hs
}

// logsIn says whether one of the headers is what a host would ask us for.
func (w webSettings) logsIn() bool {
	for _, h := range w.headers {
		if h.name == "Authorization" {
			return true
		}
	}
	return false
}

// forget takes out of a request what says who we are.
func (w webSettings) forget(h http.Header) {
	h.Del("Authorization")
	h.Del("Cookie")
	for _, line := range w.headers {
		h.Del(line.name)
	}
}

func (w webSettings) transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if w.proxy != nil {
		t.Proxy = w.proxy
	}
	if w.tls != nil {
		t.TLSClientConfig = w.tls.Clone()
	}
	if w.oldHTTP {
		t.Protocols = &http.Protocols{}
		t.Protocols.SetHTTP1(true)
	}
	return t
}

func isFalse(v string) bool {
	switch strings.ToLower(v) {
	case "false", "no", "off", "0":
		return true
	}
	return false
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
