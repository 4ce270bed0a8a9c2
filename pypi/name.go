package pypi

import (
	"regexp"
	"strings"
)

var (
	nameForm  = regexp.MustCompile(`^(?i:[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])$`)
	nameBreak = regexp.MustCompile(`[-_.]+`)
)

// NormalizeName gives the one spelling under which indexes know a project.
func NormalizeName(s string) string {
	return strings.ToLower(nameBreak.ReplaceAllString(s, "-"))
}

// ValidName says whether an index would take s as a project's name.
func ValidName(s string) bool { return isASCII(s) && nameForm.MatchString(s) }

// FileStem is the name as it stands in the file names of distributions.
func FileStem(name string) string {
	return strings.ReplaceAll(NormalizeName(name), "-", "_")
}

// isASCII guards patterns whose (?i) would fold in the Kelvin sign and the long s.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
