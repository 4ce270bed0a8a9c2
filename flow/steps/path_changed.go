package steps

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/pypi"
)

// seenWord is what a person types who has seen how the release path changed.
const seenWord = "seen"

// pathChanges is how the release path differs from that of the last release.
type pathChanges struct {
	since string    // the version of that release
	files []string  // that differ
	diff  flow.Diff // of all of them
	trust []string  // lines of what starts, gates and may do the publishing that came or went
}

// pathChanged adds to a finding how the release path changed. That nobody can
// tell, or that this is the first release, is no obstacle.
func (s CheckCI) pathChanged(ctx context.Context, f *flow.Finding) {
	c, why := s.pathChanges(ctx)
	switch {
	case why != "":
		f.Text += "; what changed since the last release is not checked: " + why
		return
	case c == nil || len(c.files) == 0:
		return
	}
	f.Diff = &c.diff
	f.Warning = warned(*f, "%s changed since %s", strings.Join(c.files, ", "), c.since)
	if len(c.trust) > 0 {
		f.Confirm = seenWord
		f.Warning += "; " + strings.Join(c.trust, "; ")
	}
}

func (s CheckCI) pathChanges(ctx context.Context) (*pathChanges, string) {
	e := s.World.look(ctx, s.Target, theRefs|theIndex)
	if e.refsErr != nil || e.simple().err != nil {
		return nil, "" // other checks say it
	}
	version, commit := e.lastRelease()
	switch {
	case version == "":
		return nil, ""
	case commit == "":
		return nil, fmt.Sprintf("no tag or claim names the commit of %s", version)
	}
	was, err := flow.Read(ctx, readingOf{"tree", commit}, func(ctx context.Context) (fs.FS, error) { return s.World.tree(ctx, commit) })
	if err != nil {
		return nil, err.Error()
	}
	is, err := s.World.tree(ctx, s.Target.Commit)
	if err != nil {
		return nil, err.Error()
	}
	c := &pathChanges{since: version}
	c.compare(s.Target.Dir, was, is, version, s.Target.Version)
	if c.trust, err = s.trustChanges(was, is); err != nil {
		return nil, err.Error()
	}
	return c, ""
}

// lastRelease is the newest version on the index and the commit that a claim or a
// tag of the remote names for it; of several claims the last.
func (e evidence) lastRelease() (version, commit string) {
	v, ok := newest(e)
	if !ok {
		return "", ""
	}
	last := evidence{target: Target{Name: e.target.Name, Version: v.String()}, refs: e.refs}
	if c := last.newest(); c != nil {
		return v.String(), c.commit
	}
	if tagged := last.tagged(); len(tagged) == 1 {
		return v.String(), tagged[0]
	}
	return v.String(), ""
}

// trustChanges are the facts of the release path that came or went.
func (s CheckCI) trustChanges(was, is fs.FS) ([]string, error) {
	event := s.World.pushed(s.Target.Ref, "")
	before, err := rules.ReleasePath(was, event)
	if err != nil {
		return nil, err
	}
	now, err := rules.ReleasePath(is, event)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range now {
		if !slices.Contains(before, l) {
			out = append(out, "new: "+l)
		}
	}
	for _, l := range before {
		if !slices.Contains(now, l) {
			out = append(out, "gone: "+l)
		}
	}
	return out, nil
}

// pathFiles are the files that say how a release is built and published.
// A package below the top has project files of its own.
func pathFiles(dir string, trees ...fs.FS) []string {
	out := []string{".travis.yml", ".gitlab-ci.yml", "action.yml", "action.yaml"}
	for _, in := range slices.Compact([]string{"", dir}) {
		for _, name := range []string{pyprojectFile, "setup.cfg", "setup.py", "MANIFEST.in"} {
			out = append(out, path.Join(in, name))
		}
	}
	for _, t := range trees {
		out = actionFiles(out, t)
		for _, dir := range []string{".github/workflows", ".gitea/workflows", ".forgejo/workflows"} {
			entries, _ := fs.ReadDir(t, dir) // most trees have none
			for _, e := range entries {
				if name := dir + "/" + e.Name(); !e.IsDir() && !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// actionFiles adds the files of the actions that a tree has for its own workflows.
func actionFiles(out []string, t fs.FS) []string {
	_ = fs.WalkDir(t, ".github/actions", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !slices.Contains(out, name) {
			out = append(out, name)
		}
		return nil // most trees have none, and what cannot be read differs in nothing
	})
	return out
}

const pyprojectFile = "pyproject.toml"

// compare notes the files that differ in more than the version.
func (c *pathChanges) compare(dir string, was, is fs.FS, before, now string) {
	var text strings.Builder
	for _, name := range pathFiles(dir, was, is) {
		old, current := pathText(was, name), pathText(is, name)
		if unversioned(old, before, now) == unversioned(current, before, now) {
			continue
		}
		c.files = append(c.files, name)
		text.WriteString(rules.WithoutSecrets(udiff.Unified(c.since+"/"+name, "now/"+name, old, current)))
	}
	c.diff = flow.Diff{Path: strings.Join(c.files, ", "), Text: text.String()}
}

// pathText is what counts of a file; of pyproject.toml how it is built.
func pathText(t fs.FS, name string) string {
	b, err := fs.ReadFile(t, name)
	if err != nil {
		return ""
	}
	if path.Base(name) == pyprojectFile {
		return pypi.BuildSystem(string(b))
	}
	return string(b)
}

// unversioned leaves out the lines that name one of the versions.
func unversioned(text, before, now string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, before) && !strings.Contains(line, now) {
			out.WriteString(line)
		}
	}
	return out.String()
}
