package pypi

import (
	"context"
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
	CoreHash string   // sha256 of that metadata as it stands in the archive, lower-case hex
	Members  []Member // in the order of the archive
}

// ArtifactError is a file that is no distribution that could be uploaded.
type ArtifactError struct{ File, Reason string }

func (e *ArtifactError) Error() string { return e.File + ": " + e.Reason }

// OpenArtifact reads and measures a distribution; nothing of it is unpacked to
// disk. An error that is the file's own fault is a *FilenameError or an
// *ArtifactError; at the end of ctx it is that one's cause.
func OpenArtifact(ctx context.Context, file string) (*Artifact, error) {
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
	if err := a.measure(ctx, f); err != nil {
		return nil, err
	}
	text, err := a.metadata(ctx, f)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, a.wrong(err)
	}
	sum := sha256.Sum256(text)
	a.CoreHash = hex.EncodeToString(sum[:])
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
func (a *Artifact) measure(ctx context.Context, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &ArtifactError{a.File, "is no regular file"}
	}
	short, long := sha256.New(), newBLAKE2()
	a.Size, err = io.Copy(io.MultiWriter(short, long), heeding{ctx, f})
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

// metadata reads the one METADATA or PKG-INFO that is the distribution's own.
func (a *Artifact) metadata(ctx context.Context, f *os.File) (text []byte, err error) {
	count := 0
	err = a.walk(ctx, f, func(m Member, r io.Reader) error {
		a.Members = append(a.Members, m)
		if m.Folder || m.Link != "" || !a.isMetadata(m.Path) {
			return nil
		}
		count++
		text, err = bounded(r)
		return err
	})
	if err == nil && count != 1 {
		err = fmt.Errorf("has %d files of metadata of its own, not one", count)
	}
	return text, err
}

func (a *Artifact) isMetadata(file string) bool {
	dir, base := path.Split(file)
	if a.Kind == KindWheel {
		return base == "METADATA" && a.isInfo(strings.TrimSuffix(dir, "/"))
	}
	return base == "PKG-INFO" && strings.Count(file, "/") == 1
}

// isInfo says whether a folder is the wheel's own .dist-info.
func (a *Artifact) isInfo(dir string) bool {
	stem, ok := strings.CutSuffix(dir, ".dist-info")
	name, version, cut := strings.Cut(stem, "-")
	return ok && cut && !strings.Contains(dir, "/") && NormalizeName(name) == a.Name && sameVersion(version, a.Version)
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
