package pypi

import (
	"fmt"
	"slices"
)

// The parts of a version that BumpVersion raises.
const (
	BumpPatch = "patch"
	BumpMinor = "minor"
	BumpMajor = "major"
	BumpPre   = "pre"
)

// BumpVersion gives the version that follows by raising a part. A pre-release or a
// development version that leads up to such a version gives that: of 2.0.0rc1 the
// next patch, minor and major are all 2.0.0. The next pre-release counts on its own
// number, or is the first candidate of the next patch. The result is newer than from;
// the spelling keeps as many numbers as from has, and no local part.
func BumpVersion(from Version, part string) (Version, error) {
	keep, ok := map[string]int{BumpMajor: 1, BumpMinor: 2, BumpPatch: 3}[part]
	switch {
	case ok:
		return from.raise(keep), nil
	case part != BumpPre:
		return Version{}, fmt.Errorf("%q is none of patch, minor, major and pre", part)
	case from.pre.label != "":
		return from.nextPre(), nil
	}
	next := from.raise(3)
	next.pre = mark{"rc", "1"}
	return next, nil
}

// nextPre raises the number of a pre-release; one that is still developed becomes it.
func (v Version) nextPre() Version {
	next := Version{epoch: v.epoch, release: slices.Clone(v.release), pre: v.pre}
	if v.dev.label == "" || v.IsPostrelease() {
		next.pre.number = increment(v.pre.number)
	}
	return next
}

// raise adds one to the last of the first keep numbers and puts the rest to zero,
// unless v comes before just such a version.
func (v Version) raise(keep int) Version {
	next := Version{epoch: v.epoch, release: slices.Clone(v.release)}
	for len(next.release) < keep {
		next.release = append(next.release, "0")
	}
	before := v.pre.label != "" || v.dev.label != "" && !v.IsPostrelease()
	rest := next.release[keep:]
	if before && !slices.ContainsFunc(rest, func(n string) bool { return n != "0" }) {
		return Version{epoch: v.epoch, release: slices.Clone(v.release)}
	}
	next.release[keep-1] = increment(next.release[keep-1])
	for i := range rest {
		rest[i] = "0"
	}
	return next
}
