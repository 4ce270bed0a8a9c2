package github

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// Restart runs the failed jobs of a run again with those that need them, or all
// jobs where none failed.
func (p *Provider) Restart(ctx context.Context, b ci.Build) error {
	again := p.client.Actions.RerunFailedJobsByID
	if b.State == ci.StatePassed {
		again = p.client.Actions.RerunWorkflowByID
	}
	return p.act(ctx, b, "a restart", again)
}

// Cancel stops the jobs of a run that have not ended.
func (p *Provider) Cancel(ctx context.Context, b ci.Build) error {
	return p.act(ctx, b, "a cancellation", p.client.Actions.CancelWorkflowRunByID)
}

func (p *Provider) act(ctx context.Context, b ci.Build, what string, do func(context.Context, string, string, int64) (*gh.Response, error)) error {
	id, err := strconv.ParseInt(b.ID, 10, 64)
	switch {
	case err != nil || b.Event == eventCheck || b.Event == eventStatus: // not a run, only something said of a commit
		return &ci.NotFoundError{Provider: name, What: "run " + b.ID}
	case p.o.Token.IsZero():
		return &ci.NeedsTokenError{Provider: name, What: what}
	}
	_, err = do(ctx, p.owner, p.repo, id)
	return acted("run "+b.ID, err)
}

// acted reads what became of it: that it was accepted is no error.
func acted(what string, err error) error {
	var accepted *gh.AcceptedError
	var answer *gh.ErrorResponse
	switch {
	case err == nil, errors.As(err, &accepted):
		return nil
	case errors.As(err, &answer) && answer.Response.StatusCode == http.StatusForbidden && ofTheRun(answer.Message):
		return &ci.ConflictError{Provider: name, What: what, Text: answer.Message}
	}
	return failure(what, err)
}

// ofTheRun says whether a 403 is about the run and not about who asks: one that
// goes on, that is older than a month, or of which nothing failed.
func ofTheRun(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "workflow") && !strings.Contains(text, "not accessible") && !strings.Contains(text, "admin rights")
}
