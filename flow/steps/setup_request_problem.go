package steps

import (
	"errors"
	"fmt"
	"net/url"

	"ferry/flow"
	"ferry/flow/ci"
)

// page shows where a person opens the request, or sees it. Of a host that is not
// known only its front is.
func (s *OpenRequest) page() []string {
	at := ""
	switch r, ok := s.yard.Host.(ci.Requester); {
	case ok:
		at = r.RequestURL(s.want())
	case s.yard.Remote.Hostname() == "gitlab.com":
		at = "https://gitlab.com/" + s.yard.Remote.Slug() + "/-/merge_requests/new?" + url.Values{"merge_request[source_branch]": {s.setup.Branch}}.Encode()
	case s.yard.Remote.Hostname() == "github.com", s.yard.Remote.Hostname() == "codeberg.org":
		at = "https://" + s.yard.Remote.Hostname() + "/" + s.yard.Remote.Slug() + "/compare/" + url.PathEscape(s.setup.Default) + "..." + url.PathEscape(s.setup.Branch)
	case s.yard.Remote.Hostname() != "" && s.yard.Remote.Slug() != "":
		at = "https://" + s.yard.Remote.Hostname() + "/" + s.yard.Remote.Slug()
	default:
		return []string{"git remote -v"}
	}
	return []string{"python3 -m webbrowser " + flow.Shell([]string{at})}
}

// login is the command that stores a token of the host.
func (s *OpenRequest) login() []string {
	if s.yard.Host == nil {
		return nil
	}
	return []string{"ferry auth login " + s.yard.Host.Name()}
}

// byHand: no request can be opened from here; a person can.
func (s *OpenRequest) byHand(why string) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupNoRequest, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("No request to merge %s can be opened from here: %s", s.setup.Branch, why),
		Now:  []string{"no request was opened; with the branch on the remote a person opens it on the page"}, Next: s.page()}
	if _, ok := s.yard.Host.(ci.Requester); ok {
		p.Class, p.Next = flow.ClassCredentials, append(s.login(), p.Next...)
	}
	return p
}

// unread: whether there is a request is not known.
func (s *OpenRequest) unread(err error) *flow.Problem {
	p := ciProblem(err)
	p.Text = fmt.Sprintf("Whether a request to merge %s is open cannot be told: %v", s.setup.Branch, err)
	p.Now, p.Next = []string{"no request was opened on a guess"}, s.page()
	if p.Class == flow.ClassCredentials {
		p.Next = append(s.login(), p.Next...)
	}
	return p
}

// refused is a no of the host; nil where what came is no answer, after which a
// request may be there.
func (s *OpenRequest) refused(what string, err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupNoRequest, Class: flow.ClassCredentials, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The request to merge %s was not %s: %v", s.setup.Branch, what, err),
		Now:  []string{"the host refused it, and nothing came of it"}, Next: append(s.login(), s.page()...)}
	var (
		token   *ci.NeedsTokenError
		may     *ci.PermissionError
		auth    *ci.AuthError
		none    *ci.NotFoundError
		not     *ci.ConflictError
		limited *ci.RateLimitError
	)
	switch {
	case errors.As(err, &token), errors.As(err, &may), errors.As(err, &auth):
	case errors.As(err, &not):
		p.Class, p.Next = flow.ClassConflict, s.page()
	case errors.As(err, &none), errors.As(err, &limited):
		p.Class, p.Next = flow.ClassFailed, s.page()
	default:
		return nil
	}
	return p
}

// notClosed: the request stays, or nobody can say.
func (s *OpenRequest) notClosed(err error) error {
	if p := s.refused("closed", err); p != nil {
		return p
	}
	return s.unread(err)
}
