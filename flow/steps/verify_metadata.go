package steps

import (
	"context"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// checkVersions: file names, pages and metadata all mean the same version by PEP
// 440. A page of another version is no page of this one (package pypi), and a file
// name of another version is not among its files; the metadata is left.
func checkVersions(_ context.Context, v *verifier) []flow.Check {
	const id = "version"
	var other, read []string
	for i := range v.files {
		f := &v.files[i]
		a := v.bytes[f.Name].artifact
		if a == nil {
			continue
		}
		read = append(read, f.Name)
		if said := a.Metadata.Get("Version"); !sameVersion(said, v.target.Version) {
			other = append(other, fmt.Sprintf("%s says %q", f.Name, said))
			f.Problems = append(f.Problems, fmt.Sprintf("its metadata is that of version %q", said))
		}
	}
	switch {
	case len(other) > 0:
		return []flow.Check{bad(id, flow.Mismatch, "not %s: %s", v.target.Version, strings.Join(other, ", "))}
	case !v.evidence.published():
		return []flow.Check{unchecked(id, noFile)}
	case len(read) == 0:
		return []flow.Check{unchecked(id, "%s by file names and pages; no metadata was read", v.target.Version)}
	case len(read) < len(v.bytes):
		return []flow.Check{unchecked(id, "%s in file names, pages and the metadata of %d of %s", v.target.Version, len(read), count(len(v.bytes), "file"))}
	}
	return []flow.Check{fine(id, "%s in file names, pages and the metadata of %s", v.target.Version, count(len(read), "file"))}
}

// checkMetadata: what a distribution says of itself is what the index shows of it.
// A download that is no readable distribution is never taken for a good one.
func checkMetadata(_ context.Context, v *verifier) []flow.Check {
	c := flow.Check{ID: "metadata", Means: flow.Mismatch}
	var differ, broken []string
	agreed := 0
	for i := range v.files {
		f := &v.files[i]
		b := v.bytes[f.Name]
		switch {
		case b.path == "" || f.URL == "":
		case b.artifact == nil:
			broken = append(broken, fmt.Sprint(b.unsound))
			c.Decides = c.Decides || !isOldArchive(f.Name)
		default:
			differences := v.disagreements(b, f.Name)
			agreed++
			differ = append(differ, differences...)
			f.Problems = append(f.Problems, differences...)
		}
	}
	switch {
	case len(differ) > 0:
		c.Result, c.Evidence = flow.Bad, strings.Join(differ, "; ")
	case len(broken) > 0:
		c.Result, c.Evidence = flow.NotChecked, "cannot be read as a distribution: "+strings.Join(broken, "; ")
	case agreed == 0:
		c.Result, c.Evidence = flow.NotChecked, "nothing was downloaded"
	case agreed < len(v.bytes):
		c.Result, c.Evidence = flow.NotChecked, fmt.Sprintf("as the index shows it, in %d of %s; not everything was downloaded", agreed, count(len(v.bytes), "file"))
	default:
		c.Result, c.Evidence = flow.Good, "as the index shows it, in "+count(agreed, "file")
	}
	return []flow.Check{c}
}

func (v *verifier) disagreements(b bytesOf, name string) (all []string) {
	if b.unsound != nil && sameVersion(b.artifact.Metadata.Get("Version"), v.target.Version) {
		all = append(all, b.unsound.Error())
	}
	for _, s := range v.evidence.surfaces {
		if shown := find(s.files, name); shown != nil {
			for _, d := range pypi.Agrees(b.artifact, *shown) {
				all = appendNew(all, d)
			}
		}
	}
	return all
}

// isOldArchive: a format of source archives that indexes once took, and that is
// not read here.
func isOldArchive(name string) bool {
	return !strings.HasSuffix(name, ".whl") && !strings.HasSuffix(name, ".tar.gz")
}
