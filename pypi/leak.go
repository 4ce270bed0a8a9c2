package pypi

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"ferry/keyring"
)

// maxScanned bounds how much of one file is looked through for secrets. Tokens
// stand in texts, and those are shorter.
const maxScanned = 32 << 20

// Leak is a file of a distribution that holds what looks like a secret.
type Leak struct {
	Path string // counted from the project's root; text from outside
	Live bool   // a whole token of PyPI that is not past its time, or a value that this process uses
	Kept bool   // the tree has a file of that name with the same bytes

	sha256 string
}

// LooksSecret gives the files in a distribution that hold what looks like a token,
// or a value that this process knows as a secret, and the files that keep
// passwords, by their paths. src is the tree it was built from, nil if none is known.
func LooksSecret(ctx context.Context, a *Artifact, src fs.FS) ([]Leak, error) {
	var found []Leak
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
			found = append(found, Leak{Path: at(m), Live: keyring.HoldsKnown(c.start) || holdsWholeToken(c.start), sha256: c.sha256})
		}
		return nil
	})
	slices.SortFunc(found, func(a, b Leak) int { return strings.Compare(a.Path, b.Path) })
	if err == nil && src != nil && len(found) > 0 {
		err = kept(ctx, found, src)
	}
	return found, err
}

// kept looks for the files in the tree, by their names and bytes: a wheel has them
// in other folders.
func kept(ctx context.Context, found []Leak, src fs.FS) error {
	count := 0
	return fs.WalkDir(src, ".", func(file string, d fs.DirEntry, err error) error {
		if count++; err != nil || count > maxMembers || ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		for i := range found {
			if !d.Type().IsRegular() || path.Base(found[i].Path) != path.Base(file) {
				continue
			}
			f, err := src.Open(file)
			if err != nil {
				return err
			}
			c, err := readContents(f, 0)
			if _ = f.Close(); err != nil {
				return err
			}
			found[i].Kept = found[i].Kept || c.sha256 == found[i].sha256
		}
		return nil
	})
}

var tokenForm = regexp.MustCompile(tokenPrefix + `[A-Za-z0-9_-]+`)

// holdsWholeToken: a token of PyPI or TestPyPI with all its parts, that may be
// valid for all that can be seen of it.
func holdsWholeToken(text []byte) bool {
	return slices.ContainsFunc(tokenForm.FindAll(text, -1), func(word []byte) bool {
		raw, err := base64.RawURLEncoding.DecodeString(string(bytes.TrimPrefix(word, []byte(tokenPrefix))))
		if err != nil {
			return false
		}
		t, whole := readMacaroon(raw)
		expired := !t.Expires.IsZero() && t.Expires.Before(time.Now())
		return whole && (t.Host == "pypi.org" || t.Host == "test.pypi.org") && !expired
	})
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
