package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// origin is where a project's version comes from, where that is a tag.
type origin struct {
	project pypi.Project // with the version that a tag on the commit makes, if one stands there
	shared  bool         // that tag is on the remote, where CI sees it
	newest  string       // the version of the newest tag; "" where none makes one
	next    string       // the one after it; "" where none can be told
}

// tagged asks the tags for the version of a commit: first those of the remote,
// from which CI builds, then those of this clone.
func (w World) tagged(ctx context.Context, p pypi.Project, commit string) (origin, error) {
	if !p.FromTag {
		return origin{project: p}, nil
	}
	refs, err := w.refs(ctx)
	if err != nil {
		return origin{project: p}, w.remoteProblem(err)
	}
	there := map[string]string{}
	for _, r := range refs {
		if tag, ok := strings.CutPrefix(r.Name, "refs/tags/"); ok {
			there[tag] = r.Commit
		}
	}
	newest, next := newestTag(p, there, w.Repo.Tags())
	at, err := p.AtCommit(ctx, w.history(commit, there))
	if err == nil && at.Version == "" && !at.NeedsBuild {
		if local, err := p.AtCommit(ctx, w.history(commit, w.Repo.Tags())); err == nil && local.Version != "" {
			return origin{project: local, newest: newest}, nil
		}
	}
	if err != nil {
		return origin{project: p}, projectProblem(err)
	}
	return origin{at, at.Version != "", newest, next}, nil
}

// history is what tags say of a commit. Of one that this clone lacks nobody can
// tell what is before it, and that is only for people to read.
func (w World) history(commit string, tags map[string]string) pypi.History {
	on := map[string][]string{}
	for tag, at := range tags {
		on[at] = append(on[at], tag)
	}
	h := pypi.History{Here: func(context.Context) ([]string, error) { return on[commit], nil }}
	if !w.Repo.Has(commit) {
		return h
	}
	h.Nearest = func(ctx context.Context, match func(string) bool) ([]string, int, error) {
		sha, distance, err := w.Repo.Nearest(ctx, commit, func(sha string) bool { return slices.ContainsFunc(on[sha], match) })
		if err != nil && ctx.Err() == nil { // a shallow clone, or a broken one
			return nil, -1, nil
		}
		return on[sha], distance, err
	}
	return h
}

// untagged says that a version has to be named, and what would come of a push
// without a tag.
func (o origin) untagged() *flow.Problem {
	p := usage(flow.CodeNoVersion, fmt.Sprintf("The version of %s comes from a tag (%s), and none on this commit makes one: name it", o.project.Name, o.project.Dynamic), "")
	p.Next = nameIt(o.next)
	if o.project.NeedsBuild {
		p.Text = fmt.Sprintf("The version of %s comes from a tag, and only a build can tell which: %s", o.project.Name, o.project.Dynamic)
	} else {
		p.Now = append(p.Now, "a bare branch push would publish "+o.bare())
	}
	p.Now = append(p.Now, whatToName(o.next))
	return p
}

// nameIt is how a version is named that the files do not say: each as it can be typed.
func nameIt(next string) []string {
	if next == "" {
		return []string{"git tag --list", "ferry release --help"}
	}
	return []string{"ferry release " + next + " --by tag", "git tag --list"}
}

func whatToName(next string) string {
	if next == "" {
		return "the version is yours to name, as the last word of: ferry release --by tag"
	}
	return next + " is the next one after the newest tag; another is yours to name in its place"
}

// newestTag is the newest version of which there is a tag, and the final one that
// follows it.
func newestTag(p pypi.Project, tags ...map[string]string) (last, next string) {
	var newest pypi.Version
	found := false
	for _, some := range tags {
		for tag := range some {
			text, known := p.TagVersion(tag)
			if !known {
				text = versionOfTag(p.Name, tag)
			}
			if v, err := pypi.ParseVersion(text); err == nil && (!found || v.Compare(newest) > 0) {
				newest, found = v, true
			}
		}
	}
	if !found {
		return "", ""
	}
	return newest.String(), newest.Next()
}

// bare is what a build of the commit would make without a tag of its own.
func (o origin) bare() string {
	if o.project.Development == "" {
		return "a development version"
	}
	return "the development version " + o.project.Development
}

// byBranch says why a branch cannot carry the version; nil where it can, because
// the tag that makes it is on the remote already.
func (o origin) byBranch(t Target) error {
	if !o.project.FromTag || o.shared {
		return nil
	}
	p := usage(flow.CodeNoVersion, fmt.Sprintf("The version of %s comes from a tag (%s); a bare branch would publish %s", t.Name, o.project.Dynamic, o.bare()), "ferry release "+t.Version+" --by tag")
	if o.project.Version != "" {
		p.Text = fmt.Sprintf("The version of %s comes from a tag (%s) that is here and not on the remote; a bare branch would publish a development version", t.Name, o.project.VersionSource)
	}
	return p
}

// byTag says why the tag would not make the version, as far as that is certain.
func (o origin) byTag(t Target, ref string) error {
	tag := strings.TrimPrefix(ref, "refs/tags/")
	made, known := o.project.TagVersion(tag)
	if !known || made == t.Version || sameVersion(made, t.Version) {
		return nil
	}
	what := "no version"
	if made != "" {
		what = "version " + made
	}
	return usage(flow.CodeVersionOther, fmt.Sprintf("Tag %s would make %s of %s (%s), not %s; release.tag says how tags are called", tag, what, t.Name, o.project.Dynamic, t.Version), "git tag --list")
}

// sourceCommand shows where a version was read.
func sourceCommand(source string) string {
	switch {
	case strings.HasPrefix(source, "tag "):
		return "git tag --points-at HEAD"
	case strings.HasPrefix(source, yourWord):
		return "git tag --list"
	case source == builtSource:
		return "python3 -m build --sdist"
	}
	return "git log -p " + sourceFile(source)
}

const yourWord = "your word"
