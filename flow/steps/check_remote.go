package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
)

// CheckRemote: what is pushed goes to the project's own repository, and that one
// takes it: it is no fork, unless the person chose the remote, and not archived.
type CheckRemote struct {
	World  World
	Target Target
}

// Observe asks the git host about the repository, but only before the release
// is triggered: after that it is history where the push went.
func (s CheckRemote) Observe(ctx context.Context) flow.Finding {
	if s.World.Remote.HasSecret() {
		return failed(s.World.secretInURL())
	}
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f
	}
	if e.triggered() {
		return done("%s; it was released there, so the host is not asked", s.where())
	}
	return s.ask(ctx)
}

// Run does nothing: a remote is chosen by a person.
func (CheckRemote) Run(context.Context, flow.Log) error { return nil }

// Command is how to look by hand.
func (s CheckRemote) Command() []string {
	return []string{"git", "remote", "get-url", "--push", s.World.Remote.Name()}
}

// triggered says whether any witness shows that this release was set going.
func (e evidence) triggered() bool {
	return e.claimed(e.target.Commit) || len(e.ours()) > 0 || e.stood || e.at(e.target.Ref) == e.target.Commit || e.published()
}

// ask judges by what the host says. That it says nothing stops no release by
// itself: then the checkout's other remotes are what is left to go by.
func (s CheckRemote) ask(ctx context.Context) flow.Finding {
	project, why := s.hosted(ctx)
	if ctx.Err() != nil {
		return unknown(s.interrupted(ctx))
	}
	if project == nil {
		return s.byNeighbours(why)
	}
	return s.byHost(ctx, *project)
}

// hosted is what the host says of the repository, or why it says nothing.
func (s CheckRemote) hosted(ctx context.Context) (*ci.Project, string) {
	if s.World.Host == nil {
		return nil, "no API of its host is known"
	}
	p, err := flow.Read(ctx, readingOf{"project", s.World.Host.Name()}, s.World.Host.Inspect)
	switch {
	case err != nil:
		return nil, err.Error()
	case p.Host == nil:
		return nil, s.World.Host.Name() + " does not say"
	}
	return &p, ""
}

func (s CheckRemote) byHost(ctx context.Context, p ci.Project) flow.Finding {
	remote := s.World.Remote
	mayNot := p.Host.MayPush != nil && !*p.Host.MayPush
	switch {
	case p.Host.Archived:
		return failed(s.archived(p))
	case p.Host.Fork && s.World.Chosen == "":
		return conflict(s.fork(p.Host.Parent))
	case mayNot && strings.HasPrefix(remote.URL(), "https://"):
		return failed(s.readOnly(p))
	}
	f, ok := s.byRules(ctx, done("%s, which is %s", s.where(), s.kind(p)))
	if !ok {
		return f
	}
	f.Facts = []flow.Fact{{Witness: s.World.Host.Name(), About: p.Slug, Says: s.kind(p), Where: p.URL, ReadAt: time.Now().Round(0)}}
	switch {
	case !strings.EqualFold(p.Slug, remote.Slug()):
		f.Warning = warned(f, "%s is called %s now; let the remote say so: %s", remote.Slug(), p.Slug, flow.Shell(remote.SetURLCommand(s.cloneURL(p))))
	case mayNot:
		f.Warning = warned(f, "the account of the token may not push to %s; a push goes by another credential here", p.Slug)
	}
	return f
}

// byRules adds what the host's rules say of the release ref. A rule that nobody
// may pass stops the release before anything is pushed, also one that would only
// keep the branch from being deleted afterwards.
func (s CheckRemote) byRules(ctx context.Context, f flow.Finding) (flow.Finding, bool) {
	if s.World.ruler() == nil || s.Target.By == ByDispatch { // no branch is made or deleted
		return f, true
	}
	c := s.World.rulesCheck(ctx, s.Target.Ref, s.Target.KeepBranch)
	switch c.Result {
	case flow.Bad:
		return failed(&flow.Problem{Code: flow.CodeRuleset, Class: flow.ClassFailed, Retry: flow.RetrySafe, Text: c.Evidence,
			Now: append([]string{"nothing was pushed"}, proofLines(c.Proof)...), Next: s.aroundRules(ctx)}), false
	case flow.NotChecked:
		if len(c.Proof) > 0 { // a rule is there, and not whether we may pass it
			f.Warning = c.Evidence
		}
	}
	f.Proof = append(f.Proof, c.Proof...)
	return f, true
}

// aroundRules are the ways on: where only the clean-up is forbidden, to leave it.
func (s CheckRemote) aroundRules(ctx context.Context) []string {
	if c := s.World.rulesCheck(ctx, s.Target.Ref, true); c.Result == flow.Bad {
		return []string{"ferry check"}
	}
	return []string{"FERRY_RELEASE_KEEP_BRANCH=true ferry release", "ferry check"}
}

// warned adds to what a person should know first.
func warned(f flow.Finding, format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	if f.Warning != "" {
		return f.Warning + "; " + text
	}
	return text
}

func proofLines(ps []flow.Proof) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.What+": "+p.Where)
	}
	return out
}

// kind is what a repository is, in a few words.
func (s CheckRemote) kind(p ci.Project) string {
	switch {
	case !p.Host.Fork:
		return "no fork"
	case p.Host.Parent != nil:
		return fmt.Sprintf("a fork of %s, chosen by %s", p.Host.Parent.Slug, s.World.Chosen)
	}
	return "a fork, chosen by " + s.World.Chosen
}

// where is the effective URL, and how it came about if the configuration has another.
func (s CheckRemote) where() string {
	r := s.World.Remote.Route()
	text := fmt.Sprintf("%s pushes to %s", s.World.Remote.Name(), r.Effective)
	if len(r.By) == 0 {
		return text
	}
	text += " (by " + strings.Join(r.By, " and ")
	if r.Configured != "" && r.Configured != r.Effective {
		text += "; its url is " + r.Configured
	}
	return text + ")"
}

// cloneURL is the repository's URL of the kind that the remote has.
func (s CheckRemote) cloneURL(p ci.Project) string {
	return sameKind(s.World.Remote, p.Host.CloneURL, p.Host.CloneSSH)
}

func sameKind(m *gitops.Remote, web, ssh string) string {
	if ssh != "" && !strings.HasPrefix(m.URL(), "http") {
		return ssh
	}
	return web
}
