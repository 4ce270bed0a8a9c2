package steps

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"ferry/flow/ci"
)

// Bounds of what an archive can cost us, whatever it says of itself.
const (
	maxDirectory = 4 << 20        // bytes of its list of files
	maxUnpacked  = ci.MaxArtifact // bytes of all files that are looked for
)

// unpack gives the sha256 of every file in an archive that has the name of one that is
// lacking, in whatever folder, and keeps those that are wanted. No path of the archive
// becomes one here.
func (k *Kept) unpack(ctx context.Context, archive *os.File, lacking []wanted) (searched, error) {
	z, err := directory(archive)
	if err != nil {
		return nil, err
	}
	found, want := searched{}, map[string]wanted{}
	for _, f := range lacking {
		found[f.name], want[f.name] = nil, f
	}
	left := int64(maxUnpacked)
	for _, entry := range z.File {
		f, ok := want[lastName(entry.Name)]
		if !ok || !entry.Mode().IsRegular() {
			continue
		}
		sum, err := k.extract(ctx, entry, f, &left)
		if err != nil {
			return nil, fmt.Errorf("its %s: %w", f.name, err)
		}
		found[f.name] = append(found[f.name], sum)
	}
	return found, nil
}

// directory reads an archive's list of files.
func directory(archive *os.File) (*zip.Reader, error) {
	info, err := archive.Stat()
	if err != nil {
		return nil, err
	}
	in := &metered{archive, maxDirectory}
	z, err := zip.NewReader(in, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // of which none is used
		return nil, fmt.Errorf("it is no zip archive that can be searched: %w", err)
	}
	in.left = math.MaxInt64
	return z, nil
}

// lastName is the name at the end of a path, by whichever separator.
func lastName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

var errLongEntry = fmt.Errorf("longer than %d bytes", maxUnpacked)

// extract writes an entry into a file of a name of our own, and gives that the wanted
// name only if it has the wanted bytes.
func (k *Kept) extract(ctx context.Context, entry *zip.File, f wanted, left *int64) (sum string, err error) {
	if entry.UncompressedSize64 > uint64(*left) { // which may be untrue, too
		return "", errLongEntry
	}
	in, err := entry.Open()
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(k.dir, "file-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(out.Name()) }() // gone, if it was the one
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, hash), io.LimitReader(until{ctx, in}, *left+1))
	*left -= n
	switch err = errors.Join(err, out.Close()); {
	case err != nil:
		return "", err
	case *left < 0:
		return "", errLongEntry
	}
	if sum = hex.EncodeToString(hash.Sum(nil)); sum != f.sha256 {
		return sum, nil
	}
	if err := os.MkdirAll(filepath.Dir(k.path(f)), 0o700); err != nil {
		return "", err
	}
	return sum, os.Rename(out.Name(), k.path(f))
}

// metered reads so many bytes and no more: a list of files is read whole before the
// first of them.
type metered struct {
	io.ReaderAt
	left int64
}

func (m *metered) ReadAt(p []byte, at int64) (int, error) {
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, errors.New("its list of files is too long")
	}
	return m.ReaderAt.ReadAt(p, at)
}

// until reads as long as somebody waits.
type until struct {
	ctx context.Context
	io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.Reader.Read(p)
}
