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

	// push is what CI said of a push that started no build. It is asked once, for
	// CI grants few requests; nothing decides from it.
	push *pushTold
}

// NewAwaitCI makes the step. One without a memory of its own asks CI with every
// look why there is no build.
func NewAwaitCI(w World, t Target) AwaitCI { return AwaitCI{w, t, &pushTold{}} }

// Observe reads CI's builds on the release ref, and the ref itself.
func (s AwaitCI) Observe(ctx context.Context) flow.Finding {
	if len(s.World.CI) == 0 {
		return s.unasked(ctx)
	}
	want := theRefs | theBuilds
	if s.Target.By == ByOthers {
		want = everything
	}
	e := s.World.look(ctx, s.Target, want)
	if f, ok := s.World.unreadable(e, theBuilds); !ok {
		return f
	}
	ours := e.ours()
	if len(ours) == 0 {
		return s.noBuild(ctx, e)
	}
	f := s.seen(ours)
	f.Facts, f.Warning = s.World.buildFacts(e), attempts(e, ours)
	if !final(ours) {
		return s.underway(e, f, ours)
	}
	if f, is := s.elsewise(ctx, f, ours); is {
		return f
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
	}
	f.Jobs = s.Target.jobsOf(ours)
	return f
}

// underway: some jobs are not final. A person that must approve is named; a
// branch that was moved or deleted under a running build is said.
func (s AwaitCI) underway(e evidence, f flow.Finding, ours []build) flow.Finding {
	f.Text = countStates(f.Jobs, ours)
	if at := e.at(s.Target.Ref); e.refsErr == nil && at != s.Target.Commit && s.Target.By != ByDispatch {
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
		return fmt.Sprintf("build %s: %s", numbered(bs[0]), bs[0].State)
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
	return fmt.Sprintf("build %s: %s", numbered(bs[0]), strings.Join(parts, ", "))
}

// numbered names a build, with its attempt if it is not the first one.
func numbered(b build) string {
	if b.Attempt > 1 {
		return fmt.Sprintf("#%s, attempt %d%s", b.Number, b.Attempt, restarter(b))
	}
	return "#" + b.Number + restarter(b)
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
		part := fmt.Sprintf("%s #%s", b.provider.Name(), b.Number)
		if b.Attempt > 1 {
			part += fmt.Sprintf(", attempt %d,", b.Attempt)
		}
		part += " " + string(b.State)
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
