package citest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// dist is a distribution that was built.
type dist struct {
	kind     string // sdist or wheel
	name     string
	bytes    []byte
	metadata metadata
}

// metadata is what goes into PKG-INFO and into the upload form.
type metadata struct{ name, version, summary string }

func (m metadata) String() string {
	return fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: %s\n", m.name, m.version, m.summary)
}

// made is the time that every file in an archive bears. It is fixed, so that a
// commit gives the same bytes whenever it is built.
func made() time.Time { return time.Date(2020, time.February, 2, 0, 0, 0, 0, time.UTC) }

// buildDists makes the distributions of the kinds wanted, wheels first, as
// twine orders them.
func buildDists(fsys fs.FS, kinds []string) ([]dist, error) {
	p, err := readProject(fsys)
	if err != nil {
		return nil, err
	}
	m := metadata{p.name, p.version, "made by a test"}
	var out []dist
	for _, b := range []struct {
		kind string
		make func(fs.FS, project, metadata) (dist, error)
	}{{"wheel", wheel}, {"sdist", sdist}} {
		if !slices.Contains(kinds, b.kind) {
			continue
		}
		d, err := b.make(fsys, p, m)
		if err != nil {
			return nil, fmt.Errorf("building the %s: %w", b.kind, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// sourceFile is a file of the tree and its place in a wheel.
type sourceFile struct{ src, dst string }

// sources lists the files of a tree, without what belongs to git.
func sources(fsys fs.FS) ([]string, error) {
	var out []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path.Base(name) == ".git":
			return fs.SkipDir
		case d.Type().IsRegular():
			out = append(out, name)
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

// modules lists what a wheel takes: packages and modules at the top or in src.
func modules(fsys fs.FS) []sourceFile {
	all, err := sources(fsys)
	if err != nil {
		return nil
	}
	var out []sourceFile
	for _, f := range all {
		dst := strings.TrimPrefix(f, "src/")
		top, _, nested := strings.Cut(dst, "/")
		root := strings.TrimSuffix(f, dst)
		inPackage := nested && slices.Contains(all, root+top+"/__init__.py") && top != "tests"
		module := !nested && strings.HasSuffix(f, ".py") && f != "setup.py" && f != "conftest.py"
		if inPackage || module {
			out = append(out, sourceFile{f, dst})
		}
	}
	return out
}

func sdist(fsys fs.FS, p project, m metadata) (dist, error) {
	root := p.normal() + "-" + p.version
	files, err := sources(fsys)
	if err != nil {
		return dist{}, err
	}
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	tw := tar.NewWriter(zw)
	add := func(name string, content []byte) error {
		h := &tar.Header{Name: root + "/" + name, Mode: 0o644, Size: int64(len(content)), ModTime: made(), Format: tar.FormatUSTAR}
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		_, err := tw.Write(content)
		return err
	}
	if err := add("PKG-INFO", []byte(m.String())); err != nil {
		return dist{}, err
	}
	for _, f := range files {
		content, err := fs.ReadFile(fsys, f)
		if err == nil && f != "PKG-INFO" {
			err = add(f, content)
		}
		if err != nil {
			return dist{}, err
		}
	}
	if err := tw.Close(); err != nil {
		return dist{}, err
	}
	if err := zw.Close(); err != nil {
		return dist{}, err
	}
	return dist{"sdist", root + ".tar.gz", buf.Bytes(), m}, nil
}

func wheel(fsys fs.FS, p project, m metadata) (dist, error) {
	info := p.normal() + "-" + p.version + ".dist-info/"
	var buf bytes.Buffer
	w := &wheelWriter{zip: zip.NewWriter(&buf)}
	for _, f := range modules(fsys) {
		content, err := fs.ReadFile(fsys, f.src)
		if err != nil {
			return dist{}, err
		}
		w.add(f.dst, content)
	}
	w.add(info+"METADATA", []byte(m.String()))
	w.add(info+"WHEEL", []byte("Wheel-Version: 1.0\nGenerator: citest\nRoot-Is-Purelib: true\nTag: py3-none-any\n"))
	w.record.WriteString(info + "RECORD,,\n")
	w.write(info+"RECORD", []byte(w.record.String()))
	if w.err == nil {
		w.err = w.zip.Close()
	}
	return dist{"wheel", p.normal() + "-" + p.version + "-py3-none-any.whl", buf.Bytes(), m}, w.err
}

// wheelWriter writes files and what RECORD says of them.
type wheelWriter struct {
	zip    *zip.Writer
	record strings.Builder
	err    error
}

func (w *wheelWriter) add(name string, content []byte) {
	sum := sha256.Sum256(content)
	fmt.Fprintf(&w.record, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(content))
	w.write(name, content)
}

func (w *wheelWriter) write(name string, content []byte) {
	if w.err != nil {
		return
	}
	f, err := w.zip.CreateRaw(&zip.FileHeader{Name: name, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))}) // a stream with its sizes behind it is nothing that PyPI takes
	if err == nil {
		_, err = f.Write(content)
	}
	w.err = err
}
