package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// AwaitCI: every job of the build of exactly this commit on exactly this ref is
// final. The colour is a fact, not a verdict: the index decides.
type AwaitCI struct {
	World  World
	Target Target
}

// Observe reads CI's builds on the release ref, and the ref itself.
func (s AwaitCI) Observe(ctx context.Context) flow.Finding {
	if len(s.World.CI) == 0 {
		return s.unasked(ctx)
	}
	e := s.World.look(ctx, s.Target, theRefs|theBuilds)
	if f, ok := s.World.unreadable(e, theBuilds); !ok {
		return f
	}
	ours := e.ours()
	if len(ours) == 0 {
		return s.noBuild(ctx, e)
	}
	f := s.seen(ours)
	f.Facts = s.World.buildFacts(e)
	if !final(ours) {
		return s.underway(e, f, ours)
	}
	f.Status, f.Text = flow.Done, verdictLine(ours)
	return f
}

// Run does nothing: CI runs by itself.
func (AwaitCI) Run(context.Context, flow.Log) error { return nil }

// unasked: without a CI to ask, what is pushed has left our hands.
func (s AwaitCI) unasked(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, theRefs|theIndex)
	if e.refsErr == nil && e.at(s.Target.Ref) == s.Target.Commit || e.published() && e.mine() {
		return done("CI: not checked, there is none to ask")
	}
	if f, ok := s.World.unreadable(e, theRefs|theIndex); !ok {
		return f
	}
	return todo("nothing was pushed yet")
}

func (s AwaitCI) seen(ours []build) flow.Finding {
	f := flow.Finding{Status: flow.Underway}
	for _, b := range ours {
		f.Proof = append(f.Proof, flow.Proof{What: fmt.Sprintf("%s #%s of %s", b.provider.Name(), b.Number, short(b.SHA)), Where: b.URL})
		if f.Started.IsZero() || b.Started.Before(f.Started) {
			f.Started = b.Started
		}
		for _, j := range b.Jobs {
			f.Jobs = append(f.Jobs, job(j))
		}
	}
	return f
}

var jobStates = map[ci.State]flow.JobState{
	ci.StateQueued: flow.JobQueued, ci.StateApproval: flow.JobApproval, ci.StateRunning: flow.JobRunning, ci.StatePassed: flow.JobPassed,
	ci.StateFailed: flow.JobFailed, ci.StateErrored: flow.JobFailed, ci.StateCancelled: flow.JobCancelled, ci.StateSkipped: flow.JobSkipped,
}

func job(j ci.Job) flow.Job {
	state, ok := jobStates[j.State]
	if !ok {
		state = flow.JobUnknown
	}
	return flow.Job{ID: j.ID, Number: j.Number, Name: j.Name, State: state, Note: j.Note, MayFail: j.AllowFailure, URL: j.URL, Started: j.Started, Ended: j.Ended}
}

