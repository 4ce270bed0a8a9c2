package gitea

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// taskDoc is one attempt at a job that a runner took up. A job that waits for a
// runner, or for other jobs, is none.
type taskDoc struct {
	ID       int64     `json:"id"`
	Name     string    `json:"name"`
	Branch   string    `json:"head_branch"` // or the name of a tag
	SHA      string    `json:"head_sha"`
	Number   int64     `json:"run_number"`
	Event    string    `json:"event"`
	Status   string    `json:"status"`
	Workflow string    `json:"workflow_id"`
	URL      string    `json:"url"` // of the run's page
	Created  time.Time `json:"created_at"`
	Updated  time.Time `json:"updated_at"`
	Started  time.Time `json:"run_started_at"`
}

// taskID marks an id that is a task's: where logs are served by the ids of jobs,
// it would be another job's.
const taskID = "task-"

// tasks makes builds of the list of tasks, and of the commit's statuses, which
// tell of the jobs that wait.
func (p *Provider) tasks(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	var all []taskDoc
	err := p.pages(ctx, p.at("actions", "tasks"), "repository "+p.o.Slug, url.Values{}, func(r ci.Reply) (bool, error) {
		var doc struct {
			Total *int      `json:"total_count"`
			Tasks []taskDoc `json:"workflow_runs"`
		}
		if err := json.Unmarshal(r.Body, &doc); err != nil || doc.Total == nil {
			return false, malformed("the list of tasks is missing")
		}
		all = append(all, doc.Tasks...)
		return len(doc.Tasks) > 0 && len(all) < *doc.Total, nil
	})
	if err != nil && !errors.Is(err, errMore) { // what is further back is over
		return nil, err
	}
	out := grouped(all, q)
	if len(out) == 0 || q.SHA == "" {
		return out, nil
	}
	statuses, err := p.statuses(ctx, q.SHA)
	if err != nil && !missing(err) {
		return nil, err
	}
	for i := range out {
		for _, s := range statuses {
			s.join(&out[i])
		}
		settle(&out[i])
	}
	return out, nil
}

// grouped puts the tasks of one run together, the newest attempt at each job.
func grouped(all []taskDoc, q ci.Query) []ci.Build {
	slices.SortStableFunc(all, func(a, b taskDoc) int { return cmp.Compare(b.ID, a.ID) })
	var out []ci.Build
	for _, t := range all {
		if !t.asked(q) {
			continue
		}
		number := strconv.FormatInt(t.Number, 10)
		i := slices.IndexFunc(out, func(b ci.Build) bool { return b.Number == number })
		if i < 0 {
			out = append(out, ci.Build{ID: "run-" + number, Number: number, Name: t.Workflow, URL: t.URL, Ref: t.ref(q.Ref), SHA: t.SHA, Event: t.Event, Attempt: 1})
			i = len(out) - 1
		}
		t.join(&out[i])
		settle(&out[i])
	}
	return out
}

// asked says whether a task is of the query. It names no ref but for its short
// name, which the question makes whole; of a branch there are no releases.
func (t taskDoc) asked(q ci.Query) bool {
	on := q.Ref == "" || t.Branch == shortName(q.Ref)
	if strings.HasPrefix(t.Event, "pull_request") || t.Event == "release" && strings.HasPrefix(q.Ref, "refs/heads/") {
		on = false
	}
	return on && (q.SHA == "" || t.SHA == q.SHA)
}

func (t taskDoc) ref(asked string) string {
	switch {
	case asked != "":
		return asked
	case t.Event == "release":
		return "refs/tags/" + t.Branch
	}
	return "refs/heads/" + t.Branch
}

// join adds a task to its build, unless a newer attempt at the same job is there.
func (t taskDoc) join(b *ci.Build) {
	j := ci.Job{ID: taskID + strconv.FormatInt(t.ID, 10), Name: t.Name, URL: t.URL, State: state(t.Status, ""), Note: note(t.Status, ""), Started: moment(t.Started)}
	if j.State.Final() {
		j.Ended = moment(t.Updated)
	}
	if c := moment(t.Created); b.Created.IsZero() || c.Before(b.Created) {
		b.Created = c
	}
	if !slices.ContainsFunc(b.Jobs, func(o ci.Job) bool { return o.Name == j.Name }) {
		b.Jobs = append(b.Jobs, j)
		return
	}
	b.Attempt++ // an older attempt at a job; of several jobs' it counts too many, which tells them apart as well
}

// settle gives a build the state that its jobs amount to.
func settle(b *ci.Build) {
	b.State, b.Started, b.Ended = ci.StatePassed, time.Time{}, time.Time{}
	for _, j := range b.Jobs {
		b.State = worse(b.State, j.State)
		if !j.Started.IsZero() && (b.Started.IsZero() || j.Started.Before(b.Started)) {
			b.Started = j.Started
		}
		if j.Ended.After(b.Ended) {
			b.Ended = j.Ended
		}
	}
	if !b.State.Final() {
		b.Ended = time.Time{}
	}
}

// worse is the one of two states that says more of the whole.
func worse(a, b ci.State) ci.State {
	order := []ci.State{
		ci.StateSkipped, ci.StatePassed, ci.StateCancelled, ci.StateFailed, ci.StateErrored,
		ci.StateQueued, ci.StateApproval, ci.StateRunning, ci.StateUnknown,
	}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
