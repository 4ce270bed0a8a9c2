package github

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// state maps a status and, once that is completed, a conclusion.
func state(status, conclusion string) ci.State {
	switch status {
	case "queued", "requested", "pending":
		return ci.StateQueued
	case "waiting":
		return ci.StateApproval
	case "in_progress":
		return ci.StateRunning
	case "completed":
		return ended(conclusion)
	}
	return ci.StateUnknown
}

func ended(conclusion string) ci.State {
	switch conclusion {
	case "success", "neutral":
		return ci.StatePassed
	case "failure":
		return ci.StateFailed
	case "timed_out", "startup_failure":
		return ci.StateErrored
	case "cancelled", "stale":
		return ci.StateCancelled
	case "skipped":
		return ci.StateSkipped
	case "action_required":
		return ci.StateApproval
	}
	return ci.StateUnknown
}

// note says what a state alone does not.
func note(status, conclusion string) string {
	switch {
	case state(status, conclusion) == ci.StateUnknown:
		return "GitHub calls its state " + strconv.Quote(strings.Trim(status+" "+conclusion, " "))
	case conclusion == "timed_out":
		return "timed out"
	case conclusion == "startup_failure":
		return "could not start: see the workflow file"
	case conclusion == "action_required":
		return "waits for a person to let it run"
	}
	return ""
}

// build turns a run into a Build, and says whether it is one on the ref. The
// run of a pull request has the name of the branch that is to be merged.
func (p *Provider) build(r *gh.WorkflowRun, q ci.Query) (ci.Build, bool) {
	b := ci.Build{
		ID: strconv.FormatInt(r.GetID(), 10), Number: strconv.Itoa(r.GetRunNumber()), Name: r.GetName(), URL: r.GetHTMLURL(),
		Ref: runRef(r, q.Ref), SHA: r.GetHeadSHA(), Event: r.GetEvent(), Workflow: strconv.FormatInt(r.GetWorkflowID(), 10),
		State: state(r.GetStatus(), r.GetConclusion()), Note: note(r.GetStatus(), r.GetConclusion()),
		Created: r.GetCreatedAt().Time, Started: r.GetRunStartedAt().Time, By: r.GetActor().GetLogin(), Attempt: r.GetRunAttempt(),
	}
	b.File, _, _ = strings.Cut(r.GetPath(), "@")
	if b.Attempt > 1 {
		b.RestartedBy, b.Restarted = r.GetTriggeringActor().GetLogin(), b.Started
	}
	if b.State.Final() {
		b.Ended = r.GetUpdatedAt().Time
	}
	on := q.Ref == "" || r.GetHeadBranch() == refName(q.Ref)
	if strings.HasPrefix(b.Event, "pull_request") || b.Event == "release" && strings.HasPrefix(q.Ref, "refs/heads/") {
		on = false
	}
	return b, on && (q.SHA == "" || b.SHA == q.SHA)
}

// runRef is the ref of a run. GitHub gives a name alone, which the question
// makes whole; without one, only a release tells that it is a tag.
func runRef(r *gh.WorkflowRun, asked string) string {
	switch {
	case asked != "":
		return asked
	case r.GetEvent() == "release":
		return "refs/tags/" + r.GetHeadBranch()
	}
	return "refs/heads/" + r.GetHeadBranch()
}

func job(j *gh.WorkflowJob) ci.Job {
	out := ci.Job{
		ID: strconv.FormatInt(j.GetID(), 10), Name: j.GetName(), URL: j.GetHTMLURL(),
		State: state(j.GetStatus(), j.GetConclusion()), Note: note(j.GetStatus(), j.GetConclusion()),
	}
	if out.State != ci.StateQueued && out.State != ci.StateApproval {
		out.Started = j.GetStartedAt().Time // a queued job bears the time of its creation here
	}
	if out.State.Final() {
		out.Ended = j.GetCompletedAt().Time
	}
	for _, s := range j.Steps {
		out.Steps = append(out.Steps, step(s))
	}
	return out
}

func step(s *gh.TaskStep) ci.Step {
	out := ci.Step{Name: s.GetName(), State: state(s.GetStatus(), s.GetConclusion()), Started: s.GetStartedAt().Time}
	if out.State.Final() {
		out.Ended = s.GetCompletedAt().Time
	}
	return out
}

// waits asks who must approve, where a run waits for that.
func (p *Provider) waits(ctx context.Context, b *ci.Build, run int64) error {
	waiting := b.State == ci.StateApproval && b.Note == ""
	for _, j := range b.Jobs {
		waiting = waiting || j.State == ci.StateApproval && j.Note == ""
	}
	if !waiting {
		return nil
	}
	pending, _, err := p.client.Actions.GetPendingDeployments(ctx, p.owner, p.repo, run)
	if err != nil {
		return failure("what run "+b.ID+" waits for", err)
	}
	text, timer := waitsFor(pending)
	mark := func(s *ci.State, note *string) {
		if *s != ci.StateApproval || *note != "" {
			return
		}
		*note = text
		if timer {
			*s = ci.StateQueued
		}
	}
	mark(&b.State, &b.Note)
	for i := range b.Jobs {
		mark(&b.Jobs[i].State, &b.Jobs[i].Note)
	}
	return nil
}

// waitsFor says who is waited for; timer, that it is a clock and no person.
func waitsFor(pending []*gh.PendingDeployment) (text string, timer bool) {
	var parts []string
	timer = len(pending) > 0
	for _, d := range pending {
		who := reviewers(d.Reviewers)
		switch env := d.GetEnvironment().GetName(); {
		case len(who) > 0:
			timer = false
			parts = append(parts, fmt.Sprintf("waits for review by %s (environment %s)", strings.Join(who, " or "), env))
		case d.GetWaitTimer() > 0:
			until := d.GetWaitTimerStartedAt().Add(time.Duration(d.GetWaitTimer()) * time.Minute)
			parts = append(parts, fmt.Sprintf("waits until %s (environment %s)", until.UTC().Format(time.RFC3339), env))
		default:
			timer = false
			parts = append(parts, fmt.Sprintf("waits for approval (environment %s)", env))
		}
	}
	if len(parts) == 0 {
		return "waits for approval", false
	}
	return strings.Join(parts, "; "), timer
}

func reviewers(rs []*gh.RequiredReviewer) []string {
	var out []string
	for _, r := range rs {
		switch v := r.Reviewer.(type) {
		case *gh.User:
			out = append(out, "@"+v.GetLogin())
		case *gh.Team:
			out = append(out, "team "+v.GetName())
		}
	}
	return out
}
