package citest

import (
	"context"
	"fmt"
	"net/http"

	"ferry/flow/ci"
)

// suiteDispatch goes through what every provider says of a start that is refused. That
// one which is taken is there afterwards needs a commit with files, which the suite's
// server may not have.
func suiteDispatch(ctx context.Context, b Bench) error {
	d, ok := b.Subject.(ci.Dispatcher)
	if !ok {
		return nil
	}
	want := ci.DispatchSpec{File: ".github/workflows/release.yml", Ref: "refs/heads/not-there"}
	if len(d.DispatchCommand(want)) == 0 || d.DispatchURL(want) == "" {
		return fmt.Errorf("there is no page, or no command")
	}
	if d.NoDispatch() != "" {
		if err := d.Dispatch(ctx, want); !is[*ci.NeedsTokenError](err) {
			return breach(err, "without a token: got %T", err)
		}
		return nil
	}
	if err := d.Dispatch(ctx, want); !is[*ci.ConflictError](err) && !is[*ci.UnsupportedError](err) {
		return breach(err, "of a branch that is not there: got %T", err)
	}
	host := b.Server.hostedNow()
	b.Server.Host(Hosted{ReadOnly: true})
	err := d.Dispatch(ctx, want)
	b.Server.Host(host)
	if e, ok := as[*ci.PermissionError](err); !is[*ci.UnsupportedError](err) && (!ok || e.Needs == "") {
		return breach(err, "by who may only read: got %T", err)
	}
	defer b.Server.ClearFaults()
	b.Server.Fault(Fault{Kind: FaultStatus, Status: http.StatusBadGateway})
	if err := d.Dispatch(ctx, want); !is[*ci.UnreachableError](err) {
		return breach(err, "a bad gateway: got %T", err)
	}
	if b.Wrong == nil {
		return nil
	}
	wrong, ok := b.Wrong.(ci.Dispatcher)
	if !ok {
		return fmt.Errorf("with a wrong token it is no Dispatcher")
	}
	if err := wrong.Dispatch(ctx, want); !is[*ci.AuthError](err) {
		return breach(err, "with a wrong token: got %T", err)
	}
	return nil
}
