package pypitest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"time"

	"ferry/pypi"
)

// Sdist makes a source distribution: one top directory with PKG-INFO and the
// files given by their paths. The same input gives the same bytes.
func Sdist(name, version string, mtime time.Time, files map[string]string) (string, []byte) {
	stem := stem(name, version)
	all := maps.Clone(files)
	if all == nil {
		all = map[string]string{}
	}
	all["PKG-INFO"] = metadata(name, version)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.ModTime = mtime
	archive := tar.NewWriter(z)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		must(archive.WriteHeader(&tar.Header{
			Name: stem + "/" + path, Mode: 0o644, Size: int64(len(all[path])),
			ModTime: mtime.UTC().Truncate(time.Second), Typeflag: tar.TypeReg, Format: tar.FormatPAX,
		}))
		_, err := archive.Write([]byte(all[path]))
		must(err)
	}
	must(archive.Close())
	must(z.Close())
	return stem + ".tar.gz", out.Bytes()
}

// Wheel makes a wheel for any Python 3, with METADATA, WHEEL and RECORD.
func Wheel(name, version string, mtime time.Time, files map[string]string) (string, []byte) {
	return TaggedWheel(name, version, "py3-none-any", mtime, files)
}

// TaggedWheel makes a wheel for the platform of a tag like "cp312-cp312-win_amd64".
func TaggedWheel(name, version, tag string, mtime time.Time, files map[string]string) (string, []byte) {
	stem := stem(name, version)
	info := stem + ".dist-info/"
	all := maps.Clone(files)
	if all == nil {
		all = map[string]string{pypi.FileStem(name) + "/__init__.py": ""}
	}
	all[info+"METADATA"] = metadata(name, version)
	all[info+"WHEEL"] = fmt.Sprintf("Wheel-Version: 1.0\nGenerator: pypitest\nRoot-Is-Purelib: %t\nTag: %s\n", tag == "py3-none-any", tag)
	all[info+"RECORD"] = record(all, info)
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		pack(archive, path, mtime, []byte(all[path]))
	}
	must(archive.Close())
	return stem + "-" + tag + ".whl", out.Bytes()
}

// pack writes a member as Python does, with its sizes before it. PyPI refuses
// those that have them behind them, as Go would write them by itself.
func pack(to *zip.Writer, path string, mtime time.Time, data []byte) {
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.DefaultCompression)
	must(err)
	_, err = z.Write(data)
	must(err)
	must(z.Close())
	stamp := binary.LittleEndian.AppendUint32([]byte("UT\x05\x00\x01"), uint32(mtime.Unix())) //nolint:gosec // no wheel of a test is from after 2106
	h := zip.FileHeader{Name: path, Method: zip.Deflate, Extra: stamp, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(data))} //nolint:gosec // lengths are not below 0
	w, err := to.CreateRaw(&h)
	must(err)
	_, err = w.Write(packed.Bytes())
	must(err)
}

func stem(name, version string) string {
	v, err := pypi.ParseVersion(version)
	if err != nil {
		return pypi.FileStem(name) + "-" + version
	}
	return pypi.FileStem(name) + "-" + v.String()
}

func metadata(name, version string) string {
	return fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: the project %s\n", name, version, name)
}

func record(files map[string]string, info string) string {
	list := ""
	for _, path := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256([]byte(files[path]))
		list += fmt.Sprintf("%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(files[path]))
	}
	return list + info + "RECORD,,\n"
}

// must stands where a write to memory cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
