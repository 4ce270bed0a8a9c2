package citest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"ferry/flow/ci"
)

// Bench is a provider under trial with the server that it talks to.
type Bench struct {
	Provider string // whose builds are put on the server
	Server   *Server
	Subject  ci.Provider // reads Server's repository with the right token
	Wrong    ci.Provider // the same with a token that the server refuses; nil to leave that out
	Wordless []ci.State  // states that the service has no word for
	NoNames  bool        // the service does not say who set a build going
	OpenLogs bool        // a log does not say that it is whole: that its job has ended does
}

// suiteSHA is the commit that the suite looks for.
const suiteSHA = "3f786850e387550fdab836ed7e6dc881de23001b"

// Suite checks what every provider must obey and gives the first breach. It
// fills the server with builds and leaves no fault behind. In the end Subject has
// been told to wait for a minute.
func Suite(ctx context.Context, b Bench) error {
	for _, c := range []struct {
		name  string
		check func(context.Context, Bench) error
	}{
		{"no builds are a positive answer", suiteEmpty},
		{"every state keeps its meaning", suiteStates},
		{"builds come newest first, of one ref and one commit", suiteOrder},
		{"an unknown state is not an end", suiteUnknown},
		{"every fault is an error of its kind", suiteFaults},
		{"silence ends with the deadline", suiteSilence},
		{"a wrong token is told from absence", suiteToken},
		{"a log reads on from where it was", suiteLog},
		{"a running job's log grows", suiteTail},
		{"a restart begins another attempt of the same build", suiteRestart},
		{"a build that ended is not cancelled, and one that goes on is", suiteCancel},
		{"a request to merge is opened once, found and closed", suiteRequest},
		{"a release is published once, and found", suiteRelease},
		{"a run is started by who may, of what takes it", suiteDispatch},
		{"what is kept of a build is read whole, or not", suiteArtifact},
		{"what is read again tells its age", suiteWatch},
		{"a service that says when to come back is left alone until then", suiteHold},
	} {
		if err := c.check(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func suiteEmpty(ctx context.Context, b Bench) error {
	for _, ref := range []string{"refs/heads/none", "refs/tags/v0.0.0", "refs/releases/demo/1.0"} {
		got, err := b.Subject.Builds(ctx, ci.Query{Ref: ref, SHA: suiteSHA})
		if err != nil || len(got) != 0 {
			return breach(err, "%s: got %d builds", ref, len(got))
		}
	}
	return nil
}

// suiteStates puts builds there whose one job has each of the states.
func suiteStates(ctx context.Context, b Bench) error {
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	for _, s := range []ci.State{ci.StateQueued, ci.StateRunning, ci.StatePassed, ci.StateFailed, ci.StateErrored, ci.StateCancelled} {
		if slices.Contains(b.Wordless, s) {
			continue
		}
		ref := "refs/heads/state-" + string(s)
		end := time.Time{}
		if s.Final() {
			end = at.Add(time.Minute)
		}
		b.Server.AddBuild(Build{Provider: b.Provider, Build: ci.Build{
			Ref: ref, SHA: suiteSHA, State: s, Created: at, Started: at, Ended: end, By: "dana",
			Jobs: []ci.Job{{Name: "one", State: s, Started: at, Ended: end}},
		}})
		got, err := b.Subject.Builds(ctx, ci.Query{Ref: ref, SHA: suiteSHA})
		if err != nil {
			return err
		}
		if len(got) != 1 || len(got[0].Jobs) != 1 {
			return fmt.Errorf("%s: want one build with one job, got %+v", s, got)
		}
		if g := got[0]; g.State != s || g.Jobs[0].State != s || g.Ref != ref || g.SHA != suiteSHA || g.By != "dana" && !b.NoNames || g.URL == "" || g.ID == "" {
			return fmt.Errorf("%s: got %+v", s, g)
		}
		if g := got[0]; g.Final() != s.Final() || !g.LastEnd().Equal(end) {
			return fmt.Errorf("%s: final %v, last end %v", s, g.Final(), g.LastEnd())
		}
	}
	return nil
}

func suiteOrder(ctx context.Context, b Bench) error {
	const ref, other = "refs/heads/order", "89e6c98d92887913cadf06b2adb97f26cde4849b"
	first := b.Server.AddBuild(Build{Provider: b.Provider, Build: ci.Build{Ref: ref, SHA: suiteSHA, State: ci.StateFailed}})
	second := b.Server.AddBuild(Build{Provider: b.Provider, Build: ci.Build{Ref: ref, SHA: other, State: ci.StatePassed}})
	b.Server.AddBuild(Build{Provider: b.Provider, Build: ci.Build{Ref: "refs/heads/main", SHA: suiteSHA, State: ci.StatePassed}})
	all, err := b.Subject.Builds(ctx, ci.Query{Ref: ref})
	if err != nil {
		return err
	}
	if len(all) != 2 || all[0].ID != second || all[1].ID != first {
		return fmt.Errorf("of any commit: want %s then %s, got %+v", second, first, all)
	}
	one, err := b.Subject.Builds(ctx, ci.Query{Ref: ref, SHA: suiteSHA})
	if err != nil {
		return err
	}
	if len(one) != 1 || one[0].ID != first {
		return fmt.Errorf("of one commit: want %s, got %+v", first, one)
	}
	return nil
}

func suiteUnknown(ctx context.Context, b Bench) error {
	b.Server.Fault(Fault{Kind: FaultState, State: "transmogrified", Times: 2})
	defer b.Server.ClearFaults()
	got, err := b.Subject.Builds(ctx, ci.Query{Ref: "refs/heads/state-passed", SHA: suiteSHA})
	if err != nil {
		return err
	}
	if len(got) != 1 || got[0].State != ci.StateUnknown || got[0].Final() || got[0].Note == "" {
		return fmt.Errorf("got %+v", got)
	}
	return nil
}

func suiteFaults(ctx context.Context, b Bench) error {
	defer b.Server.ClearFaults()
	for _, c := range []struct {
		fault Fault
		right func(error) bool
	}{
		{Fault{Kind: FaultStatus, Status: http.StatusInternalServerError}, is[*ci.UnreachableError]},
		{Fault{Kind: FaultStatus, Status: http.StatusBadGateway}, is[*ci.UnreachableError]},
		{Fault{Kind: FaultStatus, Status: http.StatusUnauthorized}, is[*ci.AuthError]},
		{Fault{Kind: FaultStatus, Status: http.StatusForbidden}, is[*ci.AuthError]},
		{Fault{Kind: FaultStatus, Status: http.StatusNotFound}, is[*ci.NotFoundError]},
		{Fault{Kind: FaultHTML}, is[*ci.MalformedError]},
		{Fault{Kind: FaultTruncated}, is[*ci.MalformedError]},
	} {
		c.fault.Times = -1 // one refusal may be taken for an older server's, where there is another way
		b.Server.Fault(c.fault)
		_, err := b.Subject.Builds(ctx, ci.Query{Ref: "refs/heads/state-passed"})
		if !c.right(err) {
			return breach(err, "%s %d: got %T", c.fault.Kind, c.fault.Status, err)
		}
		b.Server.ClearFaults()
	}
	if _, err := b.Subject.Builds(ctx, ci.Query{Ref: "refs/heads/state-passed"}); err != nil {
		return fmt.Errorf("after the faults: %w", err)
	}
	return nil
}

// breach says what came, and the error if one did.
func breach(err error, format string, args ...any) error {
	return errors.Join(fmt.Errorf(format, args...), err)
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func as[E error](err error) (e E, ok bool) {
	ok = errors.As(err, &e)
	return e, ok
}

func suiteSilence(ctx context.Context, b Bench) error {
	b.Server.Fault(Fault{Kind: FaultSilence, Times: -1})
	defer b.Server.ClearFaults()
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err := b.Subject.Builds(ctx, ci.Query{Ref: "refs/heads/main"})
	var u *ci.UnreachableError
	if !errors.As(err, &u) || !u.Timeout {
		return breach(err, "got %T", err)
	}
	return nil
}

func suiteToken(ctx context.Context, b Bench) error {
	if b.Wrong == nil {
		return nil
	}
	if _, err := b.Wrong.Builds(ctx, ci.Query{Ref: "refs/heads/main"}); !is[*ci.AuthError](err) {
		return breach(err, "got %T", err)
	}
	return nil
}

// suiteLog reads a log in two pieces.
func suiteLog(ctx context.Context, b Bench) error {
	l, ok := b.Subject.(ci.Logger)
	if !ok {
		return nil
	}
	const ref = "refs/heads/log"
	b.Server.AddBuild(Build{Provider: b.Provider, Logs: map[string]string{"one": "first line\nsecond line\n"}, Build: ci.Build{
		Ref: ref, SHA: suiteSHA, State: ci.StatePassed, Jobs: []ci.Job{{Name: "one", State: ci.StatePassed}},
	}})
	builds, err := b.Subject.Builds(ctx, ci.Query{Ref: ref, SHA: suiteSHA})
	if err != nil || len(builds) != 1 {
		return breach(err, "got %d builds", len(builds))
	}
	job := builds[0].Jobs[0]
	whole, err := l.Log(ctx, job, 0)
	if is[*ci.NeedsTokenError](err) {
		return nil // said without asking; with a token the suite sees the log
	}
	if err != nil || !whole.Complete || whole.Next != int64(len(whole.Text)) {
		return breach(err, "whole: %+v", whole)
	}
	rest, err := l.Log(ctx, job, whole.Next-12)
	if err != nil || string(rest.Text) != "second line\n" || rest.Next != whole.Next {
		return breach(err, "from the second line on: %q", rest.Text)
	}
	none, err := l.Log(ctx, job, whole.Next)
	if err != nil || len(none.Text) != 0 || !none.Complete {
		return breach(err, "from the end on: %+v", none)
	}
	return nil
}
