package gitlab

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// pipelineState maps a status of pipelines and of jobs.
func pipelineState(status string) ci.State {
	switch status {
	case "created", "waiting_for_resource", "preparing", "waiting_for_callback", "pending", "scheduled":
		return ci.StateQueued
	case "running", "canceling":
		return ci.StateRunning
	case "success":
		return ci.StatePassed
	case "failed":
		return ci.StateFailed
	case "canceled":
		return ci.StateCancelled
	case "skipped":
		return ci.StateSkipped
	case "manual":
		return ci.StateApproval
	}
	return ci.StateUnknown
}

// pipelineNote says what a state alone does not.
func pipelineNote(status string) string {
	switch status {
	case "scheduled":
		return "starts later, as its CI file says"
	case "waiting_for_resource":
		return "waits for another job of its resource group"
	case "canceling":
		return "is being cancelled"
	case "manual":
		return "waits for a person to start it"
	}
	if pipelineState(status) == ci.StateUnknown {
		return "GitLab calls its state " + strconv.Quote(status)
	}
	return ""
}

// try is the newest attempt at a job, and which one it is.
type try struct {
	job   *gl.Job
	count int
}

// latest keeps the newest attempt at each job, in the order of the first ones. A
// retried job is another one of the same name.
func latest(all []*gl.Job) []try {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b *gl.Job) int { return cmp.Compare(a.ID, b.ID) })
	at := map[string]int{}
	var out []try
	for _, j := range sorted {
		i, again := at[j.Name]
		if !again {
			at[j.Name] = len(out)
			out = append(out, try{j, 1})
			continue
		}
		out[i] = try{j, out[i].count + 1}
	}
	return out
}

// attempts tells whether and by whom jobs of the build were retried.
func attempts(b *ci.Build, tries []try) {
	b.Attempt = 1
	for _, t := range tries {
		b.Attempt = max(b.Attempt, t.count)
		if made := moment(t.job.CreatedAt); t.count > 1 && made.After(b.Restarted) {
			b.Restarted, b.RestartedBy = made, userName(t.job.User)
		}
	}
}

func userName(u *gl.User) string {
	if u == nil {
		return ""
	}
	return u.Username
}

// job makes a Job. pipeline is the state of what it belongs to.
func (p *Provider) job(j *gl.Job, pipeline ci.State) ci.Job {
	out := ci.Job{
		ID: strconv.FormatInt(j.ID, 10), Name: j.Name, URL: j.WebURL, Stage: j.Stage, AllowFailure: j.AllowFailure,
		State: pipelineState(j.Status), Note: pipelineNote(j.Status), Started: moment(j.StartedAt), Ended: moment(j.FinishedAt),
	}
	p.reason(&out, j.FailureReason, pipeline)
	return out
}

func (p *Provider) bridge(j *gl.Bridge, pipeline ci.State) ci.Job {
	out := ci.Job{
		Name: j.Name, URL: j.WebURL, Stage: j.Stage, AllowFailure: j.AllowFailure,
		State: pipelineState(j.Status), Note: pipelineNote(j.Status), Started: moment(j.StartedAt), Ended: moment(j.FinishedAt),
	}
	p.reason(&out, j.FailureReason, pipeline)
	return out
}

// reason completes a job with why it failed, or what it waits for.
func (p *Provider) reason(j *ci.Job, failure string, pipeline ci.State) {
	switch {
	case j.State == ci.StateFailed && failure != "" && failure != "script_failure":
		j.Note = strings.ReplaceAll(failure, "_", " ")
		if slices.Contains(machinery, failure) {
			j.State = ci.StateErrored
		}
	case j.State == ci.StateApproval && j.AllowFailure && pipeline.Final() && !p.mayPublish(j.Name):
		j.State, j.Note = ci.StateSkipped, "not started; a person may start it by hand: "+j.URL
	case j.State == ci.StateApproval && j.URL != "":
		j.Note += ": " + j.URL
	}
	if !j.State.Final() {
		j.Ended = time.Time{}
	}
}

// machinery are the reasons of a failure that is not the job's own: what ran it
// broke down, was not there, or cut it off.
var machinery = []string{
	"unknown_failure", "api_failure", "stuck_or_timeout_failure", "runner_system_failure", "runner_unsupported", "stale_schedule",
	"job_execution_timeout", "archived_failure", "scheduler_failure", "data_integrity_failure", "ci_quota_exceeded", "no_matching_runner",
	"trace_size_exceeded", "builds_disabled", "image_pull_failure", "runner_provisioning_timeout",
}

// mayPublish says whether a job may be one that publishes. GitLab puts the place
// of a job in a matrix behind its name.
func (p *Provider) mayPublish(job string) bool {
	if len(p.o.Publishing) == 0 {
		return true
	}
	return slices.ContainsFunc(p.o.Publishing, func(n string) bool {
		return job == n || strings.HasPrefix(job, n+": [") || strings.HasPrefix(job, n+" ")
	})
}

// conclude tells a build that failed from one whose machinery did, and takes its
// times from its jobs.
func conclude(b *ci.Build) {
	own := false
	broke := false
	for _, j := range b.Jobs {
		if !j.Started.IsZero() && (b.Started.IsZero() || j.Started.Before(b.Started)) {
			b.Started = j.Started
		}
		own = own || j.State == ci.StateFailed && !j.AllowFailure
		broke = broke || j.State == ci.StateErrored && !j.AllowFailure
	}
	if b.State == ci.StateFailed && broke && !own {
		b.State = ci.StateErrored
	}
	if end := ended(b.Jobs); b.State.Final() && !end.IsZero() {
		b.Ended = end
	}
}

// ended is when the last job did; zero if none says so.
func ended(jobs []ci.Job) time.Time {
	var out time.Time
	for _, j := range jobs {
		if j.Ended.After(out) {
			out = j.Ended
		}
	}
	return out
}
