package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

// CheckCI: CI knows the release ref. A publishing job starts from it, by the CI
// files of the commit, and CI builds the repository at all.
type CheckCI struct {
	World  World
	Target Target
}

// Observe asks CI about the repository; where it already built the release ref
// that is answer enough.
func (s CheckCI) Observe(ctx context.Context) flow.Finding {
	if s.Target.By == ByDispatch {
		return s.byDispatch(ctx)
	}
	p := deployment(s.Target.Outlook)
	open := p != nil && p.Code == flow.CodeUndecided
	if len(s.Target.Deploys) == 0 && s.Target.CIFiles && !open {
		return failed(s.noDeploy())
	}
	if p != nil && s.foreseen(p) {
		p.Now, p.Next = []string{"nothing was pushed"}, append(p.Next, "ferry check")
		return failed(p)
	}
	if len(s.World.CI) == 0 {
		return done("CI: not checked, there is none to ask; %s decides", s.World.Index.Label())
	}
	e := s.World.look(ctx, s.Target, theBuilds)
	if f, ok := s.World.unreadable(e, theBuilds); !ok {
		return f
	}
	f := done("%s", s.says())
	if len(e.builds) == 0 {
		if f, ok := s.known(ctx); !ok {
			return f
		}
		if f, ok := s.token(ctx, &f); !ok {
			return f
		}
		if f, ok := s.gates(ctx, &f); !ok {
			return f
		}
	}
	f.Facts = append(s.World.buildFacts(e), s.World.budgetFacts()...)
	if w := s.warning(); w != "" {
		f.Warning = warned(f, "%s", w)
	}
	if len(e.builds) == 0 {
		f.Text += s.World.anonymous()
		s.pathChanged(ctx, &f)
	}
	return f
}

// foreseen says whether a problem of the outlook is certain. What the files leave
// open stops no release, nor does a file that only Scan can read.
func (s CheckCI) foreseen(p *flow.Problem) bool {
	return p.Class == flow.ClassFailed && len(s.Target.Outlook.Deploys)+len(s.Target.Outlook.Skips) > 0
}

// gates asks what the environments of the publishing jobs want. That nobody tells
// stops nothing; a gate that lets other refs through, and not ours, does.
func (s CheckCI) gates(ctx context.Context, f *flow.Finding) (flow.Finding, bool) {
	for _, d := range gated(s.Target.Outlook.Deploys) {
		c := s.World.gateCheck(ctx, d, s.Target.Ref)
		switch {
		case c.Result == flow.NotChecked && len(c.Proof) > 0: // it may be closed
			f.Warning = warned(*f, "%s", c.Evidence)
		case c.Result == flow.Bad:
			return failed(&flow.Problem{Code: flow.CodeGate, Class: flow.ClassFailed, Retry: flow.RetrySafe, Text: c.Evidence,
				Now: []string{"the publishing job would be refused, and nothing would be published", "nothing was pushed"}, Next: []string{"ferry check"}}), false
		}
		f.Text += "; " + c.Evidence
		f.Proof = append(f.Proof, c.Proof...)
	}
	return *f, true
}

// warning is what a person should know of the CI files before the push, the
// gravest thing first.
func (s CheckCI) warning() string {
	for _, severity := range []string{flow.SeverityError, flow.SeverityWarning} {
		for _, d := range s.Target.Outlook.Diagnostics {
			if d.Severity == severity && concerns(s.Target.Outlook, d.File) {
				return fmt.Sprintf("%s:%d %s; more by: ferry check", d.File, d.Line, d.Text)
			}
		}
	}
	return ""
}

// Run does nothing: CI is set up by a person.
func (CheckCI) Run(context.Context, flow.Log) error { return nil }

// known asks every provider whether the repository is switched on there.
func (s CheckCI) known(ctx context.Context) (flow.Finding, bool) {
	for _, p := range s.World.CI {
		i, ok := p.(ci.Inspector)
		if !ok {
			continue
		}
		project, err := flow.Read(ctx, readingOf{"project", p.Name()}, i.Inspect)
		var none *ci.NotFoundError
		switch {
		case errors.As(err, &none):
			return failed(s.inactive(p, fmt.Sprintf("%s does not know the repository, or the token may not see it", p.Name()))), false
		case err != nil:
			return unknown(ciProblem(err)), false
		case switchedOff(p.Name(), project) != "":
			return failed(s.inactive(p, switchedOff(p.Name(), project))), false
		}
	}
	return flow.Finding{}, true
}

func (s CheckCI) inactive(p ci.Provider, text string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeNoDeploy, Class: flow.ClassFailed, Text: text, Retry: flow.RetrySafe,
		Now:  []string{"a push of " + s.Target.ShortRef() + " would start nothing", "nothing was pushed"},
		Next: []string{"ferry status"}, Err: fmt.Errorf("provider %s", p.Name())}
}

func (s CheckCI) noDeploy() *flow.Problem {
	return &flow.Problem{Code: flow.CodeNoDeploy, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("No publishing job starts from %s, by the CI files at %s", s.Target.ShortRef(), short(s.Target.Commit)),
		Now:  []string{"a push of " + s.Target.ShortRef() + " would publish nothing", "nothing was pushed"},
		Next: []string{"git grep -nE 'deploy:|pypi-publish|twine upload' " + short(s.Target.Commit) + " -- .travis.yml .github/workflows"}}
}

// says names the publishing jobs and where each is written.
func (s CheckCI) says() string {
	if len(s.Target.Deploys) == 0 {
		return "CI knows the repository; which job publishes is not checked"
	}
	var jobs []string
	for _, d := range s.Target.Deploys {
		job := fmt.Sprintf("%s publishes from %s (%s:%d)", d.Provider, s.Target.ShortRef(), d.File, d.Line)
		if d.Undecided != "" {
			job += ", if " + d.Undecided
		}
		jobs = append(jobs, job)
	}
	return strings.Join(jobs, "; ")
}

// buildFacts is what CI says of the release ref.
func (w World) buildFacts(e evidence) []flow.Fact {
	var out []flow.Fact
	now := e.readAt
	for _, b := range e.builds[:min(len(e.builds), 3)] {
		out = append(out, flow.Fact{Witness: "ci." + b.provider.Name(), About: b.Ref,
			Says: fmt.Sprintf("#%s of %s %s", b.Number, short(b.SHA), b.State), Where: b.URL, ReadAt: now})
	}
	if len(e.builds) == 0 && e.buildsErr == nil {
		for _, p := range w.CI {
			out = append(out, flow.Fact{Witness: "ci." + p.Name(), About: e.target.Ref, Says: "no build", ReadAt: now})
		}
	}
	return out
}
