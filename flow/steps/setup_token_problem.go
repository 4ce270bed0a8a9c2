package steps

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// unfit says why a token cannot upload the project, by what it says of itself;
// nil if nothing speaks against it.
func (s *StoreToken) unfit(t IndexToken, n pypi.NameFinding) *flow.Problem {
	says, err := pypi.ParseToken(t.Secret)
	home := tokenHost(s.yard.at(s.lane).Index)
	switch {
	case err == nil && says.Host != home && (pypisOwn(says.Host) || pypisOwn(home)):
		return s.refused(flow.CodeSetupTokenIndex, t, n, fmt.Sprintf("the token for %s (%s) is one for %s", s.lane.Index, t.From, says.Host))
	case err != nil && pypisOwn(home):
		return s.refused(flow.CodeSetupTokenShape, t, n, fmt.Sprintf("what is given as token for %s (%s) %v", s.lane.Index, t.From, err))
	case !t.Expires.IsZero() && !t.Expires.After(time.Now()):
		return s.refused(flow.CodeSetupTokenExpired, t, n, fmt.Sprintf("the token for %s (%s) expired on %s", s.lane.Index, t.From, t.Expires.UTC().Format("2006-01-02 15:04 UTC")))
	case t.Limited && !onIndex(n):
		p := s.refused(flow.CodeSetupTokenNew, t, n, fmt.Sprintf("the token for %s (%s) is limited (%s), and %s is not there yet", s.lane.Index, t.From, t.Scope, s.setup.Name))
		p.Now = append(p.Now, "the first upload of a project needs a token of the whole account; afterwards one for the project alone takes its place")
		return p
	case t.Projects != nil && !slices.ContainsFunc(t.Projects, s.isOurs):
		return s.refused(flow.CodeSetupTokenOther, t, n, fmt.Sprintf("the token for %s (%s) is for another project than %s; scope: %s", s.lane.Index, t.From, s.setup.Name, t.Scope))
	}
	return nil
}

func (s *StoreToken) isOurs(project string) bool {
	return pypi.NormalizeName(project) == pypi.NormalizeName(s.setup.Name)
}

// tokenHost is the name that tokens have for an index.
func tokenHost(x *pypi.Index) string {
	u, err := url.Parse(x.Upload())
	switch {
	case err != nil:
		return ""
	case u.Host == "upload.pypi.org":
		return "pypi.org"
	}
	return u.Host
}

func pypisOwn(host string) bool { return host == "pypi.org" || host == "test.pypi.org" }

// refused is a token that will not do, with the page that makes one that does.
func (s *StoreToken) refused(code string, t IndexToken, n pypi.NameFinding, text string) *flow.Problem {
	p := &flow.Problem{Code: code, Class: flow.ClassCredentials, Retry: flow.RetrySafe, Text: text, Now: []string{"nothing was stored, and nothing was sent"}}
	if page := s.page(n); page != "" {
		p.Next = append(p.Next, flow.Shell([]string{"python3", "-m", "webbrowser", page}))
	}
	if t.From != "" && !t.Kept && t.From != typedToken(t.Secret).From {
		p.Next = append(p.Next, flow.Shell([]string{"unset", t.From}))
	}
	p.Next = append(p.Next, flow.Shell(s.Command()), "ferry onboard")
	return p
}

// unread: whether there is a token could not be told.
func (s *StoreToken) unread(err error) *flow.Problem { return tokenUnread(s.lane, err) }

func tokenUnread(l Lane, err error) *flow.Problem {
	var p *flow.Problem
	if errors.As(err, &p) {
		return p
	}
	return &flow.Problem{Code: flow.CodeSetupTokenUnread, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("whether there is a token for %s cannot be told: %v", l.Index, err), Now: []string{"nothing was stored"}, Next: []string{"ferry auth status"}}
}

// notOurs: Undo takes back what its own run did, and no more.
func (s *StoreToken) notOurs(why string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupTokenKept, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("the token for %s %s, and stays", s.lane.Index, why), Now: []string{"the keyring was not changed"},
		Next: []string{"ferry auth status", flow.Shell([]string{"ferry", "auth", "logout", s.lane.Index})}}
}
