package steps

import (
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

var jobStates = map[ci.State]flow.JobState{
	ci.StateQueued: flow.JobQueued, ci.StateApproval: flow.JobApproval, ci.StateRunning: flow.JobRunning, ci.StatePassed: flow.JobPassed,
	ci.StateFailed: flow.JobFailed, ci.StateErrored: flow.JobFailed, ci.StateCancelled: flow.JobCancelled, ci.StateSkipped: flow.JobSkipped,
}

func jobState(s ci.State) flow.JobState {
	if state, ok := jobStates[s]; ok {
		return state
	}
	return flow.JobUnknown
}

func job(j ci.Job) flow.Job {
	out := flow.Job{ID: j.ID, Number: j.Number, Name: j.Name, State: jobState(j.State), Note: j.Note, MayFail: j.AllowFailure,
		URL: j.URL, Stage: j.Stage, Started: j.Started, Ended: j.Ended}
	for _, s := range j.Steps {
		out.Steps = append(out.Steps, flow.JobStep{Name: s.Name, State: jobState(s.State), Started: s.Started, Ended: s.Ended})
	}
	return out
}

// jobsOf are the jobs of the builds, with what the CI files make them do.
func (t Target) jobsOf(bs []build) []flow.Job {
	var out []flow.Job
	for _, b := range bs {
		for _, j := range b.Jobs {
			shown := job(j)
			shown.Publishes, shown.Why = t.publishes(bs, b, j.Name)
			out = append(out, shown)
		}
	}
	return out
}

// publishes says whether the outlook has this job publish. Only a job that is
// found there by its name, and that alone bears it, is told of: no guess.
func (t Target) publishes(bs []build, b build, name string) (flow.Publishing, string) {
	if name == "" || !alone(bs, b, name) {
		return flow.PublishUnknown, ""
	}
	means := func(d flow.Deployment) bool { return d.Provider == b.provider.Name() && labelled(d.Job, name) }
	undecided := false
	for _, d := range t.Outlook.Deploys {
		if means(d) && d.Sure {
			return flow.PublishYes, ""
		}
		undecided = undecided || means(d)
	}
	for _, d := range t.Outlook.Skips {
		if means(d) && !undecided {
			return flow.PublishNo, strings.Join(d.Why, "; ")
		}
	}
	return flow.PublishUnknown, ""
}

// alone says whether no other job of the provider's builds has the name.
func alone(bs []build, of build, name string) bool {
	n := 0
	for _, b := range bs {
		for _, j := range b.Jobs {
			if b.provider == of.provider && sameWords(j.Name, name) {
				n++
			}
		}
	}
	return n == 1
}

// labelled says whether an outlook's label is of the job with that name: the name,
// the cell of the matrix, or the name with the cell in brackets behind it.
func labelled(label, name string) bool {
	if sameWords(label, name) {
		return true
	}
	cell, ok := strings.CutPrefix(label, name+" (")
	return ok && strings.HasSuffix(cell, ")") && !strings.Contains(cell, ") (")
}

// sameWords compares the names of cells, which services write with commas or without.
func sameWords(a, b string) bool {
	words := func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' }), " ")
	}
	return words(a) == words(b)
}

// attempts says which of our builds are not the first attempt at the commit, and
// who asked for another one: what an attempt of somebody else uploads, counts.
func attempts(e evidence, ours []build) string {
	var out []string
	for _, b := range ours {
		switch before := beforeOf(e, b); {
		case b.Attempt > 1:
			out = append(out, fmt.Sprintf("%s #%s is attempt %d%s", b.provider.Name(), b.Number, b.Attempt, restarter(b)))
		case !b.Restarted.IsZero():
			out = append(out, fmt.Sprintf("%s #%s is not the first attempt%s", b.provider.Name(), b.Number, restarter(b)))
		case before != nil:
			out = append(out, fmt.Sprintf("%s #%s builds this commit again%s; #%s before it %s", b.provider.Name(), b.Number, by(b.By), before.Number, before.State))
		}
	}
	return strings.Join(out, "; ")
}

// beforeOf is an older build of the same commit, by the same name.
func beforeOf(e evidence, b build) *build {
	for i, o := range e.builds {
		if o.SHA == b.SHA && o.provider == b.provider && o.Name == b.Name && o.ID != b.ID {
			return &e.builds[i]
		}
	}
	return nil
}

func restarter(b build) string {
	if b.RestartedBy == "" && b.Restarted.IsZero() {
		return ""
	}
	out := ", restarted" + by(b.RestartedBy)
	if !b.Restarted.IsZero() {
		out += " at " + clock(b.Restarted)
	}
	return out
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by @" + strings.TrimPrefix(who, "@")
}
