package gitea

import (
	"context"
	"strings"

	"ferry/flow/ci"
)

// Log gives the log of a job, as far as the server has it. Of a job that no runner
// has taken up there is none, and on servers that list no jobs there is never one.
func (p *Provider) Log(ctx context.Context, job ci.Job, offset int64) (ci.LogChunk, error) {
	none := ci.LogChunk{Next: offset}
	what := "the log of job " + job.Name
	if job.ID == "" || strings.HasPrefix(job.ID, taskID) {
		if !job.State.Final() {
			none.NotYet = true
			return none, nil
		}
		return none, &ci.UnsupportedError{Provider: name, What: "show " + what, Page: job.URL}
	}
	chunk, err := p.client.Tail(ctx, p.at("actions", "jobs", job.ID, "logs"), what, offset, job.State.Final())
	if missing(err) && !job.State.Final() {
		return ci.LogChunk{Next: offset, NotYet: true}, nil
	}
	return chunk, err
}
