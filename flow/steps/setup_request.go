package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

// OpenRequest: the host was asked to merge the setup's branch, or the default branch
// has what it holds.
type OpenRequest struct {
	yard  Yard
	setup Setup
	After []flow.Step // the branch is there

	asked bool             // a request of this step may have landed
	made  *ci.MergeRequest // what came of it, if the host said
}

// NewOpenRequest makes the step.
func NewOpenRequest(y Yard, s Setup, after ...flow.Step) *OpenRequest {
	return &OpenRequest{yard: y, setup: s, After: after}
}

// CanRequest says why no request to merge can be opened; "" if one can.
func (y Yard) CanRequest() string {
	r, ok := y.Host.(ci.Requester)
	switch {
	case y.Host == nil:
		return "no API of the host of " + y.Remote.URL() + " is known"
	case !ok:
		return y.Host.Name() + " opens none by its API"
	}
	return r.NoRequest()
}

// want is the request. Its text is the commit's.
func (s *OpenRequest) want() ci.RequestSpec {
	return ci.RequestSpec{Head: s.setup.Branch, Base: s.setup.Default, Title: s.setup.headline(), Body: strings.Join(s.setup.starts(), " ")}
}

// Observe asks the host for open requests.
func (s *OpenRequest) Observe(ctx context.Context) flow.Finding {
	f, _ := s.judge(ctx)
	return f
}

// judge says besides whether a request may be opened now. That none can be is said
// before anything is pushed.
func (s *OpenRequest) judge(ctx context.Context) (f flow.Finding, now bool) {
	before, pushed := awaited(ctx, s.After)
	if before.Status == flow.Unknown {
		return before, false
	}
	if pushed {
		if f, over := s.arrived(ctx); over {
			return f, false
		}
	}
	r, able := s.yard.Host.(ci.Requester)
	if !able {
		return failed(s.byHand(s.yard.CanRequest())), false
	}
	found, err := s.open(ctx, r)
	switch {
	case ctx.Err() != nil:
		return unknown(s.unread(ctx.Err())), false
	case found != nil:
		f := done("asked to merge %s into %s: %s", s.setup.Branch, s.setup.Default, found.URL)
		f.Proof = []flow.Proof{{What: fmt.Sprintf("request %d", found.Number), Where: found.URL}}
		return f, false
	case r.NoRequest() != "":
		return failed(s.byHand(r.NoRequest())), false
	case err != nil:
		return unknown(s.unread(err)), false
	case !pushed:
		return before, false
	}
	return todo("ask to merge %s into %s: %q", s.setup.Branch, s.setup.Default, s.setup.headline()), true
}

// arrived says that there is nothing left to ask for, or that nobody can tell.
func (s *OpenRequest) arrived(ctx context.Context) (f flow.Finding, over bool) {
	refs, err := s.yard.refs(ctx)
	if err != nil {
		return unknown(s.yard.remoteProblem(err)), true
	}
	head, err := s.yard.Repo.Head()
	if err != nil {
		return unknown(unreadTree(err)), true
	}
	switch merged, err := s.yard.arrived(ctx, s.setup, refs, head.SHA); {
	case err != nil:
		return unknown(s.yard.remoteProblem(err)), true
	case merged:
		return done("nothing is left to ask for: %s has it", s.setup.Default), true
	}
	return flow.Finding{}, false
}

// open is the open request into the default branch; nil if there is none.
func (s *OpenRequest) open(ctx context.Context, r ci.Requester) (*ci.MergeRequest, error) {
	list, err := r.Requests(ctx, s.setup.Branch)
	if i := slices.IndexFunc(list, func(m ci.MergeRequest) bool { return m.Base == s.setup.Default }); err == nil && i >= 0 {
		return &list[i], nil
	}
	return nil, err
}

// Run asks once. A request whose answer is lost is found by the next look.
func (s *OpenRequest) Run(ctx context.Context, log flow.Log) error {
	f, now := s.judge(ctx)
	r, able := s.yard.Host.(ci.Requester)
	if !now || !able {
		return fmt.Errorf("request: %s", f.Text)
	}
	made, err := r.Request(ctx, s.want())
	if err != nil {
		p := s.refused("opened", err)
		s.asked = p == nil
		if p != nil {
			return p
		}
		return err
	}
	s.asked, s.made = true, &made
	log(made.URL)
	return nil
}

// Undo closes the request that was opened.
func (s *OpenRequest) Undo(ctx context.Context, log flow.Log) error {
	r, able := s.yard.Host.(ci.Requester)
	if !s.asked || !able {
		return elsewhere("the request to merge "+s.setup.Branch, s.page()...)
	}
	if s.made == nil {
		found, err := s.open(ctx, r)
		if err != nil {
			return s.unread(err)
		}
		if s.made = found; found == nil {
			s.asked = false // it never landed
			return nil
		}
	}
	if err := r.CloseRequest(ctx, *s.made); err != nil {
		return s.notClosed(err)
	}
	log(s.made.URL + " is closed")
	s.asked, s.made = false, nil
	return nil
}

// Command is what a person would type, with the host's own program.
func (s *OpenRequest) Command() []string {
	if r, ok := s.yard.Host.(ci.Requester); ok {
		return r.RequestCommand(s.want())
	}
	return nil
}
