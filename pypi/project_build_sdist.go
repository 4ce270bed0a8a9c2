package pypi

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// sdistMetadata reads the PKG-INFO of the one sdist in a folder.
func sdistMetadata(dir string) (name, version string, err error) {
	made, _ := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
	if len(made) != 1 {
		return "", "", &BuildError{Reason: "made no sdist"}
	}
	text, err := pkgInfoIn(made[0])
	if err != nil {
		return "", "", &BuildError{Reason: "made an sdist that cannot be read", Err: err}
	}
	h := Header(text)
	if len(h["name"]) != 1 || len(h["version"]) != 1 {
		return "", "", &BuildError{Reason: "made an sdist without a name or a version"}
	}
	return h["name"][0], h["version"][0], nil
}

// pkgInfoIn is the text of PKG-INFO in the one folder at the top of an sdist.
func pkgInfoIn(file string) (text string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", err
	}
	for members := tar.NewReader(io.LimitReader(z, maxCopied)); ; {
		h, err := members.Next()
		if err != nil {
			return "", err
		}
		if _, rest, ok := strings.Cut(h.Name, "/"); ok && rest == pkgInfoFile && h.Typeflag == tar.TypeReg {
			b, err := io.ReadAll(io.LimitReader(members, maxSource))
			return string(b), err
		}
	}
}
