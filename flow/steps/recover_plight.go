package steps

import (
	"context"
	"slices"
	"strings"
	"time"

	"ferry/flow"
)

// The states of a release, as status spells them.
const (
	stateNotStarted = "not_started"
	stateTriggered  = "triggered_no_build"
	stateBuilding   = "building"
	stateBuilt      = "built_not_deployed"
	statePartly     = "partly_deployed"
	stateNotVisible = "deployed_not_visible"
	stateNotCleaned = "done_not_cleaned"
	stateDone       = "done"
	stateConflicted = "conflicted"
	stateFailed     = "failed"
	stateUnknown    = "unknown"
)

// plight is what the witnesses say of one version in flight, and what the steps of
// its plan make of it.
type plight struct {
	World World
	t     Target
	e     evidence
	x     expected

	push, ci, index, clean flow.Finding
	blocked                *flow.Problem // why a push would be refused, by others' releases
	keeps                  *flow.Problem // why the branch may not be given up
	rejected               bool          // CI itself says that no build comes of the push
	now                    time.Time     // the index's clock, where it tells
}

// examine reads all witnesses and changes nothing.
func (w World) examine(ctx context.Context, t Target) plight {
	p := plight{World: w, t: t, e: w.look(ctx, t, everything)}
	p.index, p.ci = ConfirmIndex{w, t}.Observe(ctx), AwaitCI{World: w, Target: t}.Observe(ctx)
	switch {
	case t.By == ByRelease:
		p.push = NewPublishRelease(w, t).Observe(ctx)
	case p.tagged():
		p.push = PushTag{w, t}.Observe(ctx)
		p.clean = w.pageLeft(ctx, t)
	case p.started():
		p.push = NewDispatch(w, t).Observe(ctx)
	default:
		p.push = PushBranch{w, t}.Observe(ctx)
		p.clean, _ = DeleteBranch{w, t}.judge(ctx)
	}
	p.x = w.expected(ctx, p.e)
	p.now = uploadLook{surfaces: p.e.surfaces}.now()
	if p.blind() == "" {
		p.blocked = p.rival(ctx)
		p.keeps = w.keeps(ctx, p.e)
	}
	if p.ci.Status == flow.Underway && len(p.e.ours()) == 0 {
		said := AwaitCI{World: w, Target: t}.excuses(ctx) // of the same reading
		p.rejected = slices.ContainsFunc(said, func(x excuse) bool { return x.rejected })
	}
	return p
}

// pageLeft is what is still to do for the host's release of a tag; empty where none is
// due, or where nobody can tell.
func (w World) pageLeft(ctx context.Context, t Target) flow.Finding {
	s := NewHostRelease(w, t)
	if t.By != ByTag || t.HostRelease == "no" || !s.due(ctx) {
		return flow.Finding{}
	}
	return s.Observe(ctx)
}

func (p plight) tagged() bool { return strings.HasPrefix(p.t.Ref, "refs/tags/") }

// rival is another release that is in the way of this one, as long as nothing of
// it has come: what is built or published is past that.
func (p plight) rival(ctx context.Context) *flow.Problem {
	switch {
	case p.tagged():
		return p.moved()
	case len(p.e.ours()) > 0 || p.e.published() && p.e.mine():
		return nil
	}
	if found := p.World.otherBranch(ctx, p.e); found != nil {
		return found
	}
	return p.World.rival(ctx, p.e)
}

// moved: the tag stands at another commit than ours, or than the one that CI built
// it at.
func (p plight) moved() *flow.Problem {
	switch at := p.e.at(p.t.Ref); {
	case at == "":
		return nil
	case at != p.t.Commit:
		return PushTag{p.World, p.t}.elsewhere(at)
	}
	return PushTag{p.World, p.t}.builtElsewhere(p.e)
}

// blind names the first witness that cannot be read; "" if all can.
func (p plight) blind() string {
	switch {
	case p.e.refsErr != nil:
		return "the remote " + p.World.Remote.Name() + " cannot be read"
	case p.e.buildsErr != nil:
		return "CI cannot be read"
	case p.e.indexErr() != nil:
		return p.World.Index.Label() + " cannot be read"
	case p.index.Status == flow.Unknown:
		return "not everything can be read: " + p.index.Text
	}
	return ""
}

// state reads from the end back, as status does: what comes after a thing proves
// more about it than the thing itself.
func (p plight) state() string {
	switch {
	case p.stopped() != nil:
		return stateConflicted
	case p.index.Status != flow.Todo:
		return p.afterUpload()
	case p.ci.Status != flow.Todo:
		return p.building()
	case p.blind() != "" || p.push.Status == flow.Unknown:
		return stateUnknown
	}
	return stateNotStarted
}

