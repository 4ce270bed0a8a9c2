package steps

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// noBuild: CI shows no build of the commit on the ref.
func (s AwaitCI) noBuild(ctx context.Context, e evidence) flow.Finding {
	if e.refsErr != nil {
		return unknown(s.World.remoteProblem(e.refsErr))
	}
	if s.Target.By == ByDispatch {
		return s.unstarted(ctx)
	}
	if e.at(s.Target.Ref) == s.Target.Commit {
		if f, is := s.unreleased(ctx); is {
			return f
		}
		said := s.excuses(ctx)
		f := flow.Finding{Status: flow.Underway, Text: "no build yet", Problem: s.neverStarted(said), Facts: s.World.buildFacts(e)}
		if i := slices.IndexFunc(said, func(x excuse) bool { return x.rejected }); i >= 0 {
			f.Text += "; " + said[i].text
		}
		return f
	}
	e = s.World.look(ctx, s.Target, everything)
	if e.published() && e.mine() {
		return done("CI shows no build of %s any more; %s decides", short(s.Target.Commit), s.World.Index.Label())
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	return todo("nothing was pushed yet")
}

// excuse is what a provider itself says of a build that is not there.
type excuse struct {
	text     string
	rejected bool // no build will come of the push
	heard    bool // the provider knows of the push
}

// pushTold remembers since when no build was seen, and what CI said of it.
type pushTold struct {
	mu    sync.Mutex
	since time.Time
	asked bool
	said  []excuse
}

// buildGrace is how long a build may take to appear before CI is asked for it.
const buildGrace = time.Minute

// excuses is what CI says of the push, once a build could have come of it.
func (s AwaitCI) excuses(ctx context.Context) []excuse {
	p := s.push
	if p == nil {
		return s.ask(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		p.since = time.Now()
	}
	if !p.asked && time.Since(p.since) >= buildGrace {
		p.said, p.asked = s.ask(ctx), ctx.Err() == nil
	}
	return p.said
}

// ask asks the providers what they heard of the push. One that does not say, or
// cannot be read, says nothing against the other causes.
func (s AwaitCI) ask(ctx context.Context) (out []excuse) {
	for _, p := range s.World.CI {
		out = append(append(out, s.requests(ctx, p)...), s.switches(ctx, p)...)
	}
	slices.SortStableFunc(out, func(a, b excuse) int { return rank(a) - rank(b) })
	return out
}

// rank puts what is certain before what is only likely.
func rank(x excuse) int {
	if x.rejected {
		return 0
	}
	return 1
}

func (s AwaitCI) requests(ctx context.Context, p ci.Provider) (out []excuse) {
	x, ok := p.(ci.Excuser)
	if !ok {
		return nil
	}
	q := ci.Query{Ref: s.Target.Ref, SHA: s.Target.Commit}
	said, err := flow.Read(ctx, readingOf{"excuses " + p.Name() + q.SHA, q.Ref}, func(ctx context.Context) ([]ci.Excuse, error) {
		return x.Excuses(ctx, q)
	})
	var token *ci.NeedsTokenError
	switch {
	case errors.As(err, &token):
		return []excuse{{text: fmt.Sprintf("%s says why only to a token: ferry auth login %s", p.Name(), p.Name())}}
	case err != nil:
		return nil
	case len(said) == 0:
		return []excuse{{text: fmt.Sprintf("%s heard of no push of %s to %s: the webhook from the host to it is off or broken, or late", p.Name(), short(q.SHA), s.Target.ShortRef())}}
	}
	for _, e := range said[:min(len(said), 3)] {
		out = append(out, heardOf(p.Name(), e))
	}
	return out
}

func heardOf(name string, e ci.Excuse) excuse {
	what := "took the push in, and has not decided"
	if e.Rejected {
		what = "rejected the push"
	}
	text := name + " " + what
	if !e.At.IsZero() {
		text += " at " + clock(e.At)
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return excuse{text: text, rejected: e.Rejected, heard: true}
}

// switches are the settings of the repository at the provider that keep builds away.
func (s AwaitCI) switches(ctx context.Context, p ci.Provider) []excuse {
	i, ok := p.(ci.Inspector)
	if !ok {
		return nil
	}
	project, err := flow.Read(ctx, readingOf{"project", p.Name()}, i.Inspect)
	switch {
	case err != nil:
		return nil
	case !project.Active:
		return []excuse{{text: fmt.Sprintf("%s is switched off for %s", p.Name(), project.Slug), rejected: true}}
	case project.PushBuilds != nil && !*project.PushBuilds:
		return []excuse{{text: fmt.Sprintf("%s builds no pushes of %s: its setting \"build pushed branches\" is off", p.Name(), project.Slug), rejected: true}}
	}
	return nil
}

// neverStarted is what the wait for a build ends with, and what may be the cause:
// first what CI says itself, then what is likely, in this order.
func (s AwaitCI) neverStarted(said []excuse) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeNoBuild, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("CI never started: no build of %s on %s", short(s.Target.Commit), s.Target.ShortRef()),
		Now:  []string{fmt.Sprintf("%s is at %s on %s", s.Target.ShortRef(), s.Target.Commit, s.World.Remote.Name()), "no build means that nothing was published by it"},
		Next: []string{"ferry status --follow"}}
	p.Lines = append([]string{"likely causes:"}, s.causes(said)...)
	for _, provider := range s.World.CI {
		if l, ok := provider.(ci.Linker); ok {
			p.Lines = append(p.Lines, "see "+l.BuildsURL(s.Target.Ref))
		}
	}
	return p
}

func (s AwaitCI) causes(said []excuse) (out []string) {
	for _, x := range said {
		out = append(out, x.text)
	}
	switch {
	case slices.ContainsFunc(said, func(x excuse) bool { return x.rejected }):
		return out
	case skips(s.Target.Message) != "":
		return append(out, "the commit's message tells CI to skip it: "+skips(s.Target.Message))
	case !slices.ContainsFunc(said, func(x excuse) bool { return x.heard }):
		if len(said) == 0 {
			out = append(out, "the webhook from the host to CI is off or broken")
		}
		out = append(out, "CI builds no pushed branches for this repository, or only others (branches.only)")
	}
	return append(out, "the queue is long, or the account's credits are used up")
}

// skipMarks are what keeps one CI or another from building a commit, wherever in
// its message they stand. Which of them counts where, flow/ci/rules knows.
var skipMarks = regexp.MustCompile(`(?i)\[(?:skip\s+(?:ci|travis|travis[ -]?ci|actions)|(?:ci|travis|travis[ -]?ci|actions)[ :]+skip|no ci)\s*\]|^skip-checks: ?true$`)

// skips is the first line of a commit's message that tells CI not to build it; "" if none does.
func skips(message string) string {
	for line := range strings.Lines(message) {
		if line = strings.TrimSpace(line); skipMarks.MatchString(line) {
			return line
		}
	}
	return ""
}
