package steps

import (
	"fmt"
	"net/http"
	"strings"

	"ferry/flow"
	"ferry/gitops"
)

// logins are the ways of ferry's own to let a host know us, where it has one.
func (w World) logins(auth *gitops.AuthError) []string {
	if auth.Status == http.StatusUnauthorized && w.Remote.Host() == "github.com" {
		return []string{"ferry auth login github"}
	}
	return nil
}

// unablePush says that git would push in a way that we cannot.
func unablePush(what string, err *gitops.UnsupportedError) *flow.Problem {
	return &flow.Problem{Code: flow.CodeRemoteNone, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("%s: it cannot be pushed as git is configured here: %v", what, err),
		Now:  []string{"nothing was sent; the remote was not changed"}, Next: []string{"git config --list --show-origin", "ferry status"}}
}

// movedProblem says that the repository answers at another address now. Only a
// person can tell whether that is still theirs.
func (w World) movedProblem(to string, err error) *flow.Problem {
	from := w.Remote.URL()
	p := &flow.Problem{Code: flow.CodeRemoteMoved, Class: flow.ClassConflict, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The remote moved: %s redirects to %s", from, to),
		Now:  []string{"a push does not follow: the new address may be somebody else's", "the remote was not changed"},
		Next: []string{flow.Shell(w.Remote.SetURLCommand(to)), "ferry status"}}
	switch {
	case to == "":
		p.Text, p.Next = fmt.Sprintf("The remote moved: %s redirects, and does not say where to", from), []string{"git remote -v"}
	case strings.HasPrefix(from, "https:") && !strings.HasPrefix(to, "https:"):
		p.Text += ", which is not encrypted"
		p.Next = []string{"git remote -v"}
	}
	return p
}

// certificateProblem says where the fault of a certificate is mended.
func (w World) certificateProblem(p *flow.Problem, cert *gitops.CertificateError) {
	p.Code = flow.CodeCertificate
	p.Text = fmt.Sprintf("The remote %s cannot be trusted: %v", w.Remote.URL(), cert)
	switch cert.Fault {
	case gitops.UnknownAuthority:
		p.Now = append(p.Now, "if that authority is your organisation's, name the file with its certificate; if it is not, somebody stands in between")
		p.Next = append([]string{flow.Shell([]string{"git", "config", "--global", "http.https://" + cert.Host + "/.sslCAInfo", "FILE"})}, p.Next...)
	case gitops.Expired:
		p.Now = append(p.Now, "the server's owner has to renew it, unless this machine's clock is wrong")
		p.Next = append([]string{"date"}, p.Next...)
	case gitops.OtherHost:
		p.Now = append(p.Now, "the URL may name the wrong host, or a login page of the network answers in its place")
		p.Next = append([]string{"git remote -v"}, p.Next...)
	case gitops.OtherKey:
		p.Now = append(p.Now, "the server has a new key, or somebody stands in between")
	}
}

// partialProblem says that a partial clone lacks what a push needs.
func partialProblem(what string, err *gitops.PartialCloneError) *flow.Problem {
	return &flow.Problem{Code: flow.CodePartialClone, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: what + ": this clone is a partial one, and it lacks what would have to be pushed",
		Now:  []string{"nothing was sent; the remote was not changed"}, Next: []string{flow.Shell(err.Command()), "ferry status"}}
}
