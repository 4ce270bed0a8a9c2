package steps

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"ferry/flow"
	"ferry/flow/ci"
)

// RehearseRecipe: the server has run the release once with --dry-run, which changes
// nothing. What proves it is a build of the configuration that was asked for as one,
// by anybody: so it can be gone on with elsewhere. A build leaves a record, which is
// its server's: there is nothing to take back.
type RehearseRecipe struct {
	Yard   Yard
	Setup  Setup
	Recipe ci.Recipe
	After  []flow.Step // must be done first: what CI is to do must be on the remote

	mu   sync.Mutex
	last *string // when we asked, the newest that there was; "" for none
}

// NewRehearseRecipe makes the step.
func NewRehearseRecipe(y Yard, s Setup) *RehearseRecipe {
	return &RehearseRecipe{Yard: y, Setup: s, Recipe: RecipeFor(s)}
}

// Observe looks for the newest rehearsal of the version.
func (s *RehearseRecipe) Observe(ctx context.Context) flow.Finding {
	f, _, _ := s.judge(ctx)
	return f
}

// judge gives besides what to ask for, and the id of the newest that there is.
func (s *RehearseRecipe) judge(ctx context.Context) (flow.Finding, ci.Query, string) {
	var none ci.Query
	if f, ok := s.ready(ctx); !ok {
		return f, none, ""
	}
	bs, err := s.Yard.Server.Rehearsals(ctx, s.Setup.Version)
	if err != nil {
		return serverFinding(err), none, ""
	}
	if len(bs) == 0 {
		f, q := s.ask(ctx, "ask")
		return f, q, ""
	}
	switch b := bs[0]; {
	case !b.Final():
		f := flow.Finding{Status: flow.Underway, Text: fmt.Sprintf("%s: %s", s.named(b), b.State), Started: b.Started}
		for _, j := range b.Jobs {
			f.Jobs = append(f.Jobs, job(j))
		}
		f.Proof = rehearsalProof(b)
		return f, none, b.ID
	case b.State == ci.StatePassed:
		f := done("%s passed", s.named(b))
		f.Proof = rehearsalProof(b)
		return f, none, b.ID
	case s.asked(b.ID):
		return failed(s.problem(b)), none, b.ID
	default:
		f, q := s.ask(ctx, fmt.Sprintf("%s %s: ask again", s.named(b), b.State))
		f.Proof = rehearsalProof(b)
		return f, q, b.ID
	}
}

// asked says whether the newest rehearsal came after we asked for one.
func (s *RehearseRecipe) asked(newest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last != nil && *s.last != newest
}

// ready looks at everything that a rehearsal stands on; ok if nothing is missing.
func (s *RehearseRecipe) ready(ctx context.Context) (flow.Finding, bool) {
	if f, ok := awaited(ctx, s.After); !ok {
		return f, false
	}
	d, err := s.Yard.draft(ctx, s.Recipe)
	switch {
	case err != nil:
		return serverFinding(err), false
	case d.Changes():
		return todo("after the configuration %s is saved", d.Path), false
	case d.NoRehearse != "":
		f := done("not checked: a rehearsal in %s could publish", d.Path)
		f.Warning = fmt.Sprintf("%s was not rehearsed: %s", d.Path, d.NoRehearse)
		return f, false
	case len(d.Undeclared) > 0:
		return undeclared(d), false
	case s.Setup.Version == "":
		f := done("not checked: which version comes next is not known")
		f.Warning = fmt.Sprintf("ask %s once by hand for a build with ferry_version set to the next version and ferry_options to --dry-run", d.Path)
		return f, false
	}
	return flow.Finding{}, true
}

// undeclared: a person has something to do on the server's page first.
func undeclared(d ci.Draft) flow.Finding {
	names := strings.Join(d.Undeclared, ", ")
	p := &flow.Problem{Code: flow.CodeServerVariables, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The configuration %s waits for a person to declare the variables %s", d.Path, names),
		Now:  []string{"how this server writes a variable is not known, as it shows none", "they are declared on its page, " + d.Page + ", each with an empty value"},
		Next: []string{"ferry onboard"}}
	return flow.Finding{Status: flow.Underway, Text: "waits for the variables " + names + " of " + d.Path, Problem: p,
		Proof: []flow.Proof{{What: "configuration " + d.Path, Where: d.Page}}}
}

// ask is still to be done, for the commit that is on the remote.
func (s *RehearseRecipe) ask(ctx context.Context, how string) (flow.Finding, ci.Query) {
	refs, err := s.Yard.refs(ctx)
	if err != nil {
		return unknown(s.Yard.remoteProblem(err)), ci.Query{}
	}
	var found ci.Query
	for _, ref := range refs { // the setup's own branch goes before the default one
		if ref.Name == "refs/heads/"+s.Setup.Branch && s.Setup.Branch != "" || ref.Name == "refs/heads/"+s.Setup.Default && found.Ref == "" {
			found = ci.Query{Ref: ref.Name, SHA: ref.SHA}
		}
	}
	if found.Ref == "" {
		return failed(&flow.Problem{Code: flow.CodeNotPushed, Class: flow.ClassFailed, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("The remote has no branch %s whose release could be rehearsed", s.Setup.Default),
			Now:  []string{"nothing was asked for"}, Next: []string{flow.Shell([]string{"git", "push", "origin", s.Setup.Default})}}), found
	}
	return todo("%s for a build that runs the release of %s at %s with --dry-run", how, s.Setup.Version, short(found.SHA)), found
}

// Run asks once.
func (s *RehearseRecipe) Run(ctx context.Context, log flow.Log) error {
	f, q, newest := s.judge(ctx)
	if f.Status != flow.Todo || q.SHA == "" {
		return fmt.Errorf("the rehearsal: %s", f.Text)
	}
	request, err := s.Yard.Server.Rehearse(ctx, q, s.Setup.Version)
	if err != nil {
		return serverProblem(err)
	}
	s.mu.Lock()
	s.last = &newest
	s.mu.Unlock()
	log("the server took the request " + request)
	return nil
}

func (s *RehearseRecipe) named(b ci.Build) string {
	return fmt.Sprintf("build %s, the rehearsal of %s at %s,", cmp.Or(b.Number, b.ID), s.Setup.Version, short(b.SHA))
}

func rehearsalProof(b ci.Build) []flow.Proof {
	return []flow.Proof{{What: "build " + cmp.Or(b.Number, b.ID), Where: b.URL}}
}

func (s *RehearseRecipe) problem(b ci.Build) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeRehearsal, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The server could not run the release: %s %s", s.named(b), b.State),
		Now:  []string{"it was asked to release nothing", "its log is on its page, " + b.URL + "; the server shows it nowhere else"},
		Next: []string{"ferry release --dry-run", "ferry onboard"}}
	for _, j := range b.Jobs {
		for _, step := range j.Steps {
			p.Lines = append(p.Lines, fmt.Sprintf("%s: %s", step.Name, step.State))
		}
	}
	return p
}
