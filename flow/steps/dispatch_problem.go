package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

// notTip says why a start on the default branch would build something else; nil if
// our commit is its tip.
func (w World) notTip(e evidence) *flow.Problem {
	t, name := e.target, w.Remote.Name()
	p := &flow.Problem{Code: flow.CodeNotTip, Class: flow.ClassConflict, Retry: flow.RetrySafe, Now: []string{"a start builds the tip of the branch, and nothing else", "nothing was started"}}
	switch {
	case e.head != "" && e.head != t.Ref:
		p.Text = fmt.Sprintf("The default branch of %s is %s, and not %s", name, strings.TrimPrefix(e.head, "refs/heads/"), t.ShortRef())
		p.Next = []string{flow.Shell([]string{"git", "remote", "set-head", name, "--auto"}), "ferry release"}
	case e.tip == "":
		p.Text = fmt.Sprintf("There is no %s on %s", t.ShortRef(), name)
		p.Next = []string{flow.Shell([]string{"git", "ls-remote", w.Remote.URL(), t.Ref}), "ferry status"}
	case e.tip != t.Commit:
		p.Text = fmt.Sprintf("%s of %s is at %s, and the commit to release is %s", t.ShortRef(), name, short(e.tip), short(t.Commit))
		p.Now = append(p.Now, fmt.Sprintf("%s is at %s on %s", t.Ref, e.tip, name))
		p.Next = []string{flow.Shell([]string{"git", "pull", "--ff-only", name, t.ShortRef()}), "ferry release"}
	default:
		return nil
	}
	return p
}

// awaited: another run of ferry has made the claim, and may start the workflow any
// moment.
func (w World) awaited(ctx context.Context, t Target, c *claim) *flow.Problem {
	who, when := w.holder(ctx, c)
	p := &flow.Problem{Code: flow.CodeDispatchAwaited, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s claimed %s %s at this commit, %s, and CI shows no run of it yet", who, t.Name, t.Version, since(when)),
		Now:  []string{c.ref + " is at " + c.commit, "whoever made the claim starts the workflow; two starts could publish twice"}, Next: []string{"ferry status --follow"}}
	if !when.IsZero() {
		p.Now = append(p.Now, "from "+clock(when.Add(w.Waits.ClaimGrace))+" on, if no run has come, ferry release takes the next claim and starts it")
	}
	return p
}

// unseen: it was asked for, and CI shows nothing of it.
func (s Dispatch) unseen() *flow.Problem {
	p := &flow.Problem{Code: flow.CodeNoBuild, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s was asked to start %s, and shows no run of %s", s.Target.Start.Provider, s.Target.Workflow(), short(s.Target.Commit)),
		Now:  []string{"it was asked once, and is not asked again by this run", "no run means that nothing was published by it"}, Next: []string{"ferry status --follow"}}
	p.Lines = s.World.startPages(s.Target)
	return p
}

// unclaimed: the server takes no claim, and without one two starts are not kept apart.
func (w World) unclaimed(t Target, err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeNoDispatch, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text:  fmt.Sprintf("%s takes no claim on %s %s, and without one two maintainers could start it twice: %v", w.Remote.Name(), t.Name, t.Version, err),
		Now:   []string{"nothing was started", "once a person has started it at " + short(t.Commit) + ", ferry release --by dispatch goes on from there"},
		Lines: w.startPages(t), Next: []string{"ferry release --by dispatch"}}
}

// refused is CI's no, of which nothing came; nil where something may have come.
func (s Dispatch) refused(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeDispatchRefused, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Now: []string{"nothing was started", "the claim stands; a person may start the workflow, and ferry release --by dispatch goes on from there",
			fmt.Sprintf("another run of ferry asks again no sooner than %v after the claim", s.World.Waits.ClaimGrace)},
		Lines: s.World.startPages(s.Target), Next: []string{"ferry release --by dispatch"}}
	var token *ci.NeedsTokenError
	var auth *ci.AuthError
	var may *ci.PermissionError
	var not *ci.ConflictError
	var page *ci.UnsupportedError
	var later *ci.RateLimitError
	switch {
	case errors.As(err, &may):
		p.Class, p.Text = flow.ClassCredentials, fmt.Sprintf("The token may not start %s: it takes %s", s.Target.Workflow(), may.Needs)
		p.Next = append([]string{"ferry auth login " + may.Provider}, p.Next...)
	case errors.As(err, &token):
		p.Class, p.Text = flow.ClassCredentials, "It takes a token to start "+s.Target.Workflow()+", and there is none"
		p.Next = append([]string{"ferry auth login " + token.Provider}, p.Next...)
	case errors.As(err, &auth):
		p.Class, p.Text = flow.ClassCredentials, "The token was refused: "+auth.Text
		p.Next = append([]string{"ferry auth login " + auth.Provider}, p.Next...)
	case errors.As(err, &not):
		p.Text = fmt.Sprintf("%s would not start %s: %s", not.Provider, s.Target.Workflow(), not.Text)
	case errors.As(err, &page), errors.As(err, &later):
		p.Text = err.Error()
	default:
		return nil
	}
	return p
}
