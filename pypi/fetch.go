package pypi

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// Fetch is Download that keeps the bytes, in dir under the file's own name,
// readable by nobody else. A name that is none of a distribution is a
// *FilenameError, and so is one that cannot be a file here; a file that is there
// already is an *os.PathError. After an error nothing is left.
func (x *Index) Fetch(ctx context.Context, f File, dir string) (path string, d Digest, err error) {
	if err := plainName(f.Name); err != nil {
		return "", Digest{}, err
	}
	path = filepath.Join(dir, f.Name)
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", Digest{}, err
	}
	d, err = x.stream(ctx, f, to)
	if shut := to.Close(); err == nil {
		err = shut
	}
	if err != nil {
		_ = os.Remove(path)
		return "", Digest{}, err
	}
	return path, d, nil
}

// plainName wants the name of a distribution that means the same file in any
// folder of any system.
func plainName(name string) error {
	if _, err := ParseFilename(name); err != nil {
		return err
	}
	if !filepath.IsLocal(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == ':' }) {
		return &FilenameError{name, "it is no plain file name"}
	}
	return nil
}
