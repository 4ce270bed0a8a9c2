package steps

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// checkRebuild: an sdist that is built here from the released commit has the same
// contents. Files that build tools make may be others, as another version of the
// backend makes them: they are named, and what they say must mean the same.
func checkRebuild(ctx context.Context, v *verifier) []flow.Check {
	const id = "rebuild"
	if !v.options.Rebuild {
		return []flow.Check{unchecked(id, "not asked for; --rebuild builds an sdist of the commit and compares it")}
	}
	released := v.releasedSdist()
	if released == nil {
		return []flow.Check{unchecked(id, "no sdist was downloaded that can be read")}
	}
	tree, err := v.source(ctx)
	if err != nil {
		return []flow.Check{unchecked(id, "%v", err)}
	}
	v.tell("building an sdist of %s", short(v.target.Commit))
	ours, done, err := v.rebuilt(ctx, tree)
	defer done()
	if err != nil {
		return []flow.Check{unchecked(id, "%v%s", err, output(err))}
	}
	return []flow.Check{v.sameBuild(ctx, id, released, ours, tree)}
}

func (v *verifier) releasedSdist() *pypi.Artifact {
	all := v.opened()
	i := slices.IndexFunc(all, func(a *pypi.Artifact) bool { return a.Kind == kindSdist })
	if i < 0 {
		return nil
	}
	return all[i]
}

// rebuilt builds in a folder that done takes away. Version tools find no tag in a
// copy of the files, so they are told the version.
func (v *verifier) rebuilt(ctx context.Context, tree fs.FS) (a *pypi.Artifact, done func(), err error) {
	dir, done, err := v.room("build")
	if err != nil {
		return nil, done, err
	}
	b := v.options.Builder
	b.Dir = dir
	if p, err := pypi.ReadProject(tree); err == nil && p.FromTag {
		b.Version = v.target.Version
	}
	if c, err := v.Repo.Commit(v.target.Commit); err == nil {
		b.Time = c.When
	}
	path, err := b.Sdist(ctx, tree)
	if err != nil {
		return nil, done, err
	}
	a, err = pypi.OpenArtifact(ctx, path)
	return a, done, err
}

// sameBuild says how the two are alike.
func (v *verifier) sameBuild(ctx context.Context, id string, released, ours *pypi.Artifact, tree fs.FS) flow.Check {
	d, err := pypi.CompareArchives(ctx, released, ours)
	if err != nil {
		return unchecked(id, "they cannot be compared: %v", err)
	}
	how := " as a build of " + short(v.target.Commit)
	switch {
	case d.SameBytes:
		return fine(id, "the same bytes%s", how)
	case d.SameContents:
		return fine(id, "the same contents in another container (times, order, compression)%s", how)
	}
	if v.onlyMade(ctx, d, released, ours, tree) {
		return exceptGenerated(id, how, d, released, ours)
	}
	text := differences(d)
	v.problem([]string{released.File}, "another build of the commit differs: "+text)
	return bad(id, flow.Mismatch, "%s", text)
}

// exceptGenerated: what comes from the commit is the same. Of what build tools make
// installers act on the metadata; where that says something else nobody here can
// tell whose fault it is.
func exceptGenerated(id, how string, d pypi.ArchiveDiff, released, ours *pypi.Artifact) flow.Check {
	text := "the same" + how + ", except generated files: " + listed(slices.Concat(d.Differ, d.OnlyA, d.OnlyB))
	if other := otherMeaning(released.Metadata, ours.Metadata); len(other) > 0 {
		return unchecked(id, "%s; the metadata says something else in %s, by another version of the backend or by somebody's hand", text, strings.Join(other, ", "))
	}
	return fine(id, "%s; what the metadata requires is the same", text)
}

// otherMeaning are the fields in which two metadata say different things to who
// installs. Spelling and order of requirements mean nothing.
func otherMeaning(a, b pypi.Metadata) (fields []string) {
	meaning := func(m pypi.Metadata, field string) []string {
		all := slices.Clone(m.All(field))
		for i := range all {
			all[i] = strings.NewReplacer(" ", "", "(", "", ")", "", `"`, "'").Replace(strings.ToLower(all[i]))
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	for _, field := range []string{"Name", "Version", "Requires-Dist", "Requires-Python", "Requires-External", "Provides-Extra", "Provides-Dist", "Obsoletes-Dist"} {
		if !slices.Equal(meaning(a, field), meaning(b, field)) {
			fields = append(fields, field)
		}
	}
	return fields
}

func differences(d pypi.ArchiveDiff) string {
	var parts []string
	for _, p := range []struct {
		what string
		list []string
	}{{"differ: ", d.Differ}, {"only on the index: ", d.OnlyA}, {"only in the build: ", d.OnlyB}} {
		if len(p.list) > 0 {
			parts = append(parts, p.what+listed(p.list))
		}
	}
	return strings.Join(parts, "; ")
}

// onlyMade: all that differs is made by build tools, in both.
func (v *verifier) onlyMade(ctx context.Context, d pypi.ArchiveDiff, released, ours *pypi.Artifact, tree fs.FS) bool {
	theirs, err := pypi.CompareSource(ctx, released, tree)
	own, err2 := pypi.CompareSource(ctx, ours, tree)
	if err != nil || err2 != nil {
		return false
	}
	made := func(by pypi.ArchiveDiff, paths []string) bool {
		return !slices.ContainsFunc(paths, func(p string) bool { return !slices.Contains(by.Generated, p) })
	}
	return made(theirs, d.Differ) && made(own, d.Differ) && made(theirs, d.OnlyA) && made(own, d.OnlyB)
}

// output is the end of what a program printed before it failed.
func output(err error) string {
	var lines []string
	var build *pypi.BuildError
	var install *pypi.InstallError
	switch {
	case errors.As(err, &build):
		lines = build.Output
	case errors.As(err, &install):
		lines = install.Output
	}
	if len(lines) == 0 {
		return ""
	}
	return ": " + strings.Join(lines[max(0, len(lines)-3):], " / ")
}
