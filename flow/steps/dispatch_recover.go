package steps

import (
	"cmp"
	"fmt"

	"ferry/flow"
)

// claimTrigger is what a claim was made for: the trigger of the checkout, where that
// takes one.
func (s search) claimTrigger() string {
	if s.here.By == ByDispatch || s.here.Ref == "" && s.in.Trigger == ByDispatch {
		return ByDispatch
	}
	return ByBranch
}

// startsOn is the default branch, as the checkout knows it, or the remote.
func (s search) startsOn() string {
	for _, r := range s.e.refs {
		if r.Name == "HEAD" && r.Target != "" {
			return cmp.Or(s.here.Ref, r.Target)
		}
	}
	return cmp.Or(s.here.Ref, "refs/heads/"+s.Remote.DefaultBranch())
}

// started says whether it is a release by dispatch, of which no branch is left.
func (p plight) started() bool { return p.t.By == ByDispatch }

// branchless: there is no release branch that would have to go.
func (p plight) branchless() bool { return p.tagged() || p.started() }

// gone: what the attempt was made by is there no more. Of a start that is the branch
// whose tip it was: what comes now is another commit's.
func (p plight) gone() bool {
	if p.started() {
		return p.e.tip != p.t.Commit
	}
	return p.e.at(p.t.Ref) != p.t.Commit
}

// stands is where the release's ref is, of a start the branch that was built.
func (p plight) stands() string {
	if p.started() {
		return p.e.tip
	}
	return p.e.at(p.t.Ref)
}

// notBegun says how far it came before anything was pushed or started.
func (p plight) notBegun() string {
	what := "pushed"
	if p.started() {
		what = "started"
	}
	return fmt.Sprintf("%s is claimed at %s and was never %s", p.t.Version, short(p.t.Commit), what)
}

// goOn is how resume begins where nothing was pushed or started yet.
func (p plight) goOn() string {
	if p.started() {
		return "start " + p.t.Workflow() + " on " + p.t.ShortRef() + ", watch CI, prove every file"
	}
	return "push " + p.t.ShortRef() + " at " + short(p.t.Commit) + ", watch CI, prove every file, clean up"
}

// unmade is why there is no branch to give up.
func (w World) unmade(p *flow.Problem) *flow.Problem {
	p.Text = "A release by dispatch makes no branch, so there is none to delete"
	return p
}

// once is what is true of a commit that was released from before.
func (t Target) once() string {
	if t.By == ByDispatch {
		return fmt.Sprintf("the workflow was started at %s once, and is not started there again; a fix is a new commit", short(t.Commit))
	}
	return fmt.Sprintf("commit %s was pushed once and is not pushed again; a fix is a new commit", short(t.Commit))
}
