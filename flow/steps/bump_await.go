package steps

import (
	"context"
	"fmt"
	"slices"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// AwaitMain: every build of the commit with the version, on the default branch, is
// over and green. Nothing is triggered before that.
type AwaitMain struct {
	World World
	Bump  Bump
}

// Observe reads CI's builds of the commit on the default branch.
func (s AwaitMain) Observe(ctx context.Context) flow.Finding {
	push := PushMain(s)
	switch f := push.Observe(ctx); f.Status {
	case flow.Done:
	case flow.Unknown:
		return f
	default:
		return todo(afterThis+"%s is on %s", s.Bump.Version, s.Bump.Default)
	}
	if len(s.World.CI) == 0 {
		return done("CI on %s: not checked, there is none to ask", s.Bump.Default)
	}
	head, err := s.World.Repo.Head()
	if err != nil {
		return unknown(deskProblem(err))
	}
	return s.builds(ctx, Target{Ref: push.ref(), Commit: head.SHA})
}

func (s AwaitMain) builds(ctx context.Context, t Target) flow.Finding {
	e := evidence{target: t}
	e.builds, e.buildsErr = s.World.builds(ctx, t.Ref, t.Commit)
	if e.buildsErr != nil {
		return unknown(ciProblem(e.buildsErr))
	}
	ours := e.ours()
	if len(ours) == 0 {
		return s.none(t)
	}
	f := AwaitCI{World: s.World, Target: t}.seen(ours)
	f.Facts = s.World.buildFacts(e)
	switch {
	case !final(ours):
		f.Text = countStates(f.Jobs, ours)
		if who := approvals(ours); who != "" {
			f.Text += "; waits for a person: " + who
		}
	case good(ours):
		f.Status, f.Text = flow.Done, verdictLine(ours)
	default:
		f.Status, f.Text, f.Problem = flow.Failed, verdictLine(ours), s.red(t, ours)
	}
	return f
}

// none: CI shows no build of the commit. Where it has no job for such a push there is
// nothing to wait for, and nothing was checked.
func (s AwaitMain) none(t Target) flow.Finding {
	jobs, err := s.World.jobsOn(t.Ref, t.Commit)
	if err != nil {
		return unknown(deskProblem(err))
	}
	runs := func(j rules.Job) bool { return j.Runs != rules.No && s.World.watches(j.Provider) }
	if !slices.ContainsFunc(jobs, runs) {
		return done("CI on %s: not checked, no job of it is for a push there", s.Bump.Default)
	}
	return flow.Finding{Status: flow.Underway, Text: fmt.Sprintf("no build of %s on %s yet", short(t.Commit), s.Bump.Default),
		Problem: &flow.Problem{Code: flow.CodeBumpMainWait, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("CI shows no build of %s on %s", short(t.Commit), s.Bump.Default), Now: s.now(), Next: s.goOn()}}
}

func (s AwaitMain) now() []string {
	return []string{fmt.Sprintf("%s is on %s of %s; nothing was triggered, and nothing is published", s.Bump.Version, s.Bump.Default, s.World.Remote.Name())}
}

// goOn is to look again, or to release without waiting.
func (s AwaitMain) goOn() []string {
	return []string{"ferry release --bump " + s.Bump.Version, "ferry release"}
}

func (s AwaitMain) red(t Target, bs []build) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeBumpMainRed, Class: flow.ClassFailed, Retry: flow.RetrySafe, Now: s.now(), Next: s.goOn(),
		Text: fmt.Sprintf("CI failed on %s at %s: mend it with another commit, or have it built again", s.Bump.Default, short(t.Commit))}
	for _, b := range bs {
		for _, j := range redJobs(b) {
			p.Lines = append(p.Lines, fmt.Sprintf("%s #%s: %s %s", b.provider.Name(), b.Number, jobName(j), j.State))
		}
		if h, ok := b.provider.(ci.RestartHinter); ok && !b.State.Good() {
			if c := h.RestartCommand(b.Build); len(c) > 0 {
				p.Next = append(p.Next, flow.Shell(c))
			}
		}
	}
	return p
}

// Run does nothing: CI runs by itself.
func (AwaitMain) Run(context.Context, flow.Log) error { return nil }
