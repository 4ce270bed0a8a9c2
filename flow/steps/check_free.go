package steps

import (
	"context"
	"fmt"

	"ferry/flow"
	"ferry/gitops"
)

// CheckFree: nobody else is releasing. The release branch is not there, or
// stands at our commit; and no other commit holds a claim on the version that
// is not over.
type CheckFree struct {
	World  World
	Target Target
}

// Observe reads all witnesses: whether another attempt is over is a question to
// each of them.
func (s CheckFree) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	if s.Target.By == ByDispatch {
		return s.freeToStart(ctx, e)
	}
	if p := s.World.otherBranch(ctx, e); p != nil {
		return conflict(p)
	}
	if p := s.World.rival(ctx, e); p != nil {
		return conflict(p)
	}
	f := done("no %s on %s, nobody else is releasing", s.Target.ShortRef(), s.World.Remote.Name())
	if e.at(s.Target.Ref) == s.Target.Commit {
		f = done("%s is at %s: this release", s.Target.ShortRef(), short(s.Target.Commit))
	}
	f.Facts = []flow.Fact{s.World.refFact(s.Target.Ref, orAbsent(e.at(s.Target.Ref)))}
	return f
}

// Run does nothing: another's release is not ours to end.
func (CheckFree) Run(context.Context, flow.Log) error { return nil }

// Command is how to look by hand.
func (s CheckFree) Command() []string {
	return []string{"git", "ls-remote", s.World.Remote.URL(), s.Target.Ref, claimRef(s.Target.Name, s.Target.Version, 1) + "*"}
}

func orAbsent(sha string) string {
	if sha == "" {
		return "absent"
	}
	return sha
}

// otherBranch is the release branch standing at another commit, or gone while a
// build of another commit on it may still publish; nil if neither is so. A branch
// that stands is stale when every build on it is final and nothing was published;
// otherwise somebody releases.
func (w World) otherBranch(ctx context.Context, e evidence) *flow.Problem {
	at := e.at(e.target.Ref)
	switch at {
	case "":
		return w.unsettled(ctx, e)
	case e.target.Commit:
		return nil
	}
	who := w.whoReleases(ctx, e, at)
	switch theirs := e.of(at); {
	case len(theirs) == 0 || !final(theirs):
	case w.publishedFrom(e, at):
		return w.staleBranch(e, at, who, "its files are on "+w.Index.Label()+" and every build on it is finished")
	case w.absentFrom(theirs, e, at):
		return w.staleBranch(e, at, who, "every build on it is finished and it published nothing")
	}
	p := &flow.Problem{Code: flow.CodeBranchInTheWay, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s is at %s: %s", e.target.ShortRef(), short(at), who),
		Now:  append([]string{fmt.Sprintf("%s is at %s on %s", e.target.ShortRef(), at, w.Remote.Name())}, w.buildLines(e, at)...),
		Next: []string{"ferry status --follow"}}
	if len(w.CI) == 0 { // nobody but a person can know
		p.Now = append(p.Now, "delete the branch only if you know that nobody releases from it")
		p.Next = append(p.Next, flow.Shell(gitops.DeleteCommand(w.Remote.URL(), e.target.Ref, at)))
	}
	return p
}

func (w World) staleBranch(e evidence, at, who, why string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeBranchStale, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s is left over at %s: %s", e.target.ShortRef(), short(at), who),
		Now:  append([]string{fmt.Sprintf("%s is at %s on %s", e.target.ShortRef(), at, w.Remote.Name()), why}, w.buildLines(e, at)...),
		Next: []string{flow.Shell(gitops.DeleteCommand(w.Remote.URL(), e.target.Ref, at)), "ferry release"}}
}

// publishedFrom asks whether the index shows the version that the commit at the
// branch claims, or ours if it claims none. Of ours every surface is known, of
// another version only the simple one.
func (w World) publishedFrom(e evidence, at string) bool {
	if v, other := otherVersion(e, at); other {
		return len(e.simple().page.Of(v)) > 0
	}
	return e.published()
}

// absentFrom: the index was read late enough after the builds to show what they made.
func (w World) absentFrom(theirs []build, e evidence, at string) bool {
	if _, other := otherVersion(e, at); other {
		return e.simple().late(lastEnd(theirs))
	}
	return e.absent(lastEnd(theirs))
}

// otherVersion is the version that a commit claims, if it is not ours.
func otherVersion(e evidence, at string) (string, bool) {
	v, _ := claimAt(e, at)
	return v, v != "" && v != e.target.Version
}

// simple is the surface that every index has.
func (e evidence) simple() surface { return e.surfaces[len(e.surfaces)-1] }

// buildLines names the builds of a commit.
func (w World) buildLines(e evidence, at string) []string {
	if len(w.CI) == 0 {
		return []string{"there is no CI to ask whether that is over"}
	}
	var out []string
	for _, b := range e.of(at) {
		out = append(out, fmt.Sprintf("CI: #%s of %s %s  %s", b.Number, short(at), b.State, b.URL))
	}
	if len(out) == 0 {
		out = append(out, fmt.Sprintf("CI shows no build of %s", short(at)))
	}
	return out
}
