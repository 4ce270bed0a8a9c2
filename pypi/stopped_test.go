package pypi

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// longest is the length of a member that no test reads to its end.
const longest = 64 << 20

// longSdist and longWheel hold one member of zeros, which packs to nearly nothing.
func longSdist(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	_ = w.WriteHeader(&tar.Header{Name: "foo-1.0/zeros", Mode: 0o644, Size: longest, Typeflag: tar.TypeReg})
	if _, err := w.Write(make([]byte, longest)); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Close(), z.Close()
	return b.Bytes()
}

func longWheel(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create("zeros.py")
	if _, err := w.Write(make([]byte, longest)); err != nil {
		t.Fatal(err)
	}
	_ = z.Close()
	return b.Bytes()
}

// TestWalksStop: who has had enough waits for no member to end, whether somebody
// reads it or it is passed over, and hears nothing bad about the archive.
func TestWalksStop(t *testing.T) {
	for name, data := range map[string][]byte{"foo-1.0.tar.gz": longSdist(t), pureWheel: longWheel(t)} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		dist, err := ParseFilename(name)
		if err != nil {
			t.Fatal(err)
		}
		a := &Artifact{Path: file, File: name, Dist: dist, Size: int64(len(data))}
		for _, reads := range []bool{true, false} {
			ctx, stop := context.WithCancel(t.Context())
			read := int64(0)
			err := a.Walk(ctx, func(_ Member, r io.Reader) (err error) {
				stop()
				if reads {
					read, err = io.Copy(io.Discard, r)
				}
				return err
			})
			if !errors.Is(err, context.Canceled) || read > longest/4 {
				t.Errorf("%s, read %v: %d bytes, %v", name, reads, read, err)
			}
		}
	}
}

// TestOpeningStops: what was not looked at to its end is not called unsound.
func TestOpeningStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	a := packed(t, map[string]string{"a.py": "1"})
	stop()
	for what, try := range map[string]func() error{
		"opening":            func() error { _, err := OpenArtifact(ctx, a.Path); return err },
		"oddities":           func() error { _, err := Suspicious(ctx, a); return err },
		"secrets":            func() error { _, err := LooksSecret(ctx, a, nil); return err },
		"another archive":    func() error { _, err := CompareArchives(ctx, a, a); return err },
		"the source":         func() error { _, err := CompareSource(ctx, a, memory(nil)); return err },
		"a tree for a wheel": func() error { _, err := CompareWheel(ctx, a, memory(map[string]string{"a.py": "1"})); return err },
	} {
		if err := try(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
