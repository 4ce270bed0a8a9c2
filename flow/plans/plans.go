// Package plans holds the plans as data: one file each, a list of nodes, and no
// condition on the world. What a plan is, its table says (testdata/*.golden).
package plans

import (
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/flow/steps"
)

// World and Target are what a plan is made for; Intent is what is asked for, and
// VerifyOptions how far a verification goes, Again how it was asked for, and
// CheckOptions what a check is about. Tokens are those of indexes, for a set-up.
type (
	World         = steps.World
	Target        = steps.Target
	Intent        = steps.Intent
	VerifyOptions = steps.VerifyOptions
	Again         = steps.Again
	CheckOptions  = steps.CheckOptions
	Tokens        = steps.Tokens
	IndexToken    = steps.IndexToken
)

// Foreseen is the problem that the outlook of a ref comes to.
func Foreseen(o flow.Outlook) *flow.Problem { return steps.Foreseen(o) }

// For makes the plan of a target: by what sets it going.
func For(w World, t Target) flow.Plan {
	switch t.By {
	case steps.ByOthers:
		return ReleaseByOthers(w, t)
	case steps.ByRelease:
		return ReleaseByRelease(w, t)
	case steps.ByDispatch:
		return ReleaseByDispatch(w, t)
	}
	if strings.HasPrefix(t.Ref, "refs/tags/") {
		return ReleaseByTag(w, t)
	}
	return ReleaseByBranch(w, t)
}

// Follow is the part of a plan that only looks: it joins a release that runs,
// and ends when the index has proved it.
func Follow(p flow.Plan) flow.Plan {
	out := flow.Plan{Name: p.Name, Title: "follow: " + p.Title}
	for _, n := range p.Nodes {
		if n.ID != flow.AwaitCI && n.ID != flow.ConfirmIndex {
			continue
		}
		n.Needs = nil
		if n.ID == flow.ConfirmIndex {
			n.Needs = []flow.ID{flow.AwaitCI}
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

func title(t Target, how string) string {
	return fmt.Sprintf("release %s %s by %s %s", t.Name, t.Version, how, t.ShortRef())
}
