package steps

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
	"ferry/pypi"
)

// A leaf's typed error becomes a Problem once, here.

func unknown(p *flow.Problem) flow.Finding {
	return flow.Finding{Status: flow.Unknown, Text: p.Text, Problem: p}
}

func failed(p *flow.Problem) flow.Finding {
	return flow.Finding{Status: flow.Failed, Text: p.Text, Problem: p}
}

func conflict(p *flow.Problem) flow.Finding {
	return flow.Finding{Status: flow.Conflict, Text: p.Text, Problem: p}
}

func done(format string, args ...any) flow.Finding {
	return flow.Finding{Status: flow.Done, Text: fmt.Sprintf(format, args...)}
}

func todo(format string, args ...any) flow.Finding {
	return flow.Finding{Status: flow.Todo, Text: fmt.Sprintf(format, args...)}
}

// remoteProblem says what it means that the remote could not be read or written.
func (w World) remoteProblem(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeRemoteUnreachable, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The remote %s cannot be read: %v", w.Remote.URL(), err),
		Now:  []string{"nothing was changed on a guess"}, Next: []string{flow.Shell([]string{"git", "ls-remote", w.Remote.URL()})}}
	var auth *gitops.AuthError
	var host *gitops.HostKeyError
	var none *gitops.NotFoundError
	var moved *gitops.RedirectedError
	var cert *gitops.CertificateError
	switch {
	case errors.As(err, &moved):
		return w.movedProblem(moved.To, err)
	case errors.As(err, &cert):
		w.certificateProblem(p, cert)
	case errors.As(err, &auth):
		p.Code, p.Class = flow.CodeRemoteRefused, flow.ClassCredentials
		p.Text = fmt.Sprintf("The remote %s does not let us in: %v", w.Remote.URL(), auth)
		p.Lines = plainLines(auth.Text)
		p.Next = append(w.logins(auth), flow.Shell([]string{"git", "ls-remote", w.Remote.URL()}), "ferry status")
		w.explain(p, auth.Kind)
	case errors.As(err, &host):
		w.hostKeyProblem(p, host)
	case errors.As(err, &none):
		p.Class = flow.ClassFailed
		p.Text = fmt.Sprintf("There is no repository at %s, or you may not see it", w.Remote.URL())
		p.Next = []string{"git remote -v"}
	default:
		unsupported(p, err)
	}
	return p
}

// refusal is what a server's no means: its code, what is true, and the way out.
type refusal struct {
	code  string
	class flow.Class
	means string
}

func refusals() map[gitops.Kind]refusal {
	return map[gitops.Kind]refusal{
		gitops.KindProtected: {flow.CodeProtected, flow.ClassFailed, "the ref is protected there: let yourself push it in the host's settings of protected branches and tags, or release by another ref"},
		gitops.KindRuleset:   {flow.CodeRuleset, flow.ClassFailed, "a rule of the host forbids it: have it bypassed or narrowed in the host's settings of rules"},
		gitops.KindHook:      {flow.CodePushRefused, flow.ClassFailed, "a hook of the server declined it: its words say why, and whoever runs the server can change it"},
		gitops.KindQuota:     {flow.CodeQuota, flow.ClassFailed, "it is too large for the host, or there is no room left: take large files out of the commit, or have the limit raised"},
		gitops.KindArchived:  {flow.CodeArchived, flow.ClassFailed, "the repository is archived and takes nothing: unarchive it in its settings, or release from the repository that replaced it"},
		gitops.KindReadOnly:  {flow.CodeReadOnly, flow.ClassCredentials, "the token, key or account may only read there, or lacks a scope: use one that may write"},
		gitops.KindTwoFactor: {flow.CodeTwoFactor, flow.ClassCredentials, "a password does not do there: make an access token that may write, and give that to git in its place"},
		gitops.KindSSO:       {flow.CodeSSO, flow.ClassCredentials, "the organisation wants single sign-on: authorise the token or the key for it, in the host's settings of tokens and keys"},
	}
}

// explain puts the meaning of a no into a problem. A no that we do not
// understand keeps its own words alone.
func (w World) explain(p *flow.Problem, kind gitops.Kind) {
	r, ok := refusals()[kind]
	if !ok {
		return
	}
	p.Code, p.Class = r.code, r.class
	p.Now = append([]string{r.means}, p.Now...)
}

