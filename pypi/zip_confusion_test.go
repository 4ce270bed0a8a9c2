package pypi

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// plainZip packs names and texts as Python does, with the sizes before each member.
func plainZip(pairs ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		var packed bytes.Buffer
		w, _ := flate.NewWriter(&packed, flate.DefaultCompression)
		_, _ = io.WriteString(w, pairs[i+1])
		_ = w.Close()
		h := zip.FileHeader{Name: pairs[i], Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(pairs[i+1])), CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(pairs[i+1]))}
		raw, _ := z.CreateRaw(&h)
		_, _ = raw.Write(packed.Bytes())
	}
	_ = z.Close()
	return b.Bytes()
}

// wedged makes room for bytes at a place of a zip, and mends what points behind it.
func wedged(raw []byte, at int, more string) []byte {
	from := bytes.Index(raw, []byte("PK\x01\x02"))
	out := append(append(bytes.Clone(raw[:at]), more...), raw[at:]...)
	end := len(out) - endRecord
	if at <= from {
		mend(out[end+16:], len(more))
	} else {
		mend(out[end+12:], len(more))
	}
	for i := bytes.Index(out, []byte("PK\x01\x02")); i >= 0 && at <= from; {
		if int(long(out[i+42:])) >= at {
			mend(out[i+42:], len(more))
		}
		next := bytes.Index(out[i+4:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		i += 4 + next
	}
	return out
}

func mend(b []byte, by int) { binary.LittleEndian.PutUint32(b, uint32(int(long(b))+by)) }

func mendShort(b []byte, by int) { binary.LittleEndian.PutUint16(b, uint16(int(number(b))+by)) }

// TestZipLayout: what one tool reads and another does not is refused, and the
// reason names it.
func TestZipLayout(t *testing.T) {
	good := plainZip("a.py", "x = 1\n", "b.py", "y = 2\n")
	second, dir := bytes.LastIndex(good, []byte("PK\x03\x04")), bytes.Index(good, []byte("PK\x01\x02"))
	last := bytes.LastIndex(good, []byte("PK\x01\x02"))
	end := len(good) - endRecord
	flip := func(at int) func([]byte) []byte { return func(raw []byte) []byte { raw[at] ^= 1; return raw } }
	for name, c := range map[string]struct {
		spoil func([]byte) []byte
		why   string
	}{
		"sound":                 {func(raw []byte) []byte { return raw }, ""},
		"before the first":      {func(raw []byte) []byte { return wedged(raw, 0, "#!/bin/sh\n") }, "no member"},
		"between two":           {func(raw []byte) []byte { return wedged(raw, second, "hidden") }, "no member"},
		"before the directory":  {func(raw []byte) []byte { return wedged(raw, dir, "hidden") }, "no member"},
		"a member unlisted":     {func(raw []byte) []byte { return wedged(raw, dir, string(raw[:second])) }, "no member"},
		"name":                  {func(raw []byte) []byte { raw[30] = 'c'; return raw }, "another name"},
		"name's encoding":       {func(raw []byte) []byte { raw[7] ^= 8; return raw }, "other flags"},
		"encrypted in front":    {flip(6), "other flags"},
		"method in front":       {func(raw []byte) []byte { raw[8] = 0; return raw }, "another method"},
		"checksum in front":     {flip(14), "another checksum"},
		"packed size in front":  {flip(18), "other sizes"},
		"size in front":         {flip(22), "other sizes"},
		"sizes left to the end": {func(raw []byte) []byte { copy(raw[14:26], make([]byte, 12)); return raw }, "another checksum"},
		"size at the end":       {func(raw []byte) []byte { raw[22] ^= 1; raw[dir+24] ^= 1; return raw }, "not what its directory says"},
		"checksum of nothing": {func(raw []byte) []byte {
			copy(raw[14:18], make([]byte, 4))
			copy(raw[dir+16:dir+20], make([]byte, 4))
			return raw
		}, "not what its directory says"},
		"behind what is packed": {func(raw []byte) []byte {
			raw = wedged(raw, second, "hidden")
			mend(raw[18:], 6)
			mend(raw[bytes.Index(raw, []byte("PK\x01\x02"))+20:], 6)
			return raw
		}, "not what its directory says"},
		"two at one place": {func(raw []byte) []byte { copy(raw[last+42:], make([]byte, 4)); return raw }, "share"},
		"a comment":        {func(raw []byte) []byte { raw = wedged(raw, end, "words"); mendShort(raw[last+32:], 5); return raw }, "comment"},
		"another end therein": {func(raw []byte) []byte {
			raw = wedged(raw, end, "PK\x06\x07"+strings.Repeat("\x00", 16))
			mendShort(raw[last+32:], 20)
			return raw
		}, "huge"},
		"another end beside": {func(raw []byte) []byte {
			raw = wedged(raw, end, "\x99\x99\x14\x00PK\x06\x07"+strings.Repeat("\x00", 16))
			mendShort(raw[last+30:], 24)
			return raw
		}, "huge"},
		"another disk": {func(raw []byte) []byte { raw[last+34] = 1; return raw }, "directory"},
		"a torn extra field": {func(raw []byte) []byte {
			raw = wedged(raw, end, "\x99\x99\x14\x00x")
			mendShort(raw[last+30:], 5)
			return raw
		}, "extra"},
		"another name beside": {func(raw []byte) []byte {
			raw = wedged(raw, end, "\x75\x70\x09\x00\x01\x00\x00\x00\x00c.py")
			mendShort(raw[last+30:], 13)
			return raw
		}, "extra"},
		"a folder with text":       {func([]byte) []byte { return bytes.ReplaceAll(plainZip("zz", "x = 1\n"), []byte("zz"), []byte("a/")) }, "folder with contents"},
		"a file in a file's place": {func([]byte) []byte { return bytes.ReplaceAll(plainZip("a", "x", "zz", ""), []byte("zz"), []byte("a/")) }, "twice"},
	} {
		_, err := walkedWith(t, ".zip", c.spoil(bytes.Clone(good)))
		if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

// TestZipStreams: sizes behind a member are read where they are right and anybody
// can find them.
func TestZipStreams(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"a.py", "b.py"} {
		w, _ := z.Create(name)
		_, _ = io.WriteString(w, "x = 1\n")
	}
	_ = z.Close()
	at := bytes.Index(b.Bytes(), []byte("PK\x07\x08"))
	for name, c := range map[string]struct {
		spoil func([]byte) []byte
		why   string
	}{
		"sound":          {func(raw []byte) []byte { return raw }, ""},
		"wrong":          {func(raw []byte) []byte { raw[at+4] ^= 1; return raw }, "other sizes"},
		"with more":      {func(raw []byte) []byte { return wedged(raw, at, "hidden") }, "other sizes"},
		"with much more": {func(raw []byte) []byte { return wedged(raw, at, strings.Repeat("hidden", 9)) }, "no member"},
		"stored": {func([]byte) []byte {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			w, _ := z.CreateHeader(&zip.FileHeader{Name: "a.py", Method: zip.Store})
			_, _ = io.WriteString(w, "x = 1\n")
			_ = z.Close()
			return b.Bytes()
		}, "end tools read differently"},
	} {
		_, err := walkedWith(t, ".zip", c.spoil(bytes.Clone(b.Bytes())))
		if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

// TestZipsOfPython: what Python's own module writes, in every way it can, is read.
func TestZipsOfPython(t *testing.T) {
	const writes = `
import sys, zipfile
for i, how in enumerate([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]):
    with zipfile.ZipFile(sys.argv[1] + "/%d.zip" % i, "w", how) as z:
        z.writestr("foo/", "")
        z.writestr("foo/a.py", "x = 1\n" * 100)
        z.writestr("foo/\u00e9.py", "")
        with z.open("foo/huge.py", "w", force_zip64=True) as f: f.write(b"y = 2\n")
        z.comment = b"words"
`
	dir := t.TempDir()
	if out, err := exec.Command(debianPython, "-c", writes, dir).CombinedOutput(); err != nil {
		missing(t, debianPython+": "+string(out))
	}
	for _, name := range []string{"0.zip", "1.zip"} {
		if err := walkFile(t, filepath.Join(dir, name), func(Member, io.Reader) error { return nil }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTarEnd: behind the end of an archive there is nothing but the rest of a block.
func TestTarEnd(t *testing.T) {
	for more, sound := range map[string]bool{"": true, strings.Repeat("\x00", 18*512): true, "\x00": false, strings.Repeat("\x00", 512) + "hidden": false} {
		if got := walked(t, ".tar.gz", gzipped(append(tarOf("foo-1.0/a.py", "x"), more...))); (got != "") != sound {
			t.Errorf("%d bytes more: %q", len(more), got)
		}
	}
}
