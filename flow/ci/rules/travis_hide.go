package rules

import "regexp"

// What a command line tells that is not for the eye. Variables are left: their
// names are no secret.
var (
	passwordOption = regexp.MustCompile(`(\s-p|--password|--token|--pass)([=\s]+)["']?[^\s$"'-][^\s"']*["']?`)
	assignedSecret = regexp.MustCompile(`(?i)(\b\w*(?:pass|token|secret)\w*=)["']?[^\s$"'][^\s"']*["']?`)
	bareToken      = regexp.MustCompile(`pypi-[\w-]{16,}`)
	userInURL      = regexp.MustCompile(`(://)[^\s/@]+@`)
)

// withoutSecrets gives a text of the file without the credentials in it.
func withoutSecrets(text string) string {
	text = passwordOption.ReplaceAllString(text, "$1$2(hidden)")
	text = assignedSecret.ReplaceAllString(text, "$1(hidden)")
	text = bareToken.ReplaceAllString(text, "(hidden)")
	return userInURL.ReplaceAllString(text, "$1")
}
