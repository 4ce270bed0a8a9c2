package gitops

import (
	"errors"
	"os"
	"slices"
	"strings"
)

// refusedSettings names what git would obey on its way to an address and we
// cannot: to go on would be another push than the person's.
func refusedSettings(s settings, remote string, a address) error {
	get := func(name string) string { return last(s.forURL("http", name, a)) }
	var no []error
	refuse := func(when bool, what string) {
		if when {
			no = append(no, &UnsupportedError{what})
		}
	}
	refuse(resolved(s.forURL("http", "curloptresolve", a), a), "http.curloptResolve for "+a.host+": give the host its address in /etc/hosts")
	for _, method := range []string{os.Getenv("GIT_HTTP_PROXY_AUTHMETHOD"), s.last("remote." + remote + ".proxyauthmethod"), get("proxyauthmethod")} {
		refuse(!slices.Contains([]string{"", "anyauth", "basic"}, method), "http.proxyAuthMethod="+method+": a proxy is told who we are by basic alone")
	}
	for _, name := range []string{"proxySSLCert", "proxySSLKey", "proxySSLCAInfo"} {
		refuse(get(strings.ToLower(name)) != "", "http."+name+": a proxy of a private authority or with client certificates")
	}
	return errors.Join(append(no, forbidden(s, a.scheme))...)
}

// resolved says whether http.curloptResolve sends us to another address for the
// host. An entry that begins with - takes one back.
func resolved(entries []string, a address) bool {
	to := false
	for _, e := range entries {
		name, off := strings.CutPrefix(e, "-")
		name = strings.TrimPrefix(name, "+")
		if e == "" || strings.HasPrefix(name, a.hostPort()) || strings.HasPrefix(name, "*:"+port(a.scheme, a.port())) {
			to = e != "" && !off
		}
	}
	return to
}

// forbidden says whether the person allows git no such protocol at all.
func forbidden(s settings, scheme string) error {
	allowed, set := os.LookupEnv("GIT_ALLOW_PROTOCOL")
	rule := first(s.last("protocol."+scheme+".allow"), s.last("protocol.allow"))
	switch {
	case set && !slices.Contains(strings.Split(allowed, ":"), scheme):
		return &UnsupportedError{"a remote over " + scheme + ": GIT_ALLOW_PROTOCOL does not name it"}
	case !set && rule == "never":
		return &UnsupportedError{"a remote over " + scheme + ": protocol." + scheme + ".allow or protocol.allow is never"}
	}
	return nil
}
