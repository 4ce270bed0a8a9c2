package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/pypi"
)

// Intent is what the command line and the configuration ask for.
type Intent struct {
	Version    string // that the person named; "" if none
	Trigger    string // auto, branch, tag or external
	BranchRef  func(name, version string) (string, error)
	TagRef     func(name, version string) (string, error)
	Claim      bool
	KeepBranch bool
	Artifacts  []string
	Dir        string // the package's folder from the top of the tree; "" is the top

	// Build asks once whether the project's own build may run, and says why only
	// that can tell the version. Nil: it may not.
	Build func(ctx context.Context, why string) (bool, error)
}

// Aim reads from a commit what would be released and by which ref. What it
// cannot tell it returns as a *flow.Problem.
func (w World) Aim(ctx context.Context, in Intent, commit string) (Target, error) {
	tree, err := w.tree(ctx, commit)
	if err != nil {
		return Target{}, w.remoteProblem(err)
	}
	p, err := w.project(ctx, in, tree)
	if err != nil {
		return Target{}, err
	}
	from, err := w.tagged(ctx, p, commit)
	if err != nil {
		return Target{}, err
	}
	t, err := named(from, in)
	if err != nil {
		return t, err
	}
	t.Commit, t.Dir, t.Claim, t.KeepBranch, t.Artifacts = commit, in.Dir, in.Claim, in.KeepBranch, in.Artifacts
	c, err := w.Repo.Commit(commit)
	if err == nil {
		t.Subject, t.Message = c.Subject, c.Message
	}
	t.Ephemeral = pypi.PypircUntil(w.Pypirc, t.Name, t.Version)
	if t, err = w.trigger(t, in, tree, from); err != nil {
		return t, err
	}
	t.Outlook, err = w.outlook(tree, t, c.Message)
	return t, err
}

// outlook is what the watched CI does with the target's ref.
func (w World) outlook(tree fs.FS, t Target, message string) (flow.Outlook, error) {
	o, err := Outlook(tree, w.pushed(t.Ref, message), short(t.Commit))
	if err != nil {
		return o, usage(flow.CodeConfig, fmt.Sprintf("The CI files cannot be read: %v", err), "git status")
	}
	elsewhere := func(d flow.Deployment) bool { return !w.watches(d.Provider) }
	o.Deploys, o.Skips = slices.DeleteFunc(o.Deploys, elsewhere), slices.DeleteFunc(o.Skips, elsewhere)
	return o, nil
}

func (w World) watches(provider string) bool {
	return slices.ContainsFunc(w.CI, func(p ci.Provider) bool { return p.Name() == provider })
}

// tree is a commit's files, fetched if this clone lacks them.
func (w World) tree(ctx context.Context, commit string) (fs.FS, error) {
	if w.Repo.Has(commit) {
		return w.Repo.Tree(commit)
	}
	return w.Remote.Fetch(ctx, commit)
}

// Project reads from a commit's files what would be released. What it cannot
// tell it returns as a *flow.Problem.
func Project(tree fs.FS) (name, version string, err error) {
	p, err := pypi.ReadProject(tree)
	if err != nil {
		return "", "", projectProblem(err)
	}
	t, err := named(origin{project: p}, Intent{})
	return t.Name, t.Version, err
}

// named gives the target its name and version, and checks the version that was
// asked for.
func named(from origin, in Intent) (Target, error) {
	p := from.project
	asked, err := askedVersion(in.Version)
	if err != nil {
		return Target{}, err
	}
	if p.Name == "" {
		return Target{}, needsBuild("The project's name and version cannot be read without running its build: " + p.Dynamic)
	}
	t := Target{Name: p.Name, Version: p.Version, Source: p.VersionSource, Explicit: in.Version != ""}
	switch {
	case p.Version != "":
	case p.FromTag && asked == "":
		return t, from.untagged()
	case p.FromTag:
		t.Version, t.Source = asked, yourWord+"; it becomes the tag"
	default:
		return t, needsBuild("The version of " + p.Name + " cannot be read without running its build: " + p.Dynamic)
	}
	v, err := pypi.ParseVersion(t.Version)
	if err != nil {
		return t, usage(flow.CodeVersionBad, fmt.Sprintf("Version %q (%s) is not a version by PEP 440", t.Version, t.Source), sourceCommand(t.Source))
	}
	t.Version = v.String()
	if asked != "" && !sameVersion(asked, t.Version) {
		return t, &flow.Problem{Code: flow.CodeVersionOther, Class: flow.ClassConflict, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("The commit has version %s (%s), not %s", t.Version, t.Source, asked),
			Now:  []string{"nothing was pushed"}, Next: []string{"ferry release " + t.Version, sourceCommand(t.Source)}}
	}
	return t, nil
}

// needsBuild names the two ways out: to let the build run, or to write the
// version where it can be read.
func needsBuild(text string) *flow.Problem {
	p := usage(flow.CodeNoVersion, text, "ferry release --build")
	p.Now = append(p.Now, "--build runs the project's code in an environment of its own, to ask it")
	p.Next = append(p.Next, "git grep -n version")
	return p
}

func askedVersion(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	v, err := pypi.ParseVersion(text)
	if err != nil {
		return "", usage(flow.CodeVersionBad, fmt.Sprintf("%q is not a version by PEP 440", text), "ferry release")
	}
	return v.String(), nil
}

func usage(code, text, next string) *flow.Problem {
	p := &flow.Problem{Code: code, Class: flow.ClassFailed, Text: text, Now: []string{"nothing was pushed"}, Retry: flow.RetrySafe}
	if next != "" {
		p.Next = []string{next}
	}
	return p
}

// projectProblem says what it means that the metadata could not be read.
func projectProblem(err error) *flow.Problem {
	p := usage(flow.CodeNoVersion, fmt.Sprintf("Name and version cannot be read: %v", err), "git ls-files '*.toml' '*.cfg' setup.py")
	p.Err = err
	var contradiction *pypi.ContradictionError
	var version *pypi.VersionError
	switch {
	case errors.Is(err, pypi.ErrNoProject):
		p.Code = flow.CodeNoProject
		p.Text = "There is no Python project at the top of this commit: no pyproject.toml, setup.cfg, setup.py or PKG-INFO"
		p.Next = []string{"git ls-files"}
	case errors.As(err, &contradiction):
		p.Code = flow.CodeContradiction
	case errors.As(err, &version):
		p.Code = flow.CodeVersionBad
	}
	return p
}

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
	if from.project.FromTag && trigger == "both" {
		trigger = "tag"
	}
	switch trigger {
	case "branch":
		if err := from.byBranch(t); err != nil {
			return t, err
		}
		t.Ref, t.Deploys = branch, onBranch
	case "tag":
		if err := from.byTag(t, tag); err != nil {
			return t, err
		}
		t.Ref, t.Deploys, t.Claim = tag, onTag, false
	case "external":
		if err := from.byTag(t, tag); err != nil {
			return t, err
		}
		t.Ref, t.Deploys, t.Claim, t.External = tag, files.Deploys, false, true
	case "both":
		return t, ambiguous(t, branch, tag, onBranch, onTag)
	case "none":
		return t, noTrigger(t, branch, tag, files)
	default:
		return t, &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("A release by %q is not known to this version", trigger), Next: []string{"ferry release --by branch", "ferry release --by tag", "ferry release --by external"}}
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
		return "branch"
	case len(onTag) > 0:
		return "tag"
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
