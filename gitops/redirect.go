package gitops

import (
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 5

// redirect lets reads follow, without credentials to another host and never
// from https to http. A write stops at the first redirect, because the new place
// may be somebody else's; so does a read where http.followRedirects is false. A
// host that only writes .git behind the name, as GitLab does, has not moved it.
func (s *httpSession) redirect(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	switch {
	case s.service == writeService && place(req.URL) != place(via[0].URL)+".git",
		s.remote.web.stays, req.Method != http.MethodGet, via[0].Method != http.MethodGet,
		len(via) > maxRedirects, from.Scheme == "https" && req.URL.Scheme != "https":
		return http.ErrUseLastResponse
	}
	if req.URL.Host != via[0].URL.Host {
		s.login, s.headers, s.away = Login{}, nil, true // nor with what comes after
	}
	if s.away { // net/http writes the first request's headers on every hop
		s.remote.web.forget(req.Header)
	}
	return nil
}

// moved notes where a read was led to, "" where it was not.
func (s *httpSession) moved(resp *http.Response) {
	to := place(resp.Request.URL)
	if from := s.remote.base(); to == from || to == from+".git" {
		to = ""
	}
	s.remote.movedTo.Store(&to)
}

// Moved is where the host led the last read of the list of refs to: the address
// of a repository that was renamed. "" if it answered where it was asked. A push
// will not follow there.
func (m *Remote) Moved() string {
	if to := m.movedTo.Load(); to != nil {
		return *to
	}
	return ""
}

// redirected is the error for a redirect that is not followed.
func (m *Remote) redirected(to string) error { return &RedirectedError{m.URL(), to} }

// SetURLCommand is what a person would type to let the remote push to another URL.
func (m *Remote) SetURLCommand(to string) []string {
	if m.ownPushURL {
		return []string{"git", "remote", "set-url", "--push", m.name, to}
	}
	return []string{"git", "remote", "set-url", m.name, to}
}

// destination is where a redirect leads, "" if it does not say.
func destination(resp *http.Response) string {
	to, err := resp.Location()
	if err != nil {
		return ""
	}
	return place(to)
}

// place is the repository's part of a URL, without userinfo and without the
// service that was asked for.
func place(u *url.URL) string {
	to := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	for _, service := range []string{"/info/refs", "/" + readService, "/" + writeService} {
		to.Path = strings.TrimSuffix(to.Path, service)
	}
	return to.String()
}
