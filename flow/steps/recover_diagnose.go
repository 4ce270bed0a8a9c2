package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
)

// Diagnose says what is true of a version in flight, by its four witnesses, and
// which ways lead out. It changes nothing and needs nothing that was stored. The
// ways carry no plans yet: those are data of their own.
func (w World) Diagnose(ctx context.Context, t Target) (flow.Recovery, error) {
	p := w.examine(ctx, t)
	if ctx.Err() != nil {
		return flow.Recovery{}, context.Cause(ctx)
	}
	r := flow.Recovery{Project: t.Name, Version: t.Version, Commit: t.Commit, State: p.state(), Plan: "release-by-branch",
		Files: p.index.Files, Deadline: p.deadline(), Problem: p.problem()}
	switch {
	case t.By == ByDispatch:
		r.Plan = "release-by-dispatch"
	case t.By == ByRelease:
		r.Plan = "release-by-release"
	case p.tagged():
		r.Plan = "release-by-tag"
	}
	r.Who, r.Since = p.who(ctx)
	r.Summary = p.summary()
	r.Witnesses = p.witnesses(ctx)
	r.Done, r.Missing = p.done(), p.lacking()
	r.Options, r.NotOffered = p.ways(ctx)
	return r, nil
}

// problem is what a person should read before choosing; nil if nothing stands in
// the way.
func (p plight) problem() *flow.Problem {
	if found := p.stopped(); found != nil {
		return found
	}
	if p.blind() != "" {
		if f, ok := p.World.unreadable(p.e, everything); !ok {
			return f.Problem
		}
	}
	for _, f := range []flow.Finding{p.index, p.ci} {
		if f.Problem != nil {
			return f.Problem
		}
	}
	return nil
}

// who began it and when, by its claim, else by its tag.
func (p plight) who(ctx context.Context) (string, time.Time) {
	c := p.e.claimAtCommit()
	for _, r := range p.e.refs {
		if c == nil && p.tagged() && r.Name == p.t.Ref && r.SHA != r.Commit {
			c = &claim{ref: r.Name, tag: r.SHA, commit: r.Commit}
		}
	}
	if c == nil {
		return "", time.Time{}
	}
	who, when := p.World.holder(ctx, c)
	if when.IsZero() {
		who = ""
	}
	return who, when
}

func (p plight) summary() string {
	v, label := p.t.Version, p.World.Index.Label()
	switch state := p.state(); {
	case state == stateConflicted:
		return p.stopped().Text
	case p.blind() != "" && (state == stateUnknown || state == stateNotStarted):
		return fmt.Sprintf("Where %s stands cannot be told: %s", v, p.blind())
	case state == stateNotStarted && p.e.claimed(p.t.Commit):
		return p.notBegun()
	case p.removed():
		return fmt.Sprintf("CI uploaded %s by its own word, and no file of it is on %s any more", v, label)
	case state == statePartly:
		all := len(p.index.Files)
		return fmt.Sprintf("%s is half released: %d of %d files are on %s", v, all-len(p.missing()), all, label)
	case state == stateBuilt && p.index.Status != flow.Failed:
		return fmt.Sprintf("%s is built, and %s may not show its files yet", v, label)
	default:
		return v + " " + map[string]string{
			stateNotStarted: "is not begun", stateTriggered: "was pushed, and CI shows no build of it", stateBuilding: "is being built by CI",
			stateBuilt: "is built, CI is green, and nothing of it was published", stateFailed: "failed in CI, and nothing of it was published",
			stateNotVisible: "is uploaded, and not on every page of " + label + " yet", stateNotCleaned: "is published and proved; " + p.left(),
			stateDone: "is published, proved and cleaned up", stateUnknown: "cannot be judged: " + p.index.Text,
		}[state]
	}
}

// left is what the clean-up has still to do.
func (p plight) left() string {
	switch {
	case p.e.refsErr != nil:
		return "whether its branch is left cannot be told"
	case p.tagged():
		return "release " + p.t.ShortRef() + " on the host is missing"
	case p.e.at(p.t.Ref) == p.t.Commit:
		return "the branch is still there"
	}
	return "the clean-up is left"
}

// witnesses is what each of them says, those that cannot be read among them.
func (p plight) witnesses(ctx context.Context) []flow.Fact {
	return append(append(p.gitSays(ctx), p.ciSays()...), p.indexSays()...)
}