// plainLines is what a server says to a refusal, if it says it plainly.
func plainLines(text string) []string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "<") {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[:min(len(lines), 8)]
}

// sshCommand is what a person would type to see what ssh itself says of a host.
func sshCommand(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil {
		return flow.Shell([]string{"ssh", "-T", "-p", port, name})
	}
	return flow.Shell([]string{"ssh", "-T", host})
}

// writeProblem says what came of a push or a deletion that did not land.
func (w World) writeProblem(what string, err error) error {
	var refused *gitops.RefusedError
	var auth *gitops.AuthError
	var hook *gitops.HookError
	var unsigned *gitops.SignError
	var partial *gitops.PartialCloneError
	var unable *gitops.UnsupportedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &partial):
		return partialProblem(what, partial)
	case errors.As(err, &unsigned):
		return &flow.Problem{Code: flow.CodeTagUnsigned, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
			Text: fmt.Sprintf("%s: git signs tags here, and %v", what, unsigned),
			Now:  []string{"nothing was sent; the remote was not changed"}, Lines: unsigned.Text, Next: unlock(unsigned)}
	case errors.As(err, &hook):
		return &flow.Problem{Code: flow.CodePrePush, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
			Text: fmt.Sprintf("%s: the repository's own pre-push hook stands against it: %v", what, hook),
			Now:  []string{"nothing was sent; the remote was not changed"}, Lines: hook.Text,
			Next: []string{flow.Shell([]string{"cat", hook.Hook}), "ferry status"}}
	case errors.As(err, &refused):
		p := &flow.Problem{Code: flow.CodePushRefused, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
			Text: fmt.Sprintf("%s: the server refused it: %s", what, refused.Reason),
			Now:  []string{"the remote was not changed"}, Lines: refused.Text, Next: []string{"ferry status"}}
		w.explain(p, refused.Kind)
		return p
	case errors.As(err, &auth), errors.As(err, new(*gitops.RedirectedError)):
		p := w.remoteProblem(err)
		p.Text = what + ": " + p.Text
		p.Now[len(p.Now)-1] = "the remote was not changed"
		return p
	case errors.As(err, &unable):
		return unablePush(what, unable)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// ciProblem says what it means that CI could not be read.
func ciProblem(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeCIUnreachable, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("CI cannot be read: %v", err),
		Now:  []string{"what CI does is not known; the other witnesses are"}, Next: []string{"ferry status"}}
	var before silenced
	if errors.As(err, &before) {
		p.Text += "; unknown since " + before.since.UTC().Format("15:04 UTC")
	}
	var auth *ci.AuthError
	if errors.As(err, &auth) {
		p.Code, p.Class = flow.CodeCIRefused, flow.ClassCredentials
		p.Text = fmt.Sprintf("%s refused the token: %v", auth.Provider, err)
	}
	return p
}

// indexProblem says what it means that the index could not be read.
func (w World) indexProblem(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeIndexUnreachable, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The index %s cannot be read: %v", w.Index.Label(), err),
		Now:  []string{"what is published is not known; that it cannot be read never counts as absence"},
		Next: []string{"ferry status"}}
	var he *pypi.HTTPError
	if errors.As(err, &he) {
		p.Next = []string{"curl -sSI " + he.URL, "ferry status"}
	}
	return p
}

// unreadable is the finding for the first witness that could not be read, in
// the order given; ok if all could.
func (w World) unreadable(e evidence, want witness) (f flow.Finding, ok bool) {
	switch {
	case want&theRefs != 0 && e.refsErr != nil:
		return unknown(w.remoteProblem(e.refsErr)), false
	case want&theBuilds != 0 && e.buildsErr != nil:
		f := unknown(ciProblem(e.buildsErr))
		f.Facts = w.buildFacts(e) // of the CIs that can be read
		return f, false
	case want&theIndex != 0 && e.indexErr() != nil:
		return unknown(w.indexProblem(e.indexErr())), false
	}
	return flow.Finding{}, true
}

// refFact is what the remote says of a ref.
func (w World) refFact(ref, says string) flow.Fact {
	return flow.Fact{Witness: "git", About: ref, Says: says, Where: w.Remote.URL(), ReadAt: time.Now().Round(0)}
}
