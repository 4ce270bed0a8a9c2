package gitea

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"time"

	"ferry/flow/ci"
)

// jobDoc is a job. Forgejo tells no times and no steps.
type jobDoc struct {
	ID         int64     `json:"id"`
	URL        string    `json:"html_url"`
	Name       string    `json:"name"`
	Status     string    `json:"status"`
	Conclusion string    `json:"conclusion"`
	Attempt    int       `json:"run_attempt"`
	Again      int       `json:"attempt"` // Forgejo's
	Started    time.Time `json:"started_at"`
	Completed  time.Time `json:"completed_at"`
	Steps      []stepDoc `json:"steps"`
}

type stepDoc struct {
	Name       string    `json:"name"`
	Status     string    `json:"status"`
	Conclusion string    `json:"conclusion"`
	Started    time.Time `json:"started_at"`
	Completed  time.Time `json:"completed_at"`
}

// fill adds the jobs to a build, if the server lists them.
func (p *Provider) fill(ctx context.Context, b *ci.Build) error {
	var all []jobDoc
	err := p.pages(ctx, p.at("actions", "runs", b.ID, "jobs"), "the jobs of run "+b.ID, url.Values{}, func(r ci.Reply) (bool, error) {
		jobs, total, err := jobsOf(r.Body)
		all = append(all, jobs...)
		return len(jobs) > 0 && len(all) < total, err
	})
	switch {
	case missing(err):
		return nil
	case errors.Is(err, errMore):
		return malformed("run " + b.ID + " has more jobs than are read")
	case err != nil:
		return err
	}
	for _, j := range all {
		b.Jobs = append(b.Jobs, j.job(b.URL))
		b.Attempt = max(b.Attempt, j.Attempt, j.Again)
	}
	return nil
}

// jobsOf reads a list of jobs: Gitea's with its total, or Forgejo's bare one,
// which is whole.
func jobsOf(body []byte) (jobs []jobDoc, total int, err error) {
	if err := json.Unmarshal(body, &jobs); err == nil && jobs != nil {
		return jobs, len(jobs), nil
	}
	var doc struct {
		Total *int     `json:"total_count"`
		Jobs  []jobDoc `json:"jobs"`
	}
	if err := json.Unmarshal(body, &doc); err != nil || doc.Total == nil {
		return nil, 0, malformed("the list of jobs is missing")
	}
	return doc.Jobs, *doc.Total, nil
}

func (d jobDoc) job(page string) ci.Job {
	j := ci.Job{
		ID: strconv.FormatInt(d.ID, 10), Name: d.Name, URL: d.URL, State: state(d.Status, d.Conclusion), Note: note(d.Status, d.Conclusion),
		Started: moment(d.Started),
	}
	if j.URL == "" {
		j.URL = page
	}
	if j.State.Final() {
		j.Ended = moment(d.Completed)
	}
	j.Steps = d.steps(j.State)
	return j
}

// steps of a job. Servers were seen to give each step the state of its job: where
// all that began share the failure of their job, which of them it was is not known.
func (d jobDoc) steps(of ci.State) []ci.Step {
	var out []ci.Step
	shared := of.Final() && !of.Good()
	for _, s := range d.Steps {
		step := ci.Step{Name: s.Name, State: state(s.Status, s.Conclusion), Started: moment(s.Started), Ended: moment(s.Completed)}
		switch {
		case of.Final():
		case step.Started.IsZero():
			step.State = ci.StateQueued
		case !step.Ended.IsZero() && step.State == of:
			step.State = ci.StateUnknown // it has ended, and how is not told
		}
		shared = shared && step.State == of
		out = append(out, step)
	}
	for i := range out {
		if shared && len(out) > 1 {
			out[i].State = ci.StateUnknown
		}
	}
	return out
}
