package steps

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// What sets a release going: release.trigger and --by.
const (
	ByBranch   = "branch"
	ByTag      = "tag"
	ByRelease  = "release"  // publishing the host's release makes the tag
	ByDispatch = "dispatch" // a workflow is started by hand, on the default branch
	ByOthers   = "external" // something else makes the tag; nothing is pushed
)

// trigger picks the ref to push: the one for which the CI files have a
// publishing job. A ref from which nothing deploys is never chosen, nor a branch
// where a tag makes the version.
func (w World) trigger(t Target, in Intent, tree fs.FS, from origin) (Target, error) {
	branch, err := in.BranchRef(t.Name, t.Version)
	if err != nil {
		return t, usage(flow.CodeConfig, err.Error(), "")
	}
	tag, err := in.TagRef(t.Name, t.Version)
	if err != nil {
		return t, usage(flow.CodeConfig, err.Error(), "")
	}
	files, err := rules.Scan(tree)
	if err != nil {
		return t, usage(flow.CodeConfig, fmt.Sprintf("The CI files cannot be read: %v", err), "")
	}
	files = w.watched(files)
	t.CIFiles = len(files.Providers) > 0
	t.Stages = deploys(files, func(d rules.Deploy) bool { return w.toStaging(d.Index) })
	onBranch := deploys(files, func(d rules.Deploy) bool { return d.OnBranch(strings.TrimPrefix(branch, "refs/heads/")) })
	onTag := deploys(files, func(d rules.Deploy) bool { return d.OnTag(strings.TrimPrefix(tag, "refs/tags/")) })
	trigger := chosen(in.Trigger, onBranch, onTag)
	if trigger == "none" {
		trigger = unpushed(files.Deploys)
	}
	if from.project.FromTag && trigger == "both" {
		trigger = ByTag
	}
	if trigger == "none" && w.startsAnything(tree, t, in) {
		trigger = ByDispatch
	}
	t.By = trigger
	switch trigger {
	case ByDispatch: // Aim asks for the rest
		return t, from.byBranch(t)
	case ByBranch:
		if err := from.byBranch(t); err != nil {
			return t, err
		}
		t.Ref, t.Deploys = branch, onBranch
	case ByTag:
		if err := from.byTag(t, tag); err != nil {
			return t, err
		}
		t.Ref, t.Deploys, t.Claim = tag, onTag, false
	case ByRelease:
		if err := from.byTag(t, tag); err != nil {
			return t, err
		}
		byRelease := func(d rules.Deploy) bool { return d.Release || d.OnTag(strings.TrimPrefix(tag, "refs/tags/")) }
		t.Ref, t.Deploys, t.Claim = tag, deploys(files, byRelease), false
	case ByOthers:
		if err := from.byTag(t, tag); err != nil {
			return t, err
		}
		t.Ref, t.Deploys, t.Claim = tag, files.Deploys, false
	case "both":
		return t, ambiguous(t, branch, tag, onBranch, onTag)
	case "none":
		return t, noTrigger(t, branch, tag, files)
	default:
		return t, &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("A release by %q is not known to this version", trigger), Next: []string{"ferry release --by branch", "ferry release --by tag", "ferry release --by release", "ferry release --by dispatch", "ferry release --by external"}}
	}
	return t, nil
}

// watched leaves only the CI files of the providers that are watched.
func (w World) watched(files rules.Files) rules.Files {
	out := rules.Files{Problems: files.Problems}
	for _, d := range files.Deploys {
		if w.watches(d.Provider) {
			out.Deploys = append(out.Deploys, d)
		}
	}
	for _, p := range files.Providers {
		if w.watches(p) {
			out.Providers = append(out.Providers, p)
		}
	}
	return out
}

func deploys(files rules.Files, on func(rules.Deploy) bool) (out []rules.Deploy) {
	for _, d := range files.Deploys {
		if on(d) {
			out = append(out, d)
		}
	}
	return out
}

func chosen(asked string, onBranch, onTag []rules.Deploy) string {
	switch {
	case asked != "" && asked != "auto":
		return asked
	case len(onBranch) > 0 && len(onTag) > 0:
		return "both"
	case len(onBranch) > 0:
		return ByBranch
	case len(onTag) > 0:
		return ByTag
	}
	return "none"
}

// unpushed is what starts a publishing job where no push does.
func unpushed(ds []rules.Deploy) string {
	if slices.ContainsFunc(ds, func(d rules.Deploy) bool { return d.Release }) {
		return ByRelease
	}
	return "none"
}

func ambiguous(t Target, branch, tag string, onBranch, onTag []rules.Deploy) *flow.Problem {
	p := usage(flow.CodeManyDeploys, fmt.Sprintf("Both %s and %s would publish %s %s; say which", branch, tag, t.Name, t.Version), "ferry release --by branch")
	p.Next = append(p.Next, "ferry release --by tag")
	for _, d := range append(slices.Clone(onBranch), onTag...) {
		p.Lines = append(p.Lines, fmt.Sprintf("%s:%d %s", d.File, d.Line, d.Job))
	}
	return p
}

func noTrigger(t Target, branch, tag string, files rules.Files) *flow.Problem {
	p := usage(flow.CodeNoDeploy, fmt.Sprintf("No publishing job starts from %s or %s, by the CI files of the commit", branch, tag), "git grep -nE 'deploy:|pypi-publish|twine upload' -- .travis.yml .github/workflows")
	for _, d := range files.Deploys {
		p.Lines = append(p.Lines, fmt.Sprintf("%s:%d %s publishes from something else%s", d.File, d.Line, d.Job, undecided(d)))
	}
	for _, f := range files.Problems {
		p.Lines = append(p.Lines, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Text))
	}
	if len(p.Lines) == 0 {
		p.Lines = []string{"the commit has no CI file with a publishing job that is watched"}
		p.Next = append(p.Next, "ferry release --by branch", "ferry release --by tag")
	}
	return p
}

func undecided(d rules.Deploy) string {
	switch {
	case d.Release:
		return ": a release published on the host"
	case d.Dispatch:
		return ": a workflow started by hand"
	case d.Undecided != "":
		return ": " + d.Undecided
	}
	return ""
}
