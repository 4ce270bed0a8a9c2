package gitops

import (
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"ferry/keyring"
)

// address is a remote's URL taken apart. Its secrets are sealed at once, so
// that no error and no log can print them.
type address struct {
	scheme string // http, https, ssh or file
	user   string
	secret keyring.Secret
	tokens bool   // userinfo holds a password or what looks like a token
	host   string // with the port, if one is written
	path   string
	scp    bool // written as host:path
}

// windowsDrive tells C:\x and C:/x from an ssh host called C.
var windowsDrive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)

// helper matches the URLs of git's remote helpers, such as ext::sh -c …
var helper = regexp.MustCompile(`^[A-Za-z0-9]+::`)

func parseAddress(raw, root string) (address, error) {
	switch {
	case helper.MatchString(raw):
		return address{}, &UnsupportedError{"a remote that is spoken to by a helper program"}
	case strings.Contains(raw, "://"):
		return parseURL(raw)
	}
	colon, slash := strings.IndexByte(raw, ':'), strings.IndexByte(raw, '/')
	if strings.HasPrefix(raw, "[") || strings.Contains(raw, "@[") {
		colon = strings.Index(raw, "]:") + 1
	}
	if colon > 0 && (slash < 0 || colon < slash) && !windowsDrive.MatchString(raw) {
		return parseSCP(raw[:colon], raw[colon+1:]), nil
	}
	if !filepath.IsAbs(raw) {
		raw = filepath.Join(root, raw)
	}
	return address{scheme: "file", path: raw}, nil
}

func parseURL(raw string) (address, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// the parser's own error quotes the URL, and with it a password
		return address{}, &UnsupportedError{"a remote whose URL cannot be parsed"}
	}
	a := address{scheme: strings.ToLower(u.Scheme), host: u.Host, path: u.Path}
	switch a.scheme {
	case "http", "https", "ssh", "file":
	case "git+ssh", "ssh+git":
		a.scheme = "ssh"
	default:
		return address{}, &UnsupportedError{"a remote with the protocol " + a.scheme}
	}
	if u.User != nil {
		password, ok := u.User.Password()
		a.user, a.secret = u.User.Username(), keyring.NewSecret(password)
		a.tokens = ok && password != ""
	}
	a.sealUser()
	return a, nil
}

func parseSCP(host, path string) address {
	a := address{scheme: "ssh", host: host, path: path, scp: true}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		a.user, a.host = host[:i], host[i+1:]
	}
	a.sealUser()
	return a
}

var (
	tokenPrefix = regexp.MustCompile(`^(gh[pousr]_|github_pat_|gl[a-z]+-|pypi-|sha256~|ATBB|ATCTT)`)
	tokenShape  = regexp.MustCompile(`^[A-Za-z0-9_-]{20,}$`)
)

// sealUser puts a token that stands where the user name belongs out of sight.
func (a *address) sealUser() {
	shaped := tokenShape.MatchString(a.user) && strings.ContainsAny(a.user, "0123456789")
	if !tokenPrefix.MatchString(a.user) && !shaped {
		return
	}
	a.tokens = true
	if a.secret.IsZero() {
		// hosts take a token as the user with any password, or the other way round
		a.secret, a.user = keyring.NewSecret(a.user), "x-access-token"
	} else {
		a.user = ""
	}
}

// String is the URL without userinfo. Only the login of an ssh URL stays: it is
// part of the address and no secret.
func (a address) String() string {
	login := ""
	if a.scheme == "ssh" && a.user != "" && !a.tokens {
		login = a.user + "@"
	}
	switch {
	case a.scheme == "file":
		return a.path
	case a.scp:
		return login + a.host + ":" + a.path
	}
	u := url.URL{Scheme: a.scheme, Host: a.host, Path: a.path}
	return a.scheme + "://" + login + strings.TrimPrefix(u.String(), a.scheme+"://")
}

// hostname is the host without its port.
func (a address) hostname() string {
	if h, _, err := net.SplitHostPort(a.host); err == nil {
		return h
	}
	return strings.Trim(a.host, "[]")
}

func (a address) port() string {
	_, port, err := net.SplitHostPort(a.host)
	if err != nil {
		return ""
	}
	return port
}

// slug is owner/repo, or deeper where a host has groups in groups.
func (a address) slug() string {
	p := strings.TrimSuffix(strings.Trim(a.path, "/"), ".git")
	if a.scheme == "file" || !strings.Contains(p, "/") {
		return ""
	}
	return p
}
