package gitops

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"ferry/keyring"
)

// webSettings are what git's configuration says of speaking http to one URL.
type webSettings struct {
	proxy   func(*http.Request) (*url.URL, error)
	tls     *tls.Config
	headers []headerLine
}

// headerLine is a line of http.extraHeader. Build servers put credentials there, so
// it is sealed like one.
type headerLine struct {
	name  string
	value keyring.Secret
}

// webSettings reads http.* and http.URL.*, and the variables that outrank them.
func (r *Repo) webSettings(s settings, remote string, a address) (webSettings, error) {
	if a.scheme != "http" && a.scheme != "https" {
		return webSettings{}, nil
	}
	get := func(name string) string { return last(s.forURL(name, a)) }
	w := webSettings{headers: headers(s.forURL("extraheader", a))}
	var err, bad error
	w.proxy, err = proxy(s, remote, a)
	if a.scheme == "https" {
		w.tls, bad = r.tlsConfig(get)
	}
	return w, errors.Join(err, bad)
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

func (w webSettings) transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if w.proxy != nil {
		t.Proxy = w.proxy
	}
	if w.tls != nil {
		t.TLSClientConfig = w.tls.Clone()
	}
	return t
}

// proxy is nil where git's configuration names none: then the environment does.
func proxy(s settings, remote string, a address) (func(*http.Request) (*url.URL, error), error) {
	values := s.all("remote." + remote + ".proxy")
	if len(values) == 0 {
		values = s.forURL("proxy", a)
	}
	if len(values) == 0 {
		return nil, nil
	}
	raw := last(values)
	if raw == "" || noProxy(a) {
		return http.ProxyURL(nil), nil // set to nothing: go there directly
	}
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil { // its own text would quote a password
		return nil, &UnsupportedError{"a http.proxy that cannot be parsed"}
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return http.ProxyURL(u), nil
	}
	return nil, &UnsupportedError{"a http.proxy with the protocol " + u.Scheme + "; http, https and socks5 are served"}
}

// noProxy reads no_proxy as curl does: names, and all that ends in them.
func noProxy(a address) bool {
	host := strings.ToLower(a.hostname())
	for _, name := range strings.FieldsFunc(cmp.Or(os.Getenv("no_proxy"), os.Getenv("NO_PROXY")), func(c rune) bool { return c == ',' || c == ' ' }) {
		name = strings.ToLower(strings.TrimPrefix(name, "."))
		if name == "*" || name == host || name == strings.ToLower(a.host) || strings.HasSuffix(host, "."+name) {
			return true
		}
	}
	return false
}

// tlsConfig trusts what git would trust. What git would trust blindly is refused.
func (r *Repo) tlsConfig(get func(string) string) (*tls.Config, error) {
	if _, off := os.LookupEnv("GIT_SSL_NO_VERIFY"); off || isFalse(get("sslverify")) {
		return nil, &UnsupportedError{"http.sslVerify=false: anybody could take the push; name the server's authority in http.sslCAInfo in its place"}
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca := cmp.Or(os.Getenv("GIT_SSL_CAINFO"), get("sslcainfo")); ca != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pem, err := os.ReadFile(configPath(ca, r.root))
		if err != nil || !pool.AppendCertsFromPEM(pem) {
			return nil, &UnsupportedError{"http.sslCAInfo " + ca + ": no certificates can be read there"}
		}
		c.RootCAs = pool
	}
	if cert := cmp.Or(os.Getenv("GIT_SSL_CERT"), get("sslcert")); cert != "" {
		pair, err := r.clientCertificate(cert, cmp.Or(os.Getenv("GIT_SSL_KEY"), get("sslkey"), cert))
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func (r *Repo) clientCertificate(cert, key string) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(configPath(cert, r.root), configPath(key, r.root))
	if err != nil {
		return pair, &UnsupportedError{fmt.Sprintf("http.sslCert %s: it cannot be read without a question (%v)", filepath.Base(cert), err)}
	}
	return pair, nil
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
