package gitops

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// proxy is what git's configuration names, else the environment.
func proxy(s settings, remote string, a address) (func(*http.Request) (*url.URL, error), error) {
	values := s.all("remote." + remote + ".proxy")
	if len(values) == 0 {
		values = s.forURL("http", "proxy", a)
	}
	raw, name := last(values), "http.proxy"
	if len(values) == 0 {
		raw, name = environmentProxy(a)
	}
	if raw == "" || noProxy(a) {
		return http.ProxyURL(nil), nil // set to nothing: go there directly
	}
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil { // its own text would quote a password
		return nil, &UnsupportedError{"a " + name + " that cannot be parsed"}
	}
	if _, ok := u.User.Password(); u.User.Username() != "" && !ok {
		return nil, &UnsupportedError{"a " + name + " with a user and no password: git would ask its helpers for it, here it has to be written down"}
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return http.ProxyURL(u), nil
	}
	return nil, &UnsupportedError{"a " + name + " with the protocol " + u.Scheme + "; http, https and socks5 are served"}
}

// environmentProxy reads the variables that curl reads, and so git. HTTP_PROXY in
// capitals is not among them: a web server could be made to set it. This machine
// itself is behind no proxy.
func environmentProxy(a address) (raw, name string) {
	names := []string{"http_proxy", "all_proxy", "ALL_PROXY"}
	if a.scheme == "https" {
		names = []string{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}
	}
	for _, name := range names {
		if raw := os.Getenv(name); raw != "" && !a.loopback() {
			return raw, name
		}
	}
	return "", ""
}

// noProxy reads no_proxy as curl does: names and all that ends in them,
// addresses, and networks such as 10.0.0.0/8.
func noProxy(a address) bool {
	host := strings.ToLower(a.hostname())
	ip, _ := netip.ParseAddr(host)
	for _, name := range strings.FieldsFunc(cmp.Or(os.Getenv("no_proxy"), os.Getenv("NO_PROXY")), func(c rune) bool { return c == ',' || c == ' ' }) {
		name = strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(name, "*."), "."))
		net, err := netip.ParsePrefix(name)
		switch {
		case name == "*", name == host, name == strings.ToLower(a.host), strings.HasSuffix(host, "."+name):
			return true
		case err == nil && net.Contains(ip.Unmap()):
			return true
		}
	}
	return false
}

func (a address) loopback() bool {
	ip, err := netip.ParseAddr(a.hostname())
	return a.hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// hostPort is an address with its port written out.
func (a address) hostPort() string { return net.JoinHostPort(a.hostname(), port(a.scheme, a.port())) }
