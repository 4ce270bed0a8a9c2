package steps

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/pypi"
)

// CheckOptions says which ref a check is about, and of which files.
type CheckOptions struct {
	Branch, Tag string // "" for both: the ref that a release would push
	From        string // where the files are, for people
	Message     string // of the commit at the ref
	Unasked     string // why neither host nor CI is asked for what is in no file; "" to ask them
}

// Check says what CI would do with a push of the release ref, whether the project
// is fit to be uploaded and, where it may ask, what the host has against it. The
// error is a *flow.Problem: no ref can be told, or the files cannot be read.
func (w World) Check(ctx context.Context, in Intent, tree fs.FS, o CheckOptions) (flow.Outlook, error) {
	project, check := w.readProject(ctx, in, tree)
	by, ref, err := w.refToCheck(in, tree, project, o)
	if err != nil {
		return flow.Outlook{}, err
	}
	out, err := flow.Outlook{}, error(nil)
	if by == ByDispatch {
		out, err = w.checkStart(in, tree, project, o.From)
		ref = out.Ref
	} else {
		out, err = foresee(tree, w.events(by, ref, project.Version, o.Message), o.From)
	}
	if err != nil {
		return out, usage(flow.CodeConfig, fmt.Sprintf("The CI files cannot be read: %v", err), "git status")
	}
	out.Checks = append([]flow.Check{check}, fitness(tree, in.Dir)...)
	if o.Unasked != "" {
		out.Checks = append(out.Checks, unchecked("host", "%s", o.Unasked))
		return out, nil
	}
	out.Checks = append(out.Checks, w.hostChecks(ctx, by, ref, in.KeepBranch, out.Deploys)...)
	return out, nil
}

// readProject reads name and version without running anything.
func (w World) readProject(ctx context.Context, in Intent, tree fs.FS) (Target, flow.Check) {
	in.Build = nil
	p, err := w.project(ctx, in, tree)
	if err != nil {
		return Target{}, bad("project", flow.Absent, "%v", err)
	}
	if p.FromTag {
		return Target{Name: p.Name}, fine("project", "%s (%s), its version comes from a tag (%s)", p.Name, p.NameSource, p.Dynamic)
	}
	t, err := named(origin{project: p}, in)
	switch {
	case p.NeedsBuild:
		return t, unchecked("project", "%v", err)
	case err != nil:
		return t, bad("project", flow.Absent, "%v", err)
	}
	if v, err := pypi.ParseVersion(t.Version); err == nil && v.IsLocal() {
		return t, bad("project", flow.Absent, "%s has the local version %s (%s), which an index refuses", t.Name, t.Version, t.Source)
	}
	return t, fine("project", "%s %s (%s)", t.Name, t.Version, t.Source)
}

// fitness is what PyPI would refuse for certain, as far as the files tell it.
func fitness(tree fs.FS, dir string) []flow.Check {
	sub, err := packageTree(tree, dir)
	if err != nil {
		return nil // the check of the project has said it
	}
	const id = "metadata"
	misfits, read := pypi.ProjectMisfits(sub)
	if !read {
		return []flow.Check{unchecked(id, "no [project] table says it; only a build does")}
	}
	if len(misfits) == 0 {
		return []flow.Check{fine(id, "nothing in pyproject.toml that PyPI refuses")}
	}
	var out []flow.Check
	for _, m := range misfits {
		out = append(out, bad(id, flow.Absent, "%s: %s", m.Text, m.Fix))
	}
	return out
}

// refToCheck is the ref that was asked for, or that a release would push, and by what
// a release would have it pushed; "" for a bare push.
func (w World) refToCheck(in Intent, tree fs.FS, t Target, o CheckOptions) (by, ref string, err error) {
	switch {
	case o.Branch != "" && o.Tag != "":
		return "", "", &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Retry: flow.RetrySafe, Text: "--branch and --tag name two refs; a check is about one", Next: []string{"ferry check --branch " + flow.Shell([]string{o.Branch})}}
	case o.Branch != "":
		return "", "refs/heads/" + strings.TrimPrefix(o.Branch, "refs/heads/"), nil
	case o.Tag != "":
		return "", "refs/tags/" + strings.TrimPrefix(o.Tag, "refs/tags/"), nil
	}
	return w.releaseRef(in, tree, t)
}

func (w World) releaseRef(in Intent, tree fs.FS, t Target) (by, ref string, err error) {
	branch, tag, err := releaseRefs(in, t)
	if err != nil {
		return "", "", err
	}
	by = in.Trigger
	if by == "" || by == "auto" {
		if by, err = w.whatDeploys(tree, branch, tag); err != nil {
			return "", "", err
		}
	}
	if by == "none" && w.startsAnything(tree, t, in) {
		by = ByDispatch
	}
	byTag := by == ByTag || by == ByRelease
	switch {
	case byTag && tag == "":
		return "", "", usage(flow.CodeNoVersion, "The version, and with it the name of the tag, cannot be read from the files", "ferry check --tag TAG")
	case byTag:
		return by, tag, nil
	case by == "both":
		p := usage(flow.CodeManyDeploys, fmt.Sprintf("Both %s and %s would publish; say which is meant", branch, tag), "ferry check --branch "+shellRef(branch))
		p.Next = append(p.Next, "ferry check --tag "+shellRef(tag))
		return "", "", p
	}
	return by, branch, nil
}

func shellRef(ref string) string {
	_, name, _ := strings.Cut(strings.TrimPrefix(ref, "refs/"), "/")
	return flow.Shell([]string{name})
}

// releaseRefs are the refs of the configuration. The tag is "" where the version
// is needed for it and cannot be read.
func releaseRefs(in Intent, t Target) (branch, tag string, err error) {
	branch, err = in.BranchRef(t.Name, t.Version)
	if err != nil {
		return "", "", usage(flow.CodeConfig, err.Error(), "ferry check --branch NAME")
	}
	if t.Version != "" {
		if tag, err = in.TagRef(t.Name, t.Version); err != nil {
			return "", "", usage(flow.CodeConfig, err.Error(), "ferry check --tag NAME")
		}
	}
	return branch, tag, nil
}

// whatDeploys says which of the two refs CI publishes from: branch, tag, both or none;
// or that publishing a release of the tag does.
func (w World) whatDeploys(tree fs.FS, branch, tag string) (string, error) {
	deploys := func(by, ref string) (bool, error) {
		if ref == "" {
			return false, nil
		}
		p, err := rules.Predict(tree, w.events(by, ref, "", "")[0])
		if err != nil {
			return false, usage(flow.CodeConfig, fmt.Sprintf("The CI files cannot be read: %v", err), "git status")
		}
		return len(p.Deploying(rules.Yes))+len(p.Deploying(rules.Undecided)) > 0, nil
	}
	onBranch, err := deploys(ByBranch, branch)
	if err != nil {
		return "", err
	}
	onTag, err := deploys(ByTag, tag)
	switch {
	case err != nil:
		return "", err
	case onBranch && onTag:
		return "both", nil
	case onTag:
		return "tag", nil
	case onBranch:
		return "branch", nil
	}
	if onRelease, err := deploys(ByRelease, tag); onRelease || err != nil {
		return ByRelease, err
	}
	return "none", nil
}
