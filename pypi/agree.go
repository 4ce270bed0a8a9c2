package pypi

import (
	"fmt"
	"slices"
	"strings"
)

// Agrees holds what a distribution says of itself against what an index shows of
// it: a sentence for each difference. What the index does not show is none.
// OpenArtifact has held the metadata against the file's own name before.
func Agrees(a *Artifact, shown File) (all []string) {
	differs := func(what, own, theirs string) {
		all = append(all, fmt.Sprintf("%s has %s %q, and the index shows %q", a.File, what, own, theirs))
	}
	if d, err := ParseFilename(shown.Name); err != nil || d.Name != a.Name || d.Kind != a.Kind {
		differs("name", a.Metadata.Get("Name"), shown.Name)
	} else if !sameVersion(d.Version, a.Metadata.Get("Version")) {
		differs("version", a.Metadata.Get("Version"), shown.Name)
	}
	// An index that keeps the metadata of wheels has read it, so that also its
	// silence means something.
	reads := shown.CoreMetadata != "" && a.Kind == KindWheel
	if own := a.Metadata.Get("Requires-Python"); (reads || shown.RequiresPython != "") && !sameSpecifiers(own, shown.RequiresPython) {
		differs("Requires-Python", own, shown.RequiresPython)
	}
	if reads && shown.CoreMetadata != a.CoreHash {
		differs("metadata with sha256", a.CoreHash, shown.CoreMetadata)
	}
	return all
}

// sameSpecifiers compares lists of conditions, whose order and spaces mean nothing.
func sameSpecifiers(a, b string) bool { return slices.Equal(specifiers(a), specifiers(b)) }

func specifiers(text string) (all []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.Join(strings.Fields(part), ""); part != "" {
			all = append(all, part)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
