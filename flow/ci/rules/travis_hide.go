package rules

import "regexp"

// What a command line tells that is not for the eye. Variables are left: their
// names are no secret.
var (
	passwordOption = regexp.MustCompile(`(\s-p|--password|--token|--pass)([=\s]+)["']?[^\s$"'-][^\s"']*["']?`)
	assignedSecret = regexp.MustCompile(`(?i)(\b\w*(?:pass|token|secret)\w*=)["']?[^\s$"'][^\s"']*["']?`)
	// what a condition compares such a variable with, on either side; not with nothing
	comparedTo   = regexp.MustCompile(`(?i)((?:\$\{?|\benv\.)\w*(?:pass|token|secret|credential)\w*\}?["']?\s*(?:=~|[!=]?=)\s*)(?:"[^"$]+"|'[^'$]+'|[^\s"'$&|()\]]+)`)
	comparedWith = regexp.MustCompile(`(?i)(^|[\s(&|"'])(?:"[^"$]+"|'[^'$]+'|[^\s"'$&|()\[=!~]+)(\s*[!=]?=\s*["']?(?:\$\{?|\benv\.)\w*(?:pass|token|secret|credential))`)
	bareToken    = regexp.MustCompile(`pypi-[\w-]{16,}`)
	userInURL    = regexp.MustCompile(`(://)[^\s/@]+@`)
)

// withoutSecrets gives a text of the file without the credentials in it.
func withoutSecrets(text string) string {
	text = passwordOption.ReplaceAllString(text, "$1$2(hidden)")
	text = assignedSecret.ReplaceAllString(text, "$1(hidden)")
	text = comparedTo.ReplaceAllString(text, "$1(hidden)")
	text = comparedWith.ReplaceAllString(text, "$1(hidden)$2")
	text = bareToken.ReplaceAllString(text, "(hidden)")
	return userInURL.ReplaceAllString(text, "$1")
}
