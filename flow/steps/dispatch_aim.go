package steps

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// Start is what a release by dispatch starts.
type Start struct {
	Provider string
	Files    []string // of the workflow; several where nothing says which of them is meant
	Inputs   map[string]string
	Unfit    *flow.Problem // why ferry cannot start it, though a person may; nil if it can
}

// Workflow is what a release by dispatch starts, for people.
func (t Target) Workflow() string {
	switch len(t.Start.Files) {
	case 0:
		return "the workflow"
	case 1:
		return t.Start.Files[0]
	}
	return "one of " + strings.Join(t.Start.Files, ", ")
}

// spec is what CI is asked for.
func (t Target) spec() ci.DispatchSpec {
	out := ci.DispatchSpec{Ref: t.Ref, Inputs: t.Start.Inputs}
	if len(t.Start.Files) > 0 {
		out.File = t.Start.Files[0]
	}
	return out
}

// starts says whether a build is of the workflow, and was started by hand.
func (s Start) starts(b build) bool {
	file := func(f string) bool { return f == b.File || path.Base(f) == b.File }
	return b.ByHand() && (s.Provider == "" || b.provider.Name() == s.Provider) &&
		(b.File == "" || len(s.Files) == 0 || slices.ContainsFunc(s.Files, file))
}

// aimStart finds the workflow that publishes when it is started by hand on the
// default branch, and the values of its inputs.
func (w World) aimStart(ctx context.Context, t Target, in Intent, tree fs.FS) (Target, error) {
	if !slices.ContainsFunc(w.CI, func(p ci.Provider) bool { _, ok := p.(ci.Dispatcher); return ok }) {
		return t, cannotStart("No CI that is watched here can be asked to start a workflow")
	}
	if !t.Claim {
		return t, cannotStart("A release by dispatch takes a claim, and release.claim says that none is taken: nothing else keeps two starts apart")
	}
	branch, err := w.defaultBranch(ctx)
	switch {
	case err == nil:
		t.Ref = "refs/heads/" + branch
	case w.Remote.DefaultBranch() != "": // that the remote cannot be read each step says itself
		t.Ref = w.knownDefault()
	default:
		return t, err
	}
	found, err := w.startables(tree, t, in)
	if err != nil {
		return t, usage(flow.CodeConfig, fmt.Sprintf("The CI files cannot be read: %v", err), "git status")
	}
	if len(found) == 0 {
		return t, w.nothingStarts(tree, t)
	}
	for _, s := range found {
		t.Start.Provider, t.Start.Files = s.Provider, append(t.Start.Files, s.File)
	}
	s := found[0]
	t.Start.Inputs, t.Start.Unfit = s.values, s.wrong
	t.Outlook, err = Outlook(tree, w.startOf(t.Ref, s.File, s.values), short(t.Commit))
	if err != nil {
		return t, usage(flow.CodeConfig, fmt.Sprintf("The CI files cannot be read: %v", err), "git status")
	}
	t.Deploys = started(t.Outlook)
	w.judgeStart(&t, found)
	return t, nil
}

func cannotStart(text string) *flow.Problem {
	p := usage(flow.CodeNoDispatch, text, "ferry config show")
	p.Next = append(p.Next, "ferry release --by branch", "ferry release --by tag")
	return p
}

// startable is a file that publishes when it is started by hand.
type startable struct {
	rules.Manual
	values map[string]string
	wrong  *flow.Problem
}

// startables are those of the providers that are watched, as far as the files say.
func (w World) startables(tree fs.FS, t Target, in Intent) (out []startable, err error) {
	host := ""
	if w.Remote != nil {
		host = w.Remote.Hostname()
	}
	all, err := rules.Manuals(tree, host)
	if err != nil {
		return nil, err
	}
	tag, err := in.TagRef(t.Name, t.Version)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if !w.watches(m.Provider) {
			continue
		}
		s := startable{Manual: m}
		s.values, s.wrong = fillIn(m, t.Version, strings.TrimPrefix(tag, "refs/tags/"))
		p, err := rules.Predict(tree, w.startOf(t.Ref, m.File, s.values))
		if err != nil {
			return nil, err
		}
		if len(p.Deploying(rules.Yes))+len(p.Deploying(rules.Undecided)) > 0 {
			out = append(out, s)
		}
	}
	return out, nil
}

// startOf is the start of a file on a branch.
func (w World) startOf(ref, file string, values map[string]string) rules.Event {
	e := w.pushed(ref, "")
	e.What, e.ByAPI = "workflow_dispatch", &rules.ByAPI{File: file, Inputs: values}
	return e
}

// startsAnything says whether some file publishes when it is started by hand,
// whatever its inputs are.
func (w World) startsAnything(tree fs.FS, t Target, in Intent) bool {
	t.Ref = w.knownDefault()
	found, err := w.startables(tree, t, in)
	return err == nil && len(found) > 0
}

// knownDefault is the default branch as this clone knows it, without asking; main
// where it does not.
func (w World) knownDefault() string {
	if w.Remote != nil && w.Remote.DefaultBranch() != "" {
		return "refs/heads/" + w.Remote.DefaultBranch()
	}
	return "refs/heads/main"
}

// started are the publishing jobs of an outlook.
func started(o flow.Outlook) (out []rules.Deploy) {
	for _, d := range o.Deploys {
		out = append(out, rules.Deploy{Provider: d.Provider, File: d.File, Line: d.Line, Job: d.Job, Dispatch: true,
			Environment: d.Environment, Index: d.Index, Distributions: d.Distributions, Undecided: unless(d)})
	}
	return out
}

func unless(d flow.Deployment) string {
	if d.Sure {
		return ""
	}
	return strings.Join(d.Why, "; ")
}

// nothingStarts says what each file that can be started does instead.
func (w World) nothingStarts(tree fs.FS, t Target) *flow.Problem {
	p := usage(flow.CodeNoDeploy, "No workflow publishes when it is started by hand on "+t.ShortRef()+", by the CI files of the commit", findPublishing)
	o, err := Outlook(tree, func() rules.Event { e := w.pushed(t.Ref, ""); e.What = "workflow_dispatch"; return e }(), short(t.Commit))
	if err == nil {
		p.Lines = append(skipped(o), o.Instead...)
	}
	if len(p.Lines) == 0 {
		p.Lines = []string{"no file that is watched has a job which publishes then"}
	}
	return p
}
