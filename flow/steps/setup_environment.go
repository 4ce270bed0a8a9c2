package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

// MakeEnvironment: on the git host there is the environment that the publishing job
// names, and only the release ref of the lane passes it. Without it whoever may push
// any ref publishes with a workflow of their own; with it, whoever may push that ref.
type MakeEnvironment struct {
	yard  Yard
	setup Setup
	lane  Lane
	After []flow.Step // must be done first

	made    *ci.MadeEnvironment
	refused error // the host did not let this run make it
}

// NewMakeEnvironment makes the step for one lane.
func NewMakeEnvironment(y Yard, s Setup, l Lane) *MakeEnvironment {
	return &MakeEnvironment{yard: y, setup: s, lane: l}
}

// maker is whoever can make environments; nil if nobody can.
func (s *MakeEnvironment) maker() ci.EnvironmentMaker {
	if m, ok := s.yard.Host.(ci.EnvironmentMaker); ok {
		return m
	}
	m, _ := s.yard.Service.(ci.EnvironmentMaker)
	return m
}

// spec is the environment that the job names, and the refs that may pass it.
func (s *MakeEnvironment) spec() ci.EnvironmentSpec {
	r := s.setup.Rules(s.lane)
	return ci.EnvironmentSpec{Name: s.yard.publisher(s.setup, s.lane).Environment, Policies: []ci.Policy{{Kind: r.Kind(), Pattern: r.Glob()}}}
}

// Observe compares what is there with what is wanted.
func (s *MakeEnvironment) Observe(ctx context.Context) flow.Finding {
	if f, ok := awaited(ctx, s.After); !ok {
		return f
	}
	if err := ctx.Err(); err != nil {
		return unknown(s.unread(context.Cause(ctx)))
	}
	want, m := s.spec(), s.maker()
	switch {
	case want.Name == "":
		return s.open("the publishing job names no environment")
	case m == nil:
		return s.open("not checked: no host is known that makes environments by its API")
	}
	d, err := flow.Read(ctx, readingOf{"environment for " + want.Policies[0].String(), want.Name}, func(ctx context.Context) (ci.EnvironmentDiff, error) {
		return m.CompareEnvironment(ctx, want)
	})
	if err != nil {
		return s.unseen(err)
	}
	return s.judge(ctx, want, d)
}

// unseen: nothing can be said of it. What a token may not see stops nobody.
func (s *MakeEnvironment) unseen(err error) flow.Finding {
	if notAllowed(err) {
		return s.open(fmt.Sprintf("not checked: %v", err))
	}
	return unknown(s.unread(err))
}

// notAllowed says whether an error is about what the token may.
func notAllowed(err error) bool {
	var auth *ci.AuthError
	var token *ci.NeedsTokenError
	var scope *ci.PermissionError
	var hidden *ci.NotFoundError
	return errors.As(err, &auth) || errors.As(err, &token) || errors.As(err, &scope) || errors.As(err, &hidden)
}

// open is done, with the warning of what stays possible.
func (s *MakeEnvironment) open(why string) flow.Finding {
	f := done("%s", why)
	e := s.yard.Event(s.setup, s.lane)
	f.Warning = fmt.Sprintf("%s: until an environment lets only the %s %s publish, whoever may push to the repository can publish to %s by a workflow on a ref of their own",
		why, kindOf(e), shortRef(e), s.lane.title())
	f.Proof = []flow.Proof{{What: "where it is set", Where: s.page()}}
	return f
}

// page is where a person makes an environment. GitLab has another place for it.
func (s *MakeEnvironment) page() string {
	at := "https://" + s.yard.Remote.Host() + "/" + s.yard.Remote.Slug()
	if s.setup.How == PublishGitLab {
		return at + "/-/settings/ci_cd"
	}
	return at + "/settings/environments"
}

func (s *MakeEnvironment) judge(ctx context.Context, want ci.EnvironmentSpec, d ci.EnvironmentDiff) flow.Finding {
	switch {
	case d.Refused != "":
		return conflict(s.left(want, d))
	case d.Done():
		return s.there(ctx, want, d)
	case s.refused != nil:
		return s.open(fmt.Sprintf("not made: %v", s.refused))
	}
	if why := s.powerless(ctx); why != "" {
		return s.open("not made: " + why)
	}
	return todo("%s", strings.Join(d.Changes, "; "))
}

