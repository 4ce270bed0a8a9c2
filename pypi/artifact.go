package pypi

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/blake2b"
)

// Artifact is a distribution on this disk: what an upload sends.
type Artifact struct {
	Path string
	File string // its name without folders
	Dist
	Size     int64
	SHA256   string // lower-case hex
	BLAKE2   string // BLAKE2b with 32 bytes, lower-case hex
	Metadata Metadata
	Members  []string // paths in the archive, in its order; folders end with a slash
}

// ArtifactError is a file that is no distribution that could be uploaded.
type ArtifactError struct{ File, Reason string }

func (e *ArtifactError) Error() string { return e.File + ": " + e.Reason }

// Limits of what is read of an archive: more is no distribution but an attack.
const (
	maxMembers  = 100_000
	maxMetadata = 16 << 20
	minUnpacked = 256 << 20 // an sdist may always be as long as this, unpacked
	maxRatio    = 100       // and else so many times its packed size; PyPI takes 50
)

// OpenArtifact reads and measures a distribution; nothing of it is unpacked to
// disk. An error that is the file's own fault is a *FilenameError or an
// *ArtifactError.
func OpenArtifact(file string) (*Artifact, error) {
	a := &Artifact{Path: file, File: filepath.Base(file)}
	var err error
	if a.Dist, err = ParseFilename(a.File); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := a.measure(f); err != nil {
		return nil, err
	}
	text, err := a.metadata(f)
	if err != nil {
		return nil, a.wrong(err)
	}
	if a.Metadata, err = ParseMetadata(text); err != nil {
		return nil, a.wrong(err)
	}
	return a, a.named()
}

func (a *Artifact) wrong(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	return &ArtifactError{a.File, err.Error()}
}

// measure hashes the file from its start to its end.
func (a *Artifact) measure(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &ArtifactError{a.File, "is no regular file"}
	}
	short, long := sha256.New(), newBLAKE2()
	a.Size, err = io.Copy(io.MultiWriter(short, long), f)
	if err != nil {
		return err
	}
	a.SHA256, a.BLAKE2 = hex.EncodeToString(short.Sum(nil)), hex.EncodeToString(long.Sum(nil))
	return nil
}

func newBLAKE2() hash.Hash {
	h, _ := blake2b.New256(nil) // fails for a key only
	return h
}

// named holds what the metadata says against the file's name.
func (a *Artifact) named() error {
	name, version := a.Metadata.Get("Name"), a.Metadata.Get("Version")
	v, err := ParseVersion(version)
	switch {
	case name == "" || version == "" || a.Metadata.Get("Metadata-Version") == "":
		return &ArtifactError{a.File, "its metadata has no name, no version or no Metadata-Version"}
	case !ValidName(name) || NormalizeName(name) != a.Name:
		return &ArtifactError{a.File, fmt.Sprintf("its metadata is that of %q", name)}
	case err != nil || !sameVersion(v.String(), a.Version):
		return &ArtifactError{a.File, fmt.Sprintf("its metadata is that of version %q", version)}
	}
	return nil
}

func (a *Artifact) metadata(f *os.File) ([]byte, error) {
	switch {
	case a.Kind == KindWheel:
		return a.wheelMetadata(f)
	case strings.HasSuffix(a.File, ".tar.gz"):
		return a.sdistMetadata(f)
	}
	return nil, errors.New("source archives are .tar.gz: no index takes others any more")
}

// wheelMetadata reads the one METADATA that is the wheel's own.
func (a *Artifact) wheelMetadata(f *os.File) ([]byte, error) {
	z, err := zip.NewReader(f, a.Size)
	if err != nil {
		return nil, errors.New("is no zip archive")
	}
	if len(z.File) > maxMembers {
		return nil, errTooMany
	}
	var found []*zip.File
	for _, m := range z.File {
		a.Members = append(a.Members, m.Name)
		dir, base := path.Split(m.Name)
		if base == "METADATA" && a.isInfo(strings.TrimSuffix(dir, "/")) {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("has %d METADATA files of its own, not one", len(found))
	}
	r, err := found[0].Open()
	if err != nil {
		return nil, errors.New("its METADATA cannot be unpacked")
	}
	defer r.Close()
	return bounded(r)
}

// isInfo says whether a folder is the wheel's own .dist-info.
func (a *Artifact) isInfo(dir string) bool {
	stem, ok := strings.CutSuffix(dir, ".dist-info")
	name, version, cut := strings.Cut(stem, "-")
	return ok && cut && !strings.Contains(dir, "/") && NormalizeName(name) == a.Name && sameVersion(version, a.Version)
}

var errTooMany = fmt.Errorf("holds more than %d members", maxMembers)

// sdistMetadata reads the PKG-INFO at the top of the one folder that is in it.
func (a *Artifact) sdistMetadata(f *os.File) (text []byte, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.New("is not packed with gzip")
	}
	all := tar.NewReader(io.LimitReader(z, max(minUnpacked, a.Size*maxRatio)))
	for {
		h, err := all.Next()
		switch {
		case errors.Is(err, io.EOF) && text == nil:
			return nil, errors.New("has no PKG-INFO at its top")
		case errors.Is(err, io.EOF):
			return text, nil
		case err != nil:
			return nil, errors.New("is no whole tar archive")
		case len(a.Members) == maxMembers:
			return nil, errTooMany
		}
		a.Members = append(a.Members, h.Name)
		if path.Base(h.Name) == "PKG-INFO" && strings.Count(path.Clean(h.Name), "/") == 1 && h.Typeflag == tar.TypeReg && text == nil {
			if text, err = bounded(all); err != nil {
				return nil, err
			}
		}
	}
}

func bounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxMetadata+1))
	switch {
	case err != nil:
		return nil, errors.New("its metadata cannot be unpacked")
	case len(b) > maxMetadata:
		return nil, fmt.Errorf("its metadata is longer than %d bytes", maxMetadata)
	}
	return b, nil
}
