package steps

import (
	"context"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
)

// byNeighbours judges where no host answers: by git's own convention, and by
// what gh wrote down, a remote may be said to be where this one was forked from.
// A person who chose the remote is not asked again.
func (s CheckRemote) byNeighbours(why string) flow.Finding {
	if s.World.Chosen == "" {
		if n, ok := s.upstream(); ok {
			return conflict(s.looksForked(n, why))
		}
	}
	return done("%s; whether it is a fork is not checked: %s", s.where(), why)
}

// upstream is the remote that seems to be the project's own in this one's place:
// the same repository of another owner on the same host.
func (s CheckRemote) upstream() (gitops.Neighbour, bool) {
	all, m := s.World.Repo.Neighbours(), s.World.Remote
	for _, n := range all {
		if n.Name == m.Name() && n.Base == "base" {
			return n, false // gh was told that this one is it
		}
	}
	for _, n := range all {
		marked := n.Name == "upstream" || n.Base == "base"
		if marked && n.Name != m.Name() && strings.EqualFold(n.Host, m.Hostname()) && forked(n.Slug, m.Slug()) {
			return n, true
		}
	}
	return gitops.Neighbour{}, false
}

// forked says whether two slugs differ in the owner alone.
func forked(a, b string) bool {
	i, j := strings.LastIndexByte(a, '/'), strings.LastIndexByte(b, '/')
	return i > 0 && j > 0 && strings.EqualFold(a[i:], b[j:]) && !strings.EqualFold(a[:i], b[:j])
}

// onPurpose is the way on for whoever means the fork.
func (s CheckRemote) onPurpose() string {
	return flow.Shell([]string{"ferry", "release", "--remote", s.World.Remote.Name()})
}

func (s CheckRemote) forkProblem(text string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeFork, Class: flow.ClassConflict, Retry: flow.RetrySafe, Text: text,
		Now: []string{"nothing was pushed", "a release is pushed to the project's own repository, unless the remote is chosen by name"}}
}

func (s CheckRemote) looksForked(n gitops.Neighbour, why string) *flow.Problem {
	m := s.World.Remote
	p := s.forkProblem(fmt.Sprintf("%s (%s) seems to be a fork: the remote %s is %s", m.Name(), m.URL(), n.Name, n.URL))
	p.Now = append(p.Now, "whether it is one is not checked: "+why)
	p.Next = []string{flow.Shell([]string{"ferry", "release", "--remote", n.Name}), s.onPurpose()}
	return p
}

func (s CheckRemote) fork(parent *ci.Origin) *flow.Problem {
	m := s.World.Remote
	if parent == nil {
		p := s.forkProblem(fmt.Sprintf("%s (%s) is a fork", m.Name(), m.URL()))
		p.Next = []string{"git remote -v", s.onPurpose()}
		return p
	}
	p := s.forkProblem(fmt.Sprintf("%s (%s) is a fork of %s", m.Name(), m.URL(), parent.Slug))
	name, known := s.remoteOf(parent.Slug)
	if !known {
		p.Next = append(p.Next, flow.Shell([]string{"git", "remote", "add", name, sameKind(m, parent.CloneURL, parent.CloneSSH)}))
	}
	p.Next = append(p.Next, flow.Shell([]string{"ferry", "release", "--remote", name}), s.onPurpose())
	return p
}

// remoteOf is the remote of a repository on the same host, or a name that is
// free for one.
func (s CheckRemote) remoteOf(slug string) (name string, known bool) {
	name = "upstream"
	for _, n := range s.World.Repo.Neighbours() {
		if strings.EqualFold(n.Slug, slug) && strings.EqualFold(n.Host, s.World.Remote.Hostname()) {
			return n.Name, true
		}
		if n.Name == name {
			name = strings.ReplaceAll(slug, "/", "-")
		}
	}
	return name, false
}

func (s CheckRemote) archived(p ci.Project) *flow.Problem {
	r := refusals()[gitops.KindArchived]
	return &flow.Problem{Code: r.code, Class: r.class, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s is archived", p.Slug), Now: []string{r.means, "nothing was pushed"}, Next: []string{"git remote -v", "ferry release --remote NAME"}}
}

func (s CheckRemote) readOnly(p ci.Project) *flow.Problem {
	r := refusals()[gitops.KindReadOnly]
	return &flow.Problem{Code: r.code, Class: r.class, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The account of the token may not push to %s", p.Slug), Now: []string{r.means, "nothing was pushed"}, Next: []string{"ferry auth status", "gh auth status"}}
}

func (s CheckRemote) interrupted(ctx context.Context) *flow.Problem {
	return &flow.Problem{Code: flow.CodeRemoteUnreachable, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: context.Cause(ctx),
		Text: "What the host says of the repository was not waited for", Now: []string{"nothing was pushed"}, Next: []string{"ferry status"}}
}
