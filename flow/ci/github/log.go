package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"ferry/flow/ci"
)

// Log gives the log of a job that has ended; GitHub shows none before, and none
// without a token, not even of a public repository. The API answers with a
// short-lived address on another host, which must not see the token.
func (p *Provider) Log(ctx context.Context, job ci.Job, offset int64) (ci.LogChunk, error) {
	none := ci.LogChunk{Next: offset}
	if p.o.Token.IsZero() {
		return none, &ci.NeedsTokenError{Provider: name, What: "the logs of jobs"}
	}
	if !job.State.Final() {
		none.NotYet = true
		return none, nil
	}
	if text, ok := p.logs.Recall(ctx, job); ok {
		return ci.LogChunk{Text: text[min(max(offset, 0), int64(len(text))):], Next: int64(len(text)), Complete: true}, nil
	}
	id, err := strconv.ParseInt(job.ID, 10, 64)
	if err != nil {
		return none, &ci.NotFoundError{Provider: name, What: "job " + job.ID}
	}
	out, err := p.stored(ctx, id, offset)
	if err == nil && offset == 0 && out.Complete {
		p.logs.Keep(job, out.Text)
	}
	return out, err
}

// stored asks where the log is, and reads it there.
func (p *Provider) stored(ctx context.Context, id, offset int64) (ci.LogChunk, error) {
	what := fmt.Sprintf("the log of job %d", id)
	at, res, err := p.client.Actions.GetWorkflowJobLogs(ctx, p.owner, p.repo, id, 3)
	switch {
	case err != nil && res != nil && res.StatusCode != http.StatusFound:
		return ci.LogChunk{Next: offset}, ci.Refusal(name, what, res.Response, nil)
	case err != nil:
		return ci.LogChunk{Next: offset}, failure(what, err)
	}
	return p.download(ctx, at, what, offset)
}

func (p *Provider) download(ctx context.Context, at *url.URL, what string, offset int64) (ci.LogChunk, error) {
	none := ci.LogChunk{Next: offset}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return none, &ci.MalformedError{Provider: name, Err: err}
	}
	req.Header.Set("User-Agent", p.o.UserAgent)
	res, err := p.plain.Do(req)
	if err != nil {
		return none, ci.Unreachable(name, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return none, ci.Refusal(name, what, res, nil)
	}
	if _, err := io.CopyN(io.Discard, res.Body, offset); errors.Is(err, io.EOF) {
		return ci.LogChunk{Next: offset, Complete: true}, nil
	} else if err != nil {
		return none, ci.Unreachable(name, err)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, ci.MaxAnswer))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return none, &ci.MalformedError{Provider: name, Err: err}
	}
	if err != nil {
		return none, ci.Unreachable(name, err)
	}
	return ci.LogChunk{Text: text, Next: offset + int64(len(text)), Complete: len(text) < ci.MaxAnswer}, nil
}
