package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/pypi"
)

// Intent is what the command line and the configuration ask for.
type Intent struct {
	Version    string // that the person named; "" if none
	Trigger    string // auto, branch, tag, release or external
	BranchRef  func(name, version string) (string, error)
	TagRef     func(name, version string) (string, error)
	Claim      bool
	KeepBranch bool
	Artifacts  []string
	Dir        string // the package's folder from the top of the tree; "" is the top

	HostRelease string // whether the git host's release is published after a release by tag: auto, yes or no; "" is auto

	Notes string // of the git host's release: auto, changelog, host or none; "" is auto

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
	t.HostRelease = in.HostRelease
	c, err := w.Repo.Commit(commit)
	if err == nil {
		t.Subject, t.Message = c.Subject, c.Message
	}
	t.Ephemeral = pypi.PypircUntil(w.Pypirc, t.Name, t.Version)
	if t, err = w.trigger(t, in, tree, from); err != nil {
		return t, err
	}
	if t.By == ByDispatch {
		return w.aimStart(ctx, t, in, tree)
	}
	if t.ShowsRelease() {
		t.Notes = notesAt(tree, t, in.Notes)
	}
	t.Outlook, err = w.outlook(tree, t, c.Message)
	return t, err
}

// outlook is what the watched CI does with the target's ref.
func (w World) outlook(tree fs.FS, t Target, message string) (flow.Outlook, error) {
	o, err := foresee(tree, w.events(t.By, t.Ref, t.Version, message), short(t.Commit))
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
