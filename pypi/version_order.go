package pypi

import (
	"cmp"
	"slices"
	"strings"
)

// Compare orders versions as PEP 440 does: below zero when v is the older one.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		compareNumbers(digits(v.epoch), digits(w.epoch)),
		slices.CompareFunc(significant(v.release), significant(w.release), compareNumbers),
		v.compareSuffixes(w),
		compareLocal(v.local, w.local),
	)
}

// Equal says whether both name the same release: 1.0 is 1.0.0.
func (v Version) Equal(w Version) bool { return v.Compare(w) == 0 }

func (v Version) compareSuffixes(w Version) int {
	return cmp.Or(
		cmp.Compare(v.preRank(), w.preRank()),
		strings.Compare(v.pre.label, w.pre.label),
		compareNumbers(v.pre.number, w.pre.number),
		cmp.Compare(len(v.post.label), len(w.post.label)), // no post part comes first
		compareNumbers(v.post.number, w.post.number),
		cmp.Compare(len(w.dev.label), len(v.dev.label)), // no dev part comes last
		compareNumbers(v.dev.number, w.dev.number),
	)
}

// preRank places 1.0.dev1 before 1.0a1, and 1.0a1 before 1.0 and 1.0.post1.dev1.
func (v Version) preRank() int {
	switch {
	case v.pre.label != "":
		return 1
	case v.post.label == "" && v.dev.label != "":
		return 0
	}
	return 2
}

// compareLocal puts numbers behind words, and no local part before any.
func compareLocal(a, b []string) int {
	return slices.CompareFunc(a, b, func(x, y string) int {
		switch {
		case isNumber(x) && isNumber(y):
			return compareNumbers(x, y)
		case isNumber(x):
			return 1
		case isNumber(y):
			return -1
		}
		return strings.Compare(x, y)
	})
}

// compareNumbers compares digits without leading zeros, of any length.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func significant(release []string) []string {
	for len(release) > 0 && release[len(release)-1] == "0" {
		release = release[:len(release)-1]
	}
	return release
}
