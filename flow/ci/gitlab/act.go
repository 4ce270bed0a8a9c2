package gitlab

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

const tracePath = "/trace"

// Log gives the log of a job, also while it runs. GitLab always sends the whole
// of it (gitlab-org/gitlab#30391), unless it has not changed.
func (p *Provider) Log(ctx context.Context, job ci.Job, offset int64) (ci.LogChunk, error) {
	if job.ID == "" {
		return ci.LogChunk{Next: offset}, &ci.NotFoundError{Provider: name, What: "the log of " + job.Name}
	}
	if text, ok := p.logs.Recall(ctx, job); ok && offset <= int64(len(text)) {
		return ci.LogChunk{Text: text[max(offset, 0):], Next: int64(len(text)), Complete: true}, nil
	}
	over, err := p.over(ctx, job)
	if err != nil {
		return ci.LogChunk{Next: offset}, err
	}
	at := p.client.BaseURL().String() + "projects/" + gl.PathEscape(p.o.Slug) + "/jobs/" + job.ID + tracePath
	out, err := p.plain.Tail(ctx, at, "the log of job "+job.ID, max(offset, 0), over)
	if err == nil && offset <= 0 && out.Complete {
		p.logs.Keep(job, out.Text)
	}
	return out, err
}

// over says whether a job has ended, and its log with it. One that had not is asked
// before its log is read, so that nothing can be missing from the log's end.
func (p *Provider) over(ctx context.Context, job ci.Job) (bool, error) {
	if job.State.Final() {
		return true, nil
	}
	what := "job " + job.ID
	id, err := strconv.ParseInt(job.ID, 10, 64)
	if err != nil {
		return false, &ci.NotFoundError{Provider: name, What: what}
	}
	doc, _, err := p.client.Jobs.GetJob(p.o.Slug, id, gl.WithContext(ctx))
	switch {
	case err != nil:
		return false, failure(what, err)
	case doc == nil || doc.Status == "":
		return false, malformed("a job has no status")
	}
	return pipelineState(doc.Status).Final(), nil
}

// Restart retries the jobs of a pipeline that failed or were cancelled, and those
// that need them. GitLab has nothing to retry in a pipeline that passed.
func (p *Provider) Restart(ctx context.Context, b ci.Build) error {
	switch {
	case !b.State.Final():
		return &ci.ConflictError{Provider: name, What: "pipeline " + b.ID, Text: "it is running"}
	case b.State.Good():
		return &ci.ConflictError{Provider: name, What: "pipeline " + b.ID, Text: "no job of it failed, and only those can be retried"}
	}
	return p.act(ctx, b, "a restart", p.client.Pipelines.RetryPipelineBuild)
}

// Cancel stops the jobs of a pipeline that have not ended.
func (p *Provider) Cancel(ctx context.Context, b ci.Build) error {
	if b.Final() {
		return &ci.ConflictError{Provider: name, What: "pipeline " + b.ID, Text: "it has ended"}
	}
	return p.act(ctx, b, "a cancellation", p.client.Pipelines.CancelPipelineBuild)
}

func (p *Provider) act(ctx context.Context, b ci.Build, what string, do func(any, int64, ...gl.RequestOptionFunc) (*gl.Pipeline, *gl.Response, error)) error {
	if p.o.Token.IsZero() {
		return &ci.NeedsTokenError{Provider: name, What: what}
	}
	id, err := strconv.ParseInt(b.ID, 10, 64)
	if err != nil {
		return &ci.NotFoundError{Provider: name, What: "pipeline " + b.ID}
	}
	_, res, err := do(p.o.Slug, id, gl.WithContext(ctx))
	if err != nil && res != nil && res.StatusCode/100 == 2 {
		return nil // it was done; what came with it tells nothing we rely on
	}
	var answer *gl.ErrorResponse
	if errors.As(err, &answer) && answer.StatusCode == http.StatusBadRequest {
		return &ci.ConflictError{Provider: name, What: "pipeline " + b.ID, Text: answer.Message}
	}
	if err != nil {
		return failure("pipeline "+b.ID, err)
	}
	return nil
}

// RestartCommand retries the jobs of a pipeline that failed. The header holds a
// variable, so it belongs in double quotes.
func (p *Provider) RestartCommand(b ci.Build) []string {
	if !b.State.Final() || b.State.Good() || b.ID == "" {
		return nil
	}
	return []string{
		"curl", "-X", "POST", "-H", "PRIVATE-TOKEN: $GITLAB_TOKEN",
		p.client.BaseURL().String() + "projects/" + gl.PathEscape(p.o.Slug) + "/pipelines/" + b.ID + "/retry",
	}
}
