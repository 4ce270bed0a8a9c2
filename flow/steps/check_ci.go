package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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
	if len(s.Target.Deploys) == 0 && s.Target.CIFiles {
		return failed(s.noDeploy())
	}
	if len(s.World.CI) == 0 {
		return done("CI: not checked, there is none to ask; %s decides", s.World.Index.Label())
	}
	e := s.World.look(ctx, s.Target, theBuilds)
	if f, ok := s.World.unreadable(e, theBuilds); !ok {
		return f
	}
	if len(e.builds) == 0 {
		if f, ok := s.known(ctx); !ok {
			return f
		}
	}
	f := done("%s", s.says())
	f.Facts = s.World.buildFacts(e)
	return f
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
		case !project.Active:
			return failed(s.inactive(p, fmt.Sprintf("%s is switched off for %s", p.Name(), project.Slug))), false
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
	now := time.Now().Round(0)
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
