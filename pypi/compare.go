package pypi

import (
	"context"
	"maps"
	"slices"
)

// ArchiveDiff is how two sets of files differ. The paths count from the
// project's root, are sorted, and are text from outside.
type ArchiveDiff struct {
	SameBytes    bool // the archives are equal byte for byte
	SameContents bool // each member is in both with the same contents; see SameBytes for the container
	Differ       []string
	OnlyA, OnlyB []string

	Generated []string  // made by the build, as far as that can be told; not among the above
	Unchecked []string  // there is nothing to hold them against
	Derived   []Derived // as little; but what they are made of is in the source
}

// Clean says that nothing in a is other than in b, and nothing more.
func (d ArchiveDiff) Clean() bool { return len(d.Differ) == 0 && len(d.OnlyA) == 0 }

// CompareArchives holds two distributions of one kind against each other, member
// by member. Times, owners, permissions, order, compression and the spelling of
// an sdist's folder are the container's, and no contents.
func CompareArchives(ctx context.Context, a, b *Artifact) (ArchiveDiff, error) {
	d := ArchiveDiff{SameBytes: a.Size == b.Size && a.SHA256 == b.SHA256}
	inA, err := a.imprints(ctx)
	if err != nil {
		return ArchiveDiff{}, err
	}
	inB, err := b.imprints(ctx)
	if err != nil {
		return ArchiveDiff{}, err
	}
	for _, path := range slices.Sorted(maps.Keys(inA)) {
		switch other, both := inB[path]; {
		case !both:
			d.OnlyA = append(d.OnlyA, path)
		case other != inA[path]:
			d.Differ = append(d.Differ, path)
		}
	}
	d.OnlyB = missingFrom(inA, inB)
	d.SameContents = d.Clean() && len(d.OnlyB) == 0
	return d, nil
}

// missingFrom are the sorted keys of b that a lacks.
func missingFrom[V, W any](a map[string]V, b map[string]W) (all []string) {
	for _, path := range slices.Sorted(maps.Keys(b)) {
		if _, there := a[path]; !there {
			all = append(all, path)
		}
	}
	return all
}
