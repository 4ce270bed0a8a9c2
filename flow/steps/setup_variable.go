package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/keyring"
)

// SetVariable: the token of a lane is a private variable of the settings, which
// the builds of the lane's branch get and no others. Travis limits a variable to a
// branch and never to tags: the branch of a tag's build is the tag itself.
type SetVariable struct {
	yard  Yard
	setup Setup
	lane  Lane
	After []flow.Step // must be done first: CI knows the repository, a token is at hand

	mu   sync.Mutex
	made ci.Variable // by Run
}

// NewSetVariable makes the step for one lane.
func NewSetVariable(y Yard, s Setup, l Lane) *SetVariable {
	return &SetVariable{yard: y, setup: s, lane: l}
}

// passwordVariable is what dpl reads where its file has no password.
const passwordVariable = "PYPI_PASSWORD"

// branch is the one whose builds get the variable; "" is every one.
func (s *SetVariable) branch() string { return s.setup.branch(s.lane) }

// branch is the branch that publishes in a lane; "" if tags do.
func (s Setup) branch(l Lane) string {
	if l.Start == rules.StartTag {
		return ""
	}
	return strings.TrimPrefix(s.Rules(l).On("{version}").Ref, "refs/heads/")
}

// Observe lists the variables.
func (s *SetVariable) Observe(ctx context.Context) flow.Finding {
	settings, ok := s.yard.Service.(ci.Settings[keyring.Secret])
	if !ok {
		return conflict(s.yard.lacking("keep a variable for its builds"))
	}
	all, err := flow.Read(ctx, readingOf{"variables", s.yard.service()}, settings.Variables)
	if err == nil {
		err = context.Cause(ctx)
	}
	if p := s.scope(); p != nil && err == nil {
		return failed(p)
	}
	var none *ci.NotFoundError
	if errors.As(err, &none) {
		if f, ok := awaited(ctx, s.After); !ok {
			return f
		}
	}
	if err != nil {
		return foundProblem(s.yard.serviceProblem(err))
	}
	return s.judge(ctx, all)
}

// scope: with a lane of tags beside another, builds would get two values of one
// name, or the token of one index for the other.
func (s *SetVariable) scope() *flow.Problem {
	for _, l := range s.setup.Lanes {
		if l.Index == s.lane.Index || s.branch() != "" && s.setup.branch(l) != "" && s.branch() != s.setup.branch(l) {
			continue
		}
		return &flow.Problem{Code: flow.CodeSetupScope, Class: flow.ClassFailed, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("%s limits a variable to a branch, and never to tags: a build would get the tokens of %s and of %s under one name, and might send one to the other",
				s.yard.service(), s.lane.title(), l.title()),
			Now:  []string{"nothing was changed"},
			Next: []string{"ferry onboard --publish=travis", "ferry onboard --dry-run"}}
	}
	return nil
}

func (s *SetVariable) judge(ctx context.Context, all []ci.Variable) flow.Finding {
	named := slices.DeleteFunc(slices.Clone(all), func(v ci.Variable) bool { return v.Name != passwordVariable })
	mine := slices.DeleteFunc(slices.Clone(named), func(v ci.Variable) bool { return v.Branch != s.branch() })
	for _, v := range named {
		if why := s.inTheWay(v, len(mine)); why != "" {
			return conflict(s.another(v, why))
		}
	}
	if len(mine) == 1 {
		f := done("the private variable %s is there for %s; not checked: its value, which nobody can read. To have it put there anew, delete it in %s and run this again",
			passwordVariable, s.builds(), s.yard.page(""))
		f.Warning, f.Proof = s.wide(), []flow.Proof{{What: passwordVariable + " is private", Where: s.yard.page("")}}
		return f
	}
	return s.missing(ctx)
}

// inTheWay says why a variable of the name cannot stay beside what is wanted.
func (s *SetVariable) inTheWay(v ci.Variable, mine int) string {
	switch {
	case v.Branch == s.branch() && v.Public:
		return "is public: whoever sees a log can read it"
	case v.Branch == s.branch() && mine > 1:
		return "is there more than once"
	case v.Branch == s.branch():
		return ""
	case v.Branch == "":
		return "is for every branch, and which of two a build takes is not certain"
	case s.branch() == "":
		return "is for the branch " + v.Branch + ", and the one for tags would reach the builds of that branch as well"
	}
	return ""
}