// powerless says why no attempt is worth making; "" if one is.
func (s *MakeEnvironment) powerless(ctx context.Context) string {
	i, ok := s.maker().(ci.Inspector)
	if !ok {
		return ""
	}
	p, err := flow.Read(ctx, readingOf{"project", "for " + s.lane.Index}, i.Inspect)
	switch {
	case err != nil || p.Host == nil:
		return "" // the attempt will tell
	case p.Host.MayPush == nil:
		return "there is no token for the host's API"
	case !*p.Host.MayPush:
		return "the account of the token may only read"
	}
	return ""
}

// there: only refs that were asked for pass it. Who may push those is another thing.
func (s *MakeEnvironment) there(ctx context.Context, want ci.EnvironmentSpec, d ci.EnvironmentDiff) flow.Finding {
	f := done("the environment %s lets only %s deploy", want.Name, policies(d.Gate))
	if len(d.Gate.Reviewers) > 0 {
		f.Text += ", after a review by " + strings.Join(d.Gate.Reviewers, " or ")
	}
	var warn []string
	for _, p := range d.Extra {
		warn = append(warn, "besides what was asked for, the "+p.String()+" passes it")
	}
	if d.Gate.URL != "" {
		f.Proof = []flow.Proof{{What: "environment " + want.Name, Where: d.Gate.URL}}
	}
	if len(d.Gate.Reviewers) == 0 {
		warn = append(warn, s.whoPushes(ctx)...)
	}
	f.Warning = strings.Join(warn, "; ")
	return f
}

// whoPushes says who may make the ref that passes, as far as the host tells.
func (s *MakeEnvironment) whoPushes(ctx context.Context) []string {
	e := s.yard.Event(s.setup, s.lane)
	ref := "the " + kindOf(e) + " " + shortRef(e)
	r := s.ruler()
	if r == nil {
		return []string{"not checked: who may push " + ref + "; whoever may, publishes"}
	}
	got, err := s.yard.refRules(ctx, r, e.Ref)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("not checked: who may push %s; whoever may, publishes (%v)", ref, err)}
	case slices.ContainsFunc(got.Rules, func(r ci.RefRule) bool { return r.Forbids == "creation" || r.Forbids == "update" }):
		return nil
	}
	return []string{fmt.Sprintf("no rule that the host shows limits who may push %s, and the environment asks nobody: whoever may push to the repository can publish to %s by that ref", ref, s.lane.title())}
}

func (s *MakeEnvironment) ruler() ci.Ruler {
	if r := s.yard.ruler(); r != nil {
		return r
	}
	r, _ := s.yard.Service.(ci.Ruler)
	return r
}

// left: the host's environment is not changed without weakening it.
func (s *MakeEnvironment) left(want ci.EnvironmentSpec, d ci.EnvironmentDiff) *flow.Problem {
	at := d.Gate.URL
	if at == "" {
		at = s.page()
	}
	return &flow.Problem{Code: flow.CodeSetupEnvironment, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: "The environment is left as it is: " + d.Refused,
		Now:  []string{"nothing was changed on the host", "on the page of the environment a person can let only " + policies(ci.Gate{Policies: want.Policies}) + " deploy, or the publishing job names another environment"},
		Next: []string{flow.Shell([]string{"python3", "-m", "webbrowser", at})}}
}

func (s *MakeEnvironment) unread(err error) *flow.Problem {
	p := ciProblem(err)
	p.Code, p.Text = flow.CodeSetupEnvironment, fmt.Sprintf("The environments of the host cannot be read: %v", err)
	p.Now = []string{"nothing was changed on the host"}
	p.Next = []string{flow.Shell(s.Command())}
	return p
}

// Command is what a person would type: the page, because a command that makes an
// environment takes away the rules of one that is there.
func (s *MakeEnvironment) Command() []string {
	return []string{"python3", "-m", "webbrowser", s.page()}
}
