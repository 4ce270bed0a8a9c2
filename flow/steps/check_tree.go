package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
	"ferry/gitops"
)

// CheckTree: what will be released is what the person sees. The work tree is
// clean, and the commit is on a branch of the remote.
type CheckTree struct {
	World  World
	Target Target
}

// Observe reads the work tree and the remote's heads.
func (s CheckTree) Observe(ctx context.Context) flow.Finding {
	if s.World.Remote.HasSecret() {
		return failed(s.World.secretInURL())
	}
	changes, err := flow.Read(ctx, readingOf{"status", s.World.Repo.Root()}, s.World.Repo.Status)
	if err != nil {
		return unknown(&flow.Problem{Code: flow.CodeTreeUnknown, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
			Text: fmt.Sprintf("Whether the work tree is clean cannot be told: %v", err), Now: []string{"nothing was pushed"}, Next: []string{"git status"}})
	}
	if len(changes) > 0 {
		return failed(dirty(changes))
	}
	t := s.Target
	if t.By == ByDispatch { // its branch is one that people work on
		t.By, t.Ref = "", ""
	}
	e := s.World.look(ctx, t, theRefs)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f
	}
	if to := s.World.Remote.Moved(); to != "" {
		return conflict(s.World.movedProblem(to, nil))
	}
	return s.pushed(ctx, e)
}

// Run does nothing: a check is brought about by a person.
func (CheckTree) Run(context.Context, flow.Log) error { return nil }

// Command is how to look by hand.
func (s CheckTree) Command() []string { return []string{"git", "status", "--porcelain"} }

func dirty(changes []gitops.Change) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeTreeDirty, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The work tree differs from the commit: %s", count(len(changes), "file")),
		Now:  []string{"nothing was pushed"}, Next: []string{"git status", "git stash --include-untracked", "git commit"}}
	for _, c := range changes[:min(len(changes), 8)] {
		p.Lines = append(p.Lines, c.Code+" "+c.Path)
	}
	return p
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (w World) secretInURL() *flow.Problem {
	return &flow.Problem{Code: flow.CodeRemoteSecret, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: "The remote's URL carries a secret; it would show in every list of processes and in messages",
		Now:  []string{"nothing was pushed"},
		Next: []string{fmt.Sprintf("git remote set-url %s %s", w.Remote.Name(), w.Remote.URL())}}
}

// pushed says whether the commit can be reached from a branch of the remote
// other than the release branch.
func (s CheckTree) pushed(ctx context.Context, e evidence) flow.Finding {
	var strangers int
	var blind error
	for _, r := range tipsFirst(e.refs, s.Target.Commit) {
		if !strings.HasPrefix(r.Name, "refs/heads/") || r.Name == e.target.Ref {
			continue
		}
		if !s.World.Repo.Has(r.Commit) {
			strangers++
			continue
		}
		in, err := s.World.Repo.Contains(ctx, r.Commit, s.Target.Commit)
		if err == nil && in {
			return s.clean(r)
		}
		if err != nil {
			blind = err
		}
	}
	if strangers == 0 && blind == nil {
		return failed(s.notPushed())
	}
	if s.Target.By == ByDispatch { // wherever it is, it is not what a start would build
		if p := s.World.notTip(s.World.look(ctx, s.Target, theRefs)); p != nil {
			return conflict(p)
		}
	}
	return unknown(s.cannotTell(strangers, blind))
}

// tipsFirst puts the refs at the commit before those that may contain it: what
// the commit is the tip of is the better name for where it is.
func tipsFirst(refs []gitops.Ref, commit string) []gitops.Ref {
	tips := slices.DeleteFunc(slices.Clone(refs), func(r gitops.Ref) bool { return r.Commit != commit })
	return append(tips, slices.DeleteFunc(slices.Clone(refs), func(r gitops.Ref) bool { return r.Commit == commit })...)
}

func (s CheckTree) clean(r gitops.Ref) flow.Finding {
	branch := s.World.Remote.Name() + "/" + strings.TrimPrefix(r.Name, "refs/heads/")
	f := done("tree clean, %s is on %s", short(s.Target.Commit), branch)
	if r.Commit == s.Target.Commit {
		f = done("tree clean, HEAD = %s = %s", branch, short(s.Target.Commit))
	}
	f.Facts = []flow.Fact{s.World.refFact(r.Name, r.Commit), {Witness: "tree", About: s.World.Repo.Root(), Says: "clean", ReadAt: time.Now().Round(0)}}
	return f
}

func (s CheckTree) notPushed() *flow.Problem {
	return &flow.Problem{Code: flow.CodeNotPushed, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("Commit %s is on no branch of %s", short(s.Target.Commit), s.World.Remote.Name()),
		Now:  []string{"nothing was pushed"}, Next: []string{fmt.Sprintf("git push %s HEAD", s.World.Remote.Name())}}
}

// cannotTell: this clone lacks what a branch of the remote is made of, so that
// the commit may well be on it.
func (s CheckTree) cannotTell(strangers int, blind error) *flow.Problem {
	remote := s.World.Remote.Name()
	p := &flow.Problem{Code: flow.CodeNotPushed, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: blind,
		Text: fmt.Sprintf("Whether commit %s is on a branch of %s cannot be told in this clone", short(s.Target.Commit), remote),
		Now:  []string{"nothing was pushed"}, Next: []string{"git fetch " + remote, fmt.Sprintf("git push %s HEAD", remote)}}
	if strangers > 0 {
		p.Now = append(p.Now, fmt.Sprintf("this clone lacks the tips of %s of %s and cannot look into them", count(strangers, "head"), remote))
	}
	if blind != nil {
		p.Now = append(p.Now, blind.Error())
		p.Next = append([]string{"git fetch --unshallow " + remote}, p.Next...)
	}
	return p
}
