package ci

import (
	"regexp"
	"strings"
)

// Alarm is a secret that stands in a log, where whoever may read the log can read
// it. The secret itself is not in the Alarm.
type Alarm struct {
	Kind string // PyPI token, GitHub token, GitLab token, private key, each also "in base64"; password in a URL
	Job  string // as the job is called
	Line int    // of the log, from 1
}

// What secrets look like. A variable's name or a mask in the place of a password
// is none.
var (
	secrets = []struct {
		kind, mark string
		like       *regexp.Regexp
	}{
		{"PyPI token", "pypi-", regexp.MustCompile(`pypi-(?:AgE[A-Za-z0-9_-]{20,}|[A-Za-z0-9_-]{85,})`)},
		{"GitHub token", "gh", regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})`)},
		{"GitLab token", "gl", regexp.MustCompile(`\bgl(?:pat|cbt|dt)-[A-Za-z0-9_-]{20,}`)},
	}
	urlLogin = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*):([^\s/@]+)@`)
	masked   = regexp.MustCompile(`^(?:\*+|x+|X+|\[\w+\]|<\w+>|\$\w+|\$\{[^}]*\}|\$\(\w+\)|%\w+%|\.+)$`)
	keyBegin = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	keyEnd   = regexp.MustCompile(`-----END [A-Z ]*PRIVATE KEY-----`)
)

// hidden stands where a secret was.
const hidden = "[hidden]"

// maxKeyLines is where a private key ends whose end does not come: the largest
// ones that are in use have fewer.
const maxKeyLines = 200

// Masker takes secrets out of the lines of one log, in their order. The zero
// Masker is ready.
type Masker struct {
	key   int  // lines that may still be of a private key
	coded bool // the last line ended within base64 that was hidden
}

// Line gives a line without the secrets that it shows, and their kinds.
func (m *Masker) Line(line string) (clean string, kinds []string) {
	if m.key > 0 {
		if m.key--; keyEnd.MatchString(line) {
			m.key = 0
		}
		return hidden, nil
	}
	if strings.Contains(line, "PRIVATE KEY-----") && keyBegin.MatchString(line) {
		if !keyEnd.MatchString(line) {
			m.key = maxKeyLines
		}
		return hidden, []string{"private key"}
	}
	for _, s := range secrets {
		if strings.Contains(line, s.mark) && s.like.MatchString(line) {
			line, kinds = s.like.ReplaceAllString(line, hidden), append(kinds, s.kind)
		}
	}
	line, coded := m.uncoded(line)
	kinds = append(kinds, coded...)
	if !strings.Contains(line, "://") {
		return line, kinds
	}
	found := false
	line = urlLogin.ReplaceAllStringFunc(line, func(login string) string {
		m := urlLogin.FindStringSubmatch(login)
		if masked.MatchString(m[2]) || m[2] == hidden {
			return login
		}
		found = true
		return m[1] + ":" + hidden + "@"
	})
	if found {
		kinds = append(kinds, "password in a URL")
	}
	return line, kinds
}
