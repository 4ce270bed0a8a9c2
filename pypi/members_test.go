package pypi_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// tarred packs entries as they are given, sound or not.
func tarred(entries ...tar.Header) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range append([]tar.Header{{Name: "foo-1.0/PKG-INFO", Typeflag: tar.TypeReg, PAXRecords: map[string]string{}}}, entries...) {
		data := []byte("x")
		if h.Name == "foo-1.0/PKG-INFO" {
			data = []byte(headers("foo", "1.0"))
		}
		h.Mode = 0o644
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(data))
		}
		_ = w.WriteHeader(&h)
		if h.Typeflag == tar.TypeReg {
			_, _ = w.Write(data)
		}
	}
	_, _ = w.Close(), z.Close()
	return b.Bytes()
}

// TestHostileSdists: nothing that leaves its folder, or that tools read
// differently, is taken for a distribution.
func TestHostileSdists(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	for name, h := range map[string][]tar.Header{
		"up":        {{Name: "foo-1.0/../../etc/passwd", Typeflag: tar.TypeReg}},
		"absolute":  {{Name: "/etc/passwd", Typeflag: tar.TypeReg}},
		"backslash": {{Name: `foo-1.0\..\x`, Typeflag: tar.TypeReg}},
		"drive":     {{Name: "C:/x", Typeflag: tar.TypeReg}},
		"escape":    {{Name: "foo-1.0/\x1b[2J", Typeflag: tar.TypeReg}},
		"twice":     {{Name: "foo-1.0/a", Typeflag: tar.TypeReg}, {Name: "foo-1.0/./a", Typeflag: tar.TypeReg}},
		"link up":   {{Name: "foo-1.0/a", Typeflag: tar.TypeSymlink, Linkname: "../../x"}},
		"link root": {{Name: "foo-1.0/a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}},
		"hard link": {{Name: "foo-1.0/a", Typeflag: tar.TypeLink, Linkname: "../x"}},
		"fifo":      {{Name: "foo-1.0/a", Typeflag: tar.TypeFifo}},
		"device":    {{Name: "foo-1.0/a", Typeflag: tar.TypeChar}},
		"two infos": {{Name: "bar-1.0/PKG-INFO", Typeflag: tar.TypeReg}},
	} {
		var bad *pypi.ArtifactError
		if a, err := pypi.OpenArtifact(t.Context(), d.file("foo-1.0.tar.gz", tarred(h...))); !errors.As(err, &bad) || strings.ContainsAny(err.Error(), "\x1b\x00") {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	sound := []tar.Header{{Name: "./foo-1.0/b/", Typeflag: tar.TypeDir}, {Name: "foo-1.0/b/c", Typeflag: tar.TypeReg},
		{Name: "foo-1.0/b/l", Typeflag: tar.TypeSymlink, Linkname: "../PKG-INFO"}, {Name: "foo-1.0/h", Typeflag: tar.TypeLink, Linkname: "foo-1.0/b/c"}}
	if _, err := pypi.OpenArtifact(t.Context(), d.file("foo-1.0.tar.gz", tarred(sound...))); err != nil {
		t.Errorf("a sound one: %v", err)
	}
}

// TestBombs: what unpacks to far more than it could hold is given up early.
func TestBombs(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	_ = w.WriteHeader(&tar.Header{Name: "foo-1.0/zeros", Mode: 0o644, Size: 300 << 20, Typeflag: tar.TypeReg})
	zeros := make([]byte, 1<<20)
	for range 300 {
		_, _ = w.Write(zeros)
	}
	_, _ = w.Close(), z.Close()
	if a, err := pypi.OpenArtifact(t.Context(), d.file("foo-1.0.tar.gz", b.Bytes())); err == nil {
		t.Errorf("%d bytes became %d members", b.Len(), len(a.Members))
	}
	var many bytes.Buffer
	all := zip.NewWriter(&many)
	part, _ := all.Create("zeros")
	for range 300 {
		_, _ = part.Write(zeros)
	}
	info, _ := all.Create("foo-1.0.dist-info/METADATA")
	_, _ = info.Write([]byte(headers("foo", "1.0")))
	_ = all.Close()
	if _, err := pypi.OpenArtifact(t.Context(), d.file("foo-1.0-py3-none-any.whl", many.Bytes())); err == nil {
		t.Error("a wheel of 300 MB of zeros was taken")
	}
}

// TestZipConfusion: a wheel that one tool reads from its end and another from
// its beginning is refused.
func TestZipConfusion(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	const file = "foo-1.0-py3-none-any.whl"
	good := zipped(t, "foo-1.0.dist-info/METADATA", headers("foo", "1.0"), "aaaa.py", "x = 1\n")
	if _, err := pypi.OpenArtifact(t.Context(), d.file(file, good)); err != nil {
		t.Fatal(err)
	}
	renamed := bytes.Replace(good, []byte("aaaa.py"), []byte("bbbb.py"), 1) // in front, not at the end
	double := zipped(t, "foo-1.0.dist-info/METADATA", headers("foo", "1.0"), "a.py", "1", "a.py", "2")
	flipped := bytes.Clone(good)
	flipped[bytes.Index(good, []byte("aaaa.py"))+len("aaaa.py")] ^= 0x40
	flags := bytes.Clone(good) // the first local header no longer says how its name is to be read
	flags[7] ^= 0x08
	for name, data := range map[string][]byte{
		"flags": flags, "renamed": renamed, "double": double, "flipped": flipped, "cut": good[:len(good)-10],
		"up": zipped(t, "foo-1.0.dist-info/METADATA", headers("foo", "1.0"), "../x", "1"),
	} {
		if bytes.Equal(data, good) {
			t.Fatalf("%s is not spoilt", name)
		}
		var bad *pypi.ArtifactError
		if a, err := pypi.OpenArtifact(t.Context(), d.file(file, data)); !errors.As(err, &bad) {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
}
