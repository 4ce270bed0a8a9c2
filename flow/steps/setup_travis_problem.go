package steps

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"

	"ferry/flow"
	"ferry/flow/ci"
)

// page is an address of the chosen CI's pages for people; "" if it has none. An
// empty path is that of the repository's settings.
func (y Yard) page(path string) string {
	l, ok := y.Service.(ci.Linker)
	if !ok {
		return ""
	}
	u, err := url.Parse(l.BuildsURL(""))
	switch {
	case err != nil || u.Host == "":
		return ""
	case path == "":
		u = u.JoinPath("../settings")
	default:
		u.Path = path
	}
	return u.String()
}

// open is the command that shows a page of the chosen CI.
func (y Yard) open(path string) string {
	if page := y.page(path); page != "" {
		return "python3 -m webbrowser " + flow.Shell([]string{page})
	}
	return "ferry doctor"
}

// Pages of Travis' account.
const (
	travisTokens = "/account/preferences"
	travisRepos  = "/account/repositories"
)

// service is the name of the chosen CI.
func (y Yard) service() string {
	if y.Service == nil {
		return "CI"
	}
	return ciTitle(y.Service.Name())
}

// ciTitle is what people call a CI.
func ciTitle(name string) string {
	titles := map[string]string{"travis": "Travis", "github": "GitHub", "gitlab": "GitLab", "gitea": "Gitea", "quickbuild": "QuickBuild"}
	return cmp.Or(titles[name], name)
}

// lacking: the chosen CI cannot do what the setup needs of it.
func (y Yard) lacking(what string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupCIRefuses, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s cannot %s: choose another way to publish", y.service(), what),
		Now:  []string{"nothing was changed"}, Next: []string{"ferry onboard --dry-run"}}
}

// serviceProblem says what came of asking the chosen CI to set something up.
func (y Yard) serviceProblem(err error) *flow.Problem {
	var ours *flow.Problem
	if errors.As(err, &ours) {
		return ours
	}
	p := &flow.Problem{Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err, Now: []string{"nothing was changed"}}
	if y.aboutAccess(p, err) || y.aboutKey(p, err) {
		return p
	}
	p = ciProblem(err)
	p.Now, p.Next = []string{"how things stand there is not known"}, []string{"ferry onboard"}
	return p
}

// aboutAccess explains who may do what there.
func (y Yard) aboutAccess(p *flow.Problem, err error) bool {
	var (
		needs   *ci.NeedsTokenError
		auth    *ci.AuthError
		none    *ci.NotFoundError
		refuses *ci.ConflictError
	)
	switch {
	case errors.As(err, &needs):
		p.Code, p.Class = flow.CodeSetupCIToken, flow.ClassCredentials
		p.Text = fmt.Sprintf("%v; one is made at %s", needs, y.page(travisTokens))
		p.Next = []string{y.open(travisTokens), flow.Shell([]string{"ferry", "auth", "login", needs.Provider})}
	case errors.As(err, &auth):
		p.Code, p.Class = flow.CodeSetupCIToken, flow.ClassCredentials
		p.Text = fmt.Sprintf("%v; the token is refused, or its account may not do it here", auth)
		p.Lines = plainLines(auth.Text)
		p.Next = []string{y.open(travisTokens), flow.Shell([]string{"ferry", "auth", "login", auth.Provider})}
	case errors.As(err, &none):
		p.Code, p.Text = flow.CodeSetupCIUnknown, none.Error()
		p.Next = []string{y.open(travisRepos), "ferry onboard"}
	case errors.As(err, &refuses):
		p.Code, p.Class, p.Text = flow.CodeSetupCIRefuses, flow.ClassConflict, refuses.Error()
		p.Lines, p.Next = plainLines(refuses.Text), []string{"ferry onboard", y.open("")}
	default:
		return false
	}
	return true
}

// aboutKey explains what is wrong with a key, or with what it is to seal.
func (y Yard) aboutKey(p *flow.Problem, err error) bool {
	var (
		address *ci.EndpointError
		other   *ci.FingerprintError
		long    *ci.TooLongError
		unfit   *ci.UnfitValueError
	)
	switch {
	case errors.As(err, &address):
		p.Code, p.Text = flow.CodeSetupCIAddress, address.Error()
		p.Next = []string{"ferry config show"}
	case errors.As(err, &other):
		p.Code, p.Class, p.Retry, p.Text = flow.CodeSetupKey, flow.ClassConflict, flow.RetryUnknown, other.Error()
		p.Now = append(p.Now, "nothing was sealed with it")
		p.Next = []string{y.open(""), "ferry onboard --publish=travis-setting"}
	case errors.As(err, &long):
		*p = *keySmall(ci.PublicKey{Bits: long.Bits, Room: long.Room}, long.Size)
		p.Err = err
	case errors.As(err, &unfit):
		p.Code, p.Class, p.Text = flow.CodeSetupTokenUnfit, flow.ClassFailed, "the token cannot be given to CI: "+unfit.Error()
		p.Next = []string{"ferry auth status"}
	default:
		return false
	}
	return true
}

// keySmall: what is to be sealed is longer than what the key takes. size is 0 where
// it is not known.
func keySmall(key ci.PublicKey, size int) *flow.Problem {
	longer := "a token of PyPI is longer"
	if size > 0 {
		longer = fmt.Sprintf("the token has %d", size)
	}
	return &flow.Problem{Code: flow.CodeSetupKeySmall, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The repository's key has %d bits and seals %d bytes (%d/8 - 11); %s. It can be a private variable of the settings instead", key.Bits, key.Room, key.Bits, longer),
		Now:  []string{"nothing was changed", "a new key pair would have more bits, and spoil every other sealed value of the repository, on all branches"},
		Next: []string{"ferry onboard --publish=travis-setting"}}
}

// foundProblem makes a finding of a problem, by its class.
func foundProblem(p *flow.Problem) flow.Finding {
	return flow.Finding{Status: statusOf(p), Text: p.Text, Problem: p}
}