// stopped is the conflict that the release is in; nil if it is in none.
func (p plight) stopped() *flow.Problem {
	for _, f := range []flow.Finding{p.index, p.ci} {
		if f.Status == flow.Conflict {
			return f.Problem
		}
	}
	page := p.e.simple().page
	switch {
	case withdrawnProject(page):
		return ConfirmIndex{p.World, p.t}.withdrawn(page)
	case p.blocked != nil:
		return p.blocked
	case p.push.Status == flow.Conflict && p.index.Status == flow.Todo:
		return p.push.Problem
	}
	return nil
}

func (p plight) afterUpload() string {
	switch {
	case p.index.Status == flow.Done && p.clean.Status != "" && p.clean.Status != flow.Done && (p.tagged() || !p.t.KeepBranch):
		return stateNotCleaned
	case p.index.Status == flow.Done:
		return stateDone
	case p.index.Status == flow.Unknown:
		return stateUnknown
	case p.index.Status == flow.Failed && p.e.published():
		return statePartly
	case p.index.Status == flow.Failed && p.index.Problem.Code == flow.CodeNotPublished:
		return stateBuilt
	case p.index.Status == flow.Failed:
		return stateFailed
	case p.e.published():
		return stateNotVisible
	case p.ci.Status != flow.Done:
		return p.building()
	}
	return stateBuilt
}

func (p plight) building() string {
	switch {
	case p.ci.Status == flow.Unknown:
		return stateUnknown
	case p.ci.Status == flow.Failed:
		return stateFailed
	case p.ci.Status == flow.Done:
		return stateBuilt
	case len(p.ci.Jobs) == 0:
		return stateTriggered
	}
	return stateBuilding
}

// inFlight says whether it was begun and is not finished.
func (p plight) inFlight() bool {
	state := p.state()
	switch {
	case p.blind() != "":
		return true
	case state == stateDone || p.over() || p.followed():
		return false
	case p.begun():
		return true
	}
	return p.orphaned()
}

// begun: something on the servers is of this commit.
func (p plight) begun() bool {
	return p.e.claimed(p.t.Commit) || len(p.e.ours()) > 0 || p.e.at(p.t.Ref) == p.t.Commit
}

// orphaned: files came not long ago of what is released by a tag, and there is none.
func (p plight) orphaned() bool {
	return p.tagged() && p.e.at(p.t.Ref) == "" && p.e.published() && recent(p.e.simple().files)
}

// over: the attempt was given up. Its branch is gone, its builds are final, and
// nothing came of it that could have been taken away again.
func (p plight) over() bool {
	ours := p.e.ours()
	return !p.tagged() && p.gone() && len(ours) > 0 && final(ours) && p.index.Status == flow.Failed && !p.e.published() && !p.removed()
}

// followed: nothing helps this version but a new one, which is on the index. What is
// left of its branch is still to be cleaned up.
func (p plight) followed() bool {
	left := !p.tagged() && p.e.at(p.t.Ref) == p.t.Commit
	_, latest := p.e.simple().page.Newest()
	return !left && p.lost() && final(p.e.ours()) && latest != "" && compareVersions(latest, p.t.Version) > 0
}

// lost: no way leads to this version any more.
func (p plight) lost() bool {
	found := p.stopped()
	return p.removed() || found != nil && (found.Code == flow.CodeYanked || found.Code == flow.CodeTagElsewhere)
}

// removed: CI is green and printed what it uploaded, and nothing of it is there.
func (p plight) removed() bool {
	return p.index.Status == flow.Failed && !p.e.published() && len(p.x.names) > 0 && good(p.e.ours())
}

// missing are the expected files that are on no page.
func (p plight) missing() []flow.File {
	return slices.DeleteFunc(slices.Clone(p.index.Files), func(f flow.File) bool { return !counts(f, p.x) || there(f) })
}

// deadline is until when the index takes files of the version; zero where it does
// not say, or where nothing is there yet.
func (p plight) deadline() time.Time {
	opened := uploadLook{surfaces: p.e.surfaces}.opened()
	if opened.IsZero() || !p.World.Index.Strict() {
		return time.Time{}
	}
	return opened.Add(releaseOpen)
}

// closed: the index takes no more files of the version.
func (p plight) closed() bool {
	until := p.deadline()
	return standings()[p.e.simple().page.Project].closed || !until.IsZero() && p.now.After(until)
}
