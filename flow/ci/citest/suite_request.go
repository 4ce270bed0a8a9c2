package citest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"ferry/flow/ci"
)

// has puts a branch on the remote without starting anything.
func (s *Server) has(branch, sha string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refs["refs/heads/"+branch] = sha
}

// suiteRequest opens, finds and closes requests. A fork's branch of the same name is
// not ours, and neither is what was closed or merged.
func suiteRequest(ctx context.Context, b Bench) error {
	r, ok := b.Subject.(ci.Requester)
	if !ok {
		return nil
	}
	want := ci.RequestSpec{Head: "set/up", Base: "main", Title: "ci: publish", Body: "A body."}
	b.Server.AddPull(Pull{Head: want.Head, Base: want.Base, Title: "a fork's", Fork: "eve/demo"})
	for _, state := range []ci.RequestState{ci.RequestClosed, ci.RequestMerged} {
		b.Server.AddPull(Pull{Head: want.Head, Base: want.Base, Title: "over", State: state})
	}
	if got, err := r.Requests(ctx, want.Head); err != nil || len(got) != 0 {
		return breach(err, "none is open: got %+v", got)
	}
	if r.NoRequest() != "" {
		if _, err := r.Request(ctx, want); !is[*ci.NeedsTokenError](err) {
			return breach(err, "without a token: got %T", err)
		}
		if err := r.CloseRequest(ctx, ci.MergeRequest{Number: 1}); !is[*ci.NeedsTokenError](err) {
			return breach(err, "without a token: got %T", err)
		}
		return nil
	}
	if _, err := r.Request(ctx, want); err == nil {
		return fmt.Errorf("one was opened from a branch that is not there")
	}
	b.Server.has(want.Head, suiteSHA)
	return suiteOpened(ctx, b, r, want)
}

func suiteOpened(ctx context.Context, b Bench, r ci.Requester, want ci.RequestSpec) error {
	made, err := r.Request(ctx, want)
	if err != nil || made.Number == 0 || made.URL == "" || made.Head != want.Head || made.Base != want.Base || made.State != ci.RequestOpen {
		return breach(err, "got %+v", made)
	}
	if is := b.Server.Pulls()[made.Number-1]; is.Title != want.Title || is.Body != want.Body {
		return fmt.Errorf("on the server: %+v", is)
	}
	if got, err := r.Requests(ctx, want.Head); err != nil || len(got) != 1 || got[0] != made {
		return breach(err, "it is not found: %+v", got)
	}
	if got, err := r.Requests(ctx, "set"); err != nil || len(got) != 0 {
		return breach(err, "from another branch: %+v", got)
	}
	if _, err := r.Request(ctx, want); !is[*ci.ConflictError](err) || !strings.Contains(err.Error(), "already exists") {
		return breach(err, "a second one: got %T", err)
	}
	for range 2 {
		if err := r.CloseRequest(ctx, made); err != nil {
			return breach(err, "closing it")
		}
	}
	if got, err := r.Requests(ctx, want.Head); err != nil || len(got) != 0 || b.Server.Pulls()[made.Number-1].State != ci.RequestClosed {
		return breach(err, "after it was closed: %+v", got)
	}
	return suiteUnrequested(ctx, b, r, want, made)
}

// suiteUnrequested goes through what a host refuses.
func suiteUnrequested(ctx context.Context, b Bench, r ci.Requester, want ci.RequestSpec, made ci.MergeRequest) error {
	b.Server.SettlePull(made.Number, ci.RequestMerged)
	if err := r.CloseRequest(ctx, made); !is[*ci.ConflictError](err) || b.Server.Pulls()[made.Number-1].State != ci.RequestMerged {
		return breach(err, "closing what was merged: got %T", err)
	}
	host := b.Server.hostedNow()
	b.Server.Host(Hosted{ReadOnly: true})
	_, err := r.Request(ctx, want)
	b.Server.Host(host)
	if e, ok := as[*ci.PermissionError](err); !ok || e.Needs == "" {
		return breach(err, "by who may only read: got %T", err)
	}
	defer b.Server.ClearFaults()
	for _, f := range []Fault{{Kind: FaultHTML}, {Kind: FaultTruncated}} {
		b.Server.Fault(f)
		if _, err := r.Requests(ctx, want.Head); !is[*ci.MalformedError](err) {
			return breach(err, "%s: got %T", f.Kind, err)
		}
	}
	b.Server.Fault(Fault{Kind: FaultStatus, Status: http.StatusBadGateway})
	if _, err := r.Requests(ctx, want.Head); !is[*ci.UnreachableError](err) {
		return breach(err, "a bad gateway: got %T", err)
	}
	if b.Wrong == nil {
		return nil
	}
	wrong, ok := b.Wrong.(ci.Requester)
	if !ok {
		return fmt.Errorf("with a wrong token it is no Requester")
	}
	if _, err := wrong.Request(ctx, want); !is[*ci.AuthError](err) {
		return breach(err, "with a wrong token: got %T", err)
	}
	return nil
}