// noBuild: CI shows no build of the commit on the ref.
func (s AwaitCI) noBuild(ctx context.Context, e evidence) flow.Finding {
	if e.refsErr != nil {
		return unknown(s.World.remoteProblem(e.refsErr))
	}
	if e.at(s.Target.Ref) == s.Target.Commit {
		p := s.neverStarted()
		return flow.Finding{Status: flow.Underway, Text: "no build yet", Problem: p, Facts: s.World.buildFacts(e)}
	}
	e = s.World.look(ctx, s.Target, everything)
	if e.published() && e.mine() {
		return done("CI shows no build of %s any more; %s decides", short(s.Target.Commit), s.World.Index.Label())
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	return todo("nothing was pushed yet")
}

// neverStarted is what the wait for a build ends with, and what may be the cause.
func (s AwaitCI) neverStarted() *flow.Problem {
	p := &flow.Problem{Code: flow.CodeNoBuild, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("CI never started: no build of %s on %s", short(s.Target.Commit), s.Target.ShortRef()),
		Now:  []string{fmt.Sprintf("%s is at %s on %s", s.Target.ShortRef(), s.Target.Commit, s.World.Remote.Name()), "no build means that nothing was published by it"},
		Next: []string{"ferry status --follow"}}
	p.Lines = []string{"likely causes:", "the webhook from the host to CI is off or broken",
		"CI builds no pushed branches for this repository, or only others (branches.only)",
		"the queue is long, or the account's credits are used up"}
	if skips(s.Target.Subject) {
		p.Lines = append(p.Lines[:1:1], "the commit's message tells CI to skip it: "+s.Target.Subject)
	}
	for _, provider := range s.World.CI {
		if l, ok := provider.(ci.Linker); ok {
			p.Lines = append(p.Lines, "see "+l.BuildsURL(s.Target.Ref))
		}
	}
	return p
}

func skips(subject string) bool {
	subject = strings.ToLower(subject)
	return slices.ContainsFunc([]string{"[skip ci]", "[ci skip]", "[no ci]", "[skip travis]", "[travis skip]", "[skip actions]"},
		func(mark string) bool { return strings.Contains(subject, mark) })
}

// underway: some jobs are not final. A person that must approve is named; a
// branch that was moved or deleted under a running build is said.
func (s AwaitCI) underway(e evidence, f flow.Finding, ours []build) flow.Finding {
	f.Text = countStates(f.Jobs, ours)
	if at := e.at(s.Target.Ref); e.refsErr == nil && at != s.Target.Commit {
		if at != "" {
			return conflict(s.World.moved(e, at))
		}
		f.Text += "; " + s.Target.ShortRef() + " is gone already, jobs that start now cannot clone it"
	}
	if who := approvals(ours); who != "" {
		f.Problem = &flow.Problem{Code: flow.CodeCIWaits, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
			Text: "CI waits for a person: " + who, Now: []string{"nothing is published before that"},
			Next: []string{"ferry status --follow"}}
		f.Text += "; waits for a person: " + who
	}
	return f
}

// moved says that somebody put the release branch at another commit.
func (w World) moved(e evidence, at string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeBranchMoved, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("%s was moved from our %s to %s by somebody else", e.target.ShortRef(), short(e.target.Commit), short(at)),
		Now:  append([]string{fmt.Sprintf("%s is at %s on %s; it is left alone", e.target.ShortRef(), at, w.Remote.Name())}, w.buildLines(e, e.target.Commit)...),
		Next: []string{"ferry status --follow"}}
}

func approvals(bs []build) string {
	for _, b := range bs {
		for _, j := range b.Jobs {
			if j.State == ci.StateApproval {
				return strings.TrimSpace(j.Name + " " + j.Note)
			}
		}
		if b.State == ci.StateApproval {
			return strings.TrimSpace(b.Name + " " + b.Note)
		}
	}
	return ""
}

// countStates says what the jobs do, without anything that changes by the second.
func countStates(jobs []flow.Job, bs []build) string {
	if len(jobs) == 0 {
		return fmt.Sprintf("build #%s: %s", bs[0].Number, bs[0].State)
	}
	names := []struct {
		state flow.JobState
		word  string
	}{{flow.JobPassed, "ok"}, {flow.JobFailed, "failed"}, {flow.JobRunning, "run"}, {flow.JobQueued, "wait"},
		{flow.JobApproval, "for approval"}, {flow.JobCancelled, "cancelled"}, {flow.JobSkipped, "skipped"}, {flow.JobUnknown, "unknown"}}
	var parts []string
	for _, n := range names {
		if c := countJobs(jobs, n.state); c > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c, n.word))
		}
	}
	return fmt.Sprintf("build #%s: %s", bs[0].Number, strings.Join(parts, ", "))
}

func countJobs(jobs []flow.Job, state flow.JobState) (n int) {
	for _, j := range jobs {
		if j.State == state {
			n++
		}
	}
	return n
}

// verdictLine says how the builds ended.
func verdictLine(bs []build) string {
	var parts []string
	for _, b := range bs {
		part := fmt.Sprintf("%s #%s %s", b.provider.Name(), b.Number, b.State)
		if !b.Started.IsZero() && !b.Ended.IsZero() {
			part += " in " + b.Ended.Sub(b.Started).Round(time.Second).String()
		}
		for _, j := range redJobs(b) {
			part += fmt.Sprintf("; %s %s", jobName(j), j.State)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func redJobs(b build) []ci.Job {
	return slices.DeleteFunc(slices.Clone(b.Jobs), func(j ci.Job) bool {
		return !j.State.Final() || j.State.Good() || j.State == ci.StateSkipped || j.AllowFailure
	})
}

func jobName(j ci.Job) string {
	switch {
	case j.Number == "":
		return j.Name
	case j.Name == "":
		return j.Number
	}
	return fmt.Sprintf("%s (%s)", j.Number, j.Name)
}
