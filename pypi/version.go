package pypi

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Version is a version by PEP 440. Its numbers are kept as digits, because the
// specification sets them no limit. The zero Version is not a valid one.
type Version struct {
	epoch   string
	release []string
	pre     mark // label "a", "b", "rc"
	post    mark
	dev     mark
	local   []string
}

// mark is one suffix with its number; without a label it is not there.
type mark struct{ label, number string }

// The groups of versionForm: 1 epoch, 2 release, 3-4 pre, 5 post by a bare
// dash, 6-7 post, 8-9 dev, 10 local.
var versionForm = regexp.MustCompile(`^(?i:v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?([0-9]+)?)?` +
	`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]+)?)?` +
	`(?:[-_.]?(dev)[-_.]?([0-9]+)?)?` +
	`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?)$`)

var localBreak = regexp.MustCompile(`[-_.]`)

// ParseVersion reads a version in any spelling that PEP 440 allows.
func ParseVersion(s string) (Version, error) {
	t := strings.Trim(s, " \t\n\r\f\v")
	m := versionForm.FindStringSubmatch(t)
	if m == nil || !isASCII(t) {
		return Version{}, &VersionError{Text: s}
	}
	v := Version{epoch: digits(m[1])}
	for _, n := range strings.Split(m[2], ".") {
		v.release = append(v.release, digits(n))
	}
	if m[3] != "" {
		v.pre = mark{preLabel(m[3]), digits(m[4])}
	}
	if m[5] != "" || m[6] != "" {
		v.post = mark{"post", digits(m[5] + m[7])}
	}
	if m[8] != "" {
		v.dev = mark{"dev", digits(m[9])}
	}
	if m[10] != "" {
		v.local = localParts(m[10])
	}
	return v, nil
}

// VersionError is a text that should be a version and is none by PEP 440.
type VersionError struct{ Text, Source string }

func (e *VersionError) Error() string {
	if e.Source == "" {
		return fmt.Sprintf("%q is not a version by PEP 440", e.Text)
	}
	return fmt.Sprintf("%q in %s is not a version by PEP 440", e.Text, e.Source)
}

// String is the normal spelling, which file names carry. Trailing zeros stay.
func (v Version) String() string {
	s := v.Base()
	if v.pre.label != "" {
		s += v.pre.label + v.pre.number
	}
	if v.post.label != "" {
		s += ".post" + v.post.number
	}
	if v.dev.label != "" {
		s += ".dev" + v.dev.number
	}
	if len(v.local) > 0 {
		s += "+" + strings.Join(v.local, ".")
	}
	return s
}

// Base is the epoch and the release, without any suffix.
func (v Version) Base() string {
	s := strings.Join(v.release, ".")
	if v.epoch != "" && v.epoch != "0" {
		s = v.epoch + "!" + s
	}
	return s
}

// Next is the final version that follows: of a pre-release its own, else the one
// with the last number of the release raised. Numbers too large to count give "".
func (v Version) Next() string {
	if v.pre.label != "" || v.dev.label != "" && !v.IsPostrelease() {
		return v.Base()
	}
	parts := slices.Clone(v.release)
	last, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || last == math.MaxInt {
		return ""
	}
	parts[len(parts)-1] = strconv.Itoa(last + 1)
	return Version{epoch: v.epoch, release: parts}.Base()
}

// IsLocal says whether there is a "+" part, which public indexes refuse.
func (v Version) IsLocal() bool { return len(v.local) > 0 }

// IsPrerelease says whether installers pass the version over by default.
func (v Version) IsPrerelease() bool { return v.pre.label != "" || v.dev.label != "" }

// IsPostrelease says whether the version has a post part.
func (v Version) IsPostrelease() bool { return v.post.label != "" }

func preLabel(s string) string {
	switch strings.ToLower(s) {
	case "a", "alpha":
		return "a"
	case "b", "beta":
		return "b"
	}
	return "rc"
}

func localParts(s string) []string {
	parts := localBreak.Split(strings.ToLower(s), -1)
	for i, p := range parts {
		if isNumber(p) {
			parts[i] = digits(p)
		}
	}
	return parts
}

// digits drops leading zeros; a number left out counts as 0.
func digits(s string) string {
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }
