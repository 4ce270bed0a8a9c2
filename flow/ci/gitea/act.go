package gitea

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"ferry/flow/ci"
)

// Restart runs the failed jobs of a run again, or all of it where that is what the
// server has, or where none failed. A server that cannot is an UnsupportedError
// with the page on which a person can.
func (p *Provider) Restart(ctx context.Context, b ci.Build) error {
	what := "run " + b.ID
	if !b.State.Final() {
		return &ci.ConflictError{Provider: name, What: what, Text: "it is still running"}
	}
	if !b.State.Good() {
		if err := p.act(ctx, b, "rerun-failed-jobs"); !missing(err) {
			return err
		}
	}
	return p.unless(ctx, b, "restart "+what, p.act(ctx, b, "rerun"))
}

// Cancel stops a run.
func (p *Provider) Cancel(ctx context.Context, b ci.Build) error {
	what := "run " + b.ID
	if b.State.Final() {
		return &ci.ConflictError{Provider: name, What: what, Text: "it has ended"}
	}
	return p.unless(ctx, b, "cancel "+what, p.act(ctx, b, "cancel"))
}

// act asks once for something to be done to a run.
func (p *Provider) act(ctx context.Context, b ci.Build, verb string) error {
	what := "run " + b.ID
	if p.o.Token.IsZero() {
		return &ci.NeedsTokenError{Provider: name, What: verb}
	}
	if _, err := strconv.ParseInt(b.ID, 10, 64); err != nil || b.Event == eventStatus {
		return &ci.NotFoundError{Provider: name, What: what}
	}
	reply, err := p.client.Do(ctx, ci.Request{
		Method: http.MethodPost, URL: p.at("actions", "runs", b.ID, verb), What: what,
		Also: []int{http.StatusCreated, http.StatusAccepted, http.StatusNoContent, http.StatusBadRequest},
	})
	if err != nil || reply.Status != http.StatusBadRequest {
		return err
	}
	var doc struct{ Message string }
	_ = json.Unmarshal(reply.Body, &doc) // an answer that is no JSON has no message
	return &ci.ConflictError{Provider: name, What: what, Text: doc.Message}
}

// unless tells a run that is gone from a server that knows no such request.
func (p *Provider) unless(ctx context.Context, b ci.Build, what string, err error) error {
	if !missing(err) {
		return err
	}
	if _, number := strconv.ParseInt(b.ID, 10, 64); number == nil && b.Event != eventStatus {
		var doc runDoc
		if err := p.client.Get(ctx, p.at("actions", "runs", b.ID), "run "+b.ID, &doc); err != nil {
			return err
		}
	}
	return &ci.UnsupportedError{Provider: name, What: what, Page: b.URL}
}
