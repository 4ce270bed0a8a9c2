package pypi

import (
	"context"
	"io"
	"path"
	"regexp"
	"slices"

	"ferry/keyring"
)

// maxScanned bounds how much of one file is looked through for secrets. Tokens
// stand in texts, and those are shorter.
const maxScanned = 32 << 20

// LooksSecret gives the paths of the files in a distribution that hold what
// looks like a token, or a value that this process knows as a secret, and of the
// files that keep passwords.
func LooksSecret(ctx context.Context, a *Artifact) ([]string, error) {
	var found []string
	at := a.within()
	err := a.Walk(ctx, func(m Member, r io.Reader) error {
		if m.Folder || m.Link != "" {
			return nil
		}
		c, err := readContents(r, maxScanned)
		if err != nil {
			return a.spoilt()
		}
		if keyring.Holds(c.start) || keepsPasswords(m.Path, c) {
			found = append(found, at(m))
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}

// keepsPasswords knows the files that tools read passwords from.
func keepsPasswords(file string, c contents) bool {
	text, ok := c.text()
	if !ok {
		return false
	}
	switch path.Base(file) {
	case ".pypirc":
		return passwordIn.MatchString(text)
	case ".netrc", "_netrc":
		return netrcPassword.MatchString(text)
	}
	return false
}

var (
	passwordIn    = regexp.MustCompile(`(?mi)^\s*password\s*[:=]\s*\S`)
	netrcPassword = regexp.MustCompile(`(?m)\bpassword\s+\S`)
)