func (s *SetVariable) another(v ci.Variable, why string) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupVariable, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s in the settings of %s %s", passwordVariable, s.yard.service(), why),
		Now:  []string{"nothing was changed; a variable that is there is never written over", "delete it there, and run this again"},
		Next: []string{s.yard.open(""), "ferry onboard"}}
	if v.Public {
		p.Now = append(p.Now, "a token in it has to be taken for known to others: delete it on the index")
	}
	return p
}

// missing: the variable is to be made, once there is a token for it.
func (s *SetVariable) missing(ctx context.Context) flow.Finding {
	f, ok := awaited(ctx, s.After)
	if ok {
		f = s.wanted(ctx)
	}
	if f.Status == flow.Todo {
		f.Warning = s.wide()
	}
	return f
}

func (s *SetVariable) wanted(ctx context.Context) flow.Finding {
	t, err := s.yard.token(ctx, s.lane)
	switch {
	case err != nil:
		return foundProblem(s.yard.serviceProblem(err))
	case t.Secret.IsZero():
		return failed(noToken(s.lane))
	}
	return todo("put the token of %s (from %s) into the settings of %s: the private variable %s, for %s", s.lane.title(), t.From, s.yard.service(), passwordVariable, s.builds())
}

// noToken: there is none for a lane, and nothing that would bring one.
func noToken(l Lane) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupTokenNone, Class: flow.ClassCredentials, Retry: flow.RetrySafe,
		Text: "There is no token of " + l.title() + " to give to CI", Now: []string{"nothing was changed"},
		Next: []string{flow.Shell([]string{"ferry", "auth", "login", l.Index})}}
}

// builds says whose the variable is.
func (s *SetVariable) builds() string {
	if s.branch() == "" {
		return "every branch and tag"
	}
	return "builds of the branch " + s.branch() + " alone"
}

// wide is what a person should know of a variable that cannot be limited.
func (s *SetVariable) wide() string {
	if s.branch() != "" {
		return ""
	}
	return s.yard.service() + " cannot limit a variable to tags: a build of any branch of the repository gets the token, and so does whoever may push one"
}

// Run makes the variable of the token that is at hand now.
func (s *SetVariable) Run(ctx context.Context, log flow.Log) error {
	f := s.Observe(ctx)
	ready := f.Status == flow.Todo
	if ready {
		f, ready = awaited(ctx, s.After)
	}
	if !ready {
		return undone("put into the settings", f)
	}
	t, err := s.yard.Tokens.Look(ctx, s.lane.Index)
	switch {
	case err != nil:
		return s.yard.serviceProblem(err)
	case t.Secret.IsZero():
		return noToken(s.lane)
	}
	settings := s.yard.Service.(ci.Settings[keyring.Secret])
	v, err := settings.CreateVariable(ctx, passwordVariable, s.branch(), t.Secret)
	if err != nil {
		return s.otherwise(ctx, settings, v, err)
	}
	s.mu.Lock()
	s.made = v
	s.mu.Unlock()
	log(fmt.Sprintf("%s is a private variable for %s", passwordVariable, s.builds()))
	return nil
}

// otherwise takes back at once what a server made in another way than asked: more
// builds, or everybody, would see the token.
func (s *SetVariable) otherwise(ctx context.Context, settings ci.Settings[keyring.Secret], v ci.Variable, err error) error {
	p := s.yard.serviceProblem(err)
	if v.ID == "" {
		return p
	}
	if gone := settings.DeleteVariable(ctx, v); gone != nil {
		s.mu.Lock()
		s.made = v
		s.mu.Unlock()
		p.Now = []string{fmt.Sprintf("it is there, and could not be taken back: %v", gone), "delete it there, and the token on the index"}
		p.Next = []string{s.yard.open("")}
		return p
	}
	p.Now = []string{"it was taken back at once", "if it was public, take the token for known to others"}
	return p
}

// Undo deletes the variable that Run made.
func (s *SetVariable) Undo(ctx context.Context, log flow.Log) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made.ID == "" {
		return elsewhere("The variable "+passwordVariable+" for "+s.builds(), s.yard.open(""))
	}
	settings := s.yard.Service.(ci.Settings[keyring.Secret])
	var gone *ci.NotFoundError
	if err := settings.DeleteVariable(ctx, s.made); err != nil && !errors.As(err, &gone) {
		return s.yard.serviceProblem(err)
	}
	s.made = ci.Variable{}
	log(passwordVariable + " is out of the settings; the token stays valid until it is deleted on " + s.lane.title())
	return nil
}