func (p plight) gitSays(ctx context.Context) []flow.Fact {
	if p.e.refsErr != nil {
		return []flow.Fact{{Witness: "git", About: p.t.ShortRef(), Says: fmt.Sprintf("cannot be read: %v", p.e.refsErr), Where: p.World.Remote.URL()}}
	}
	says := "absent"
	switch at := p.stands(); {
	case at == p.t.Commit:
		says = "at " + short(at)
	case at != "":
		says = fmt.Sprintf("at %s, and not at %s", short(at), short(p.t.Commit))
	}
	out := []flow.Fact{p.gitFact(p.t.Ref, says)}
	for _, c := range p.e.claims() {
		who, when := p.World.holder(ctx, &c)
		out = append(out, p.gitFact(c.ref, fmt.Sprintf("%s is claimed by %s, %s", short(c.commit), who, since(when))))
	}
	return append(out, p.tagSays()...)
}

// tagSays tells of tags of the version that the plan does not.
func (p plight) tagSays() (out []flow.Fact) {
	if p.tagged() {
		return nil
	}
	for _, r := range p.e.refs {
		tag, ok := strings.CutPrefix(r.Name, "refs/tags/")
		if ok && sameVersion(versionOfTag(p.t.Name, tag), p.t.Version) {
			out = append(out, p.gitFact(r.Name, "at "+short(r.Commit)))
		}
	}
	return out
}

func (p plight) gitFact(ref, says string) flow.Fact {
	f := p.World.refFact(ref, says)
	f.ReadAt = p.e.readAt
	return f
}

func (p plight) ciSays() []flow.Fact {
	facts := p.World.buildFacts(p.e)
	if p.e.buildsErr != nil {
		facts = append(facts, flow.Fact{Witness: "ci", About: p.t.ShortRef(), Says: fmt.Sprintf("cannot be read: %v", p.e.buildsErr)})
	}
	if p.e.alone {
		facts = append(facts, flow.Fact{Witness: "ci", About: p.t.ShortRef(), Says: "not checked: there is none to ask"})
	}
	return facts
}

// indexSays is what each page shows. Of a page that cannot be read there is no age.
func (p plight) indexSays() []flow.Fact {
	facts := p.World.indexFacts(p.e)
	for _, s := range p.e.surfaces {
		i := slices.IndexFunc(facts, func(f flow.Fact) bool { return f.Witness == "index."+s.name })
		if s.err != nil && i >= 0 {
			facts[i].Says, facts[i].ReadAt = fmt.Sprintf("cannot be read: %v", s.err), time.Time{}
		}
	}
	return facts
}

// done is what is there, in words.
func (p plight) done() (out []string) {
	if p.e.claimed(p.t.Commit) {
		out = append(out, "claim")
	}
	if p.push.Status == flow.Done || p.e.at(p.t.Ref) == p.t.Commit || len(p.e.ours()) > 0 {
		out = append(out, "push")
	}
	if ours := p.e.ours(); len(ours) > 0 && final(ours) {
		out = append(out, "CI: "+verdictLine(ours))
	}
	for _, f := range p.index.Files {
		if there(f) {
			out = append(out, f.Name)
		}
	}
	return out
}

// lacking is what is not there, in words. What cannot be read is not missing for
// that, and a project in quarantine hides what it has.
func (p plight) lacking() (out []string) {
	if p.state() == stateDone {
		return nil
	}
	if p.e.buildsErr == nil && !p.e.alone {
		out = append(out, p.unbuilt()...)
	}
	if p.e.indexErr() == nil && !withdrawnProject(p.e.simple().page) {
		out = append(out, p.unpublished()...)
	}
	if !p.tagged() && p.e.at(p.t.Ref) == p.t.Commit && !p.t.KeepBranch {
		out = append(out, "clean-up")
	}
	if p.tagged() && p.clean.Status == flow.Todo {
		out = append(out, "release "+p.t.ShortRef()+" on the host")
	}
	if p.tagged() && p.e.refsErr == nil && p.e.at(p.t.Ref) == "" {
		out = append(out, "tag "+p.t.ShortRef())
	}
	return out
}

func (p plight) unbuilt() []string {
	switch ours := p.e.ours(); {
	case len(ours) == 0:
		return []string{"CI's build"}
	case !final(ours):
		return []string{"the end of CI's build"}
	}
	return nil
}

func (p plight) unpublished() (out []string) {
	for _, f := range p.missing() {
		out = append(out, f.Name)
	}
	if len(p.index.Files) == 0 && !p.e.published() {
		out = append(out, "files on "+p.World.Index.Label())
	}
	return out
}
