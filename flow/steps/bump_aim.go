package steps

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// Bump is a version that the next release is to have, and how it gets there.
type Bump struct {
	Name    string // as the metadata spells it
	From    string // the version of the commit that is checked out
	Version string
	Dir     string // the package's folder from the top of the tree; "" is the top
	Default string // the branch that it is committed on and pushed to, short
	Date    string // of the changelog's heading: 2026-11-21
	Tagged  bool   // a tag makes the version: nothing is edited
}

// Message is that of the commit.
func (b Bump) Message() string {
	if b.Dir != "" {
		return "Release " + b.Name + " " + b.Version
	}
	return "Release " + b.Version
}

// AimBump reads what version comes next: part is patch, minor, major, pre, or a version
// itself. A version that no release has yet and that this very bump made is not raised
// a second time, so that the same command goes on from where the world stands. at is
// the day by the person's clock. What it cannot tell it returns as a *flow.Problem.
func (w World) AimBump(ctx context.Context, in Intent, part string, at time.Time) (Bump, error) {
	head, err := w.Repo.Head()
	if err != nil {
		return Bump{}, unreadTree(err)
	}
	tree, err := w.Repo.Tree(head.SHA)
	if err == nil {
		tree, err = packageTree(tree, in.Dir)
	}
	if err != nil {
		return Bump{}, err
	}
	p, err := pypi.ReadProject(tree)
	if err != nil {
		return Bump{}, projectProblem(err)
	}
	b := Bump{Name: p.Name, From: p.Version, Dir: in.Dir, Date: at.Format(time.DateOnly), Tagged: p.FromTag}
	if b.Default, err = w.defaultBranch(ctx); err != nil {
		return b, err
	}
	h := history{w: w, dir: in.Dir, head: head.SHA, project: p}
	if err := h.read(ctx); err != nil {
		return b, err
	}
	next, err := h.next(part)
	if err != nil {
		return b, err
	}
	b.Version = next.String()
	return b, h.newEnough(in, part, next)
}

// defaultBranch asks the remote, and where it does not tell the clone.
func (w World) defaultBranch(ctx context.Context) (string, error) {
	refs, err := w.refs(ctx)
	if err != nil {
		return "", w.remoteProblem(err)
	}
	for _, r := range refs {
		if r.Name == "HEAD" && r.Target != "" {
			return strings.TrimPrefix(r.Target, "refs/heads/"), nil
		}
	}
	if known := w.Remote.DefaultBranch(); known != "" {
		return known, nil
	}
	return "", &flow.Problem{Code: flow.CodeBumpBranch, Class: flow.ClassUnknown, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The remote %s does not say which its default branch is", w.Remote.Name()), Now: nothingEdited(),
		Next: []string{flow.Shell([]string{"git", "remote", "set-head", w.Remote.Name(), "--auto"})}}
}

func nothingEdited() []string { return []string{"no file was changed, and nothing was pushed"} }

// history is what is known of the versions up to the commit.
type history struct {
	w       World
	dir     string
	head    string
	project pypi.Project

	now    pypi.Version  // of the commit, or the newest that a tag made
	here   bool          // a tag on the commit makes it, or the commit itself brought it in
	before *pypi.Version // what the files said before; nil if that is not known
	page   pypi.Page     // of the index
}

func (h *history) read(ctx context.Context) error {
	page, err := flow.Read(ctx, readingOf{h.w.Index.Name() + " simple", h.project.Name}, func(ctx context.Context) (pypi.Page, error) {
		return h.w.Index.Simple(ctx, h.project.Name)
	})
	if err != nil {
		return h.w.indexProblem(err)
	}
	h.page = page
	if h.project.FromTag {
		return h.readTags(ctx)
	}
	if h.project.Version == "" {
		return uneditable(&pypi.UneditableError{Reason: "no file states it: " + h.project.Dynamic})
	}
	if h.now, err = pypi.ParseVersion(h.project.Version); err != nil {
		return projectProblem(err)
	}
	h.readBefore(ctx)
	return nil
}

// readTags takes the version of a tag on the commit, else the newest of all.
func (h *history) readTags(ctx context.Context) error {
	from, err := h.w.tagged(ctx, h.project, h.head)
	if err != nil {
		return err
	}
	if v, err := pypi.ParseVersion(from.project.Version); err == nil {
		h.now, h.here = v, true
		return nil
	}
	if from.newest == "" {
		return untaggedBump(h.project)
	}
	h.now, err = pypi.ParseVersion(from.newest)
	return err
}

// maxBack is how many commits are gone back for the version before.
const maxBack = 100

// readBefore goes back by first parents to where the version was another. That it is
// not found, as in a shallow clone, only means that one witness less speaks.
func (h *history) readBefore(ctx context.Context) {
	at := h.head
	for range maxBack {
		parent, err := h.w.Repo.Resolve(at + "^")
		if err != nil || ctx.Err() != nil {
			return
		}
		v, err := h.w.versionAt(parent, h.dir)
		if err != nil {
			return
		}
		if !v.Equal(h.now) {
			h.before, h.here = &v, at == h.head
			return
		}
		at = parent
	}
}

// versionAt is the version that a commit's files state.
func (w World) versionAt(commit, dir string) (pypi.Version, error) {
	tree, err := w.Repo.Tree(commit)
	if err == nil {
		tree, err = packageTree(tree, dir)
	}
	if err != nil {
		return pypi.Version{}, err
	}
	return statedVersion(tree)
}

func statedVersion(tree fs.FS) (pypi.Version, error) {
	p, err := pypi.ReadProject(tree)
	if err != nil {
		return pypi.Version{}, err
	}
	return pypi.ParseVersion(p.Version)
}
