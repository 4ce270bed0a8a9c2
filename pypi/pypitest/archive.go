package pypitest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"strings"

	"ferry/pypi"
)

// maxInside bounds what is unpacked of one archive.
const maxInside = 1 << 30

// checkArchive looks into the file.
func checkArchive(f *form) *refusal {
	v, _ := pypi.ParseVersion(f.get("version"))
	stem := pypi.FileStem(f.get("name")) + "-" + v.String()
	if f.get("filetype") == pypi.KindSdist {
		return checkSdist(f, stem)
	}
	return checkWheel(f, strings.Join(strings.SplitN(f.filename, "-", 3)[:2], "-"))
}

func checkSdist(f *form, stem string) *refusal {
	names, size, err := tarNames(f.content)
	if err != nil {
		return bad("Invalid distribution file. File is not a tarfile")
	}
	if size > int64(len(f.content))*50 && size > 64<<20 {
		return bad("Invalid distribution file. File exceeds compression ratio of 50")
	}
	var tops []string
	for _, n := range names {
		if top, _, _ := strings.Cut(n, "/"); !slices.Contains(tops, top) {
			tops = append(tops, top)
		}
	}
	switch {
	case len(tops) != 1:
		return bad("Invalid distribution file. Incorrect number of top-level directories in sdist")
	case !slices.Contains(names, tops[0]+"/PKG-INFO"):
		return bad("Invalid distribution file. PKG-INFO not found at %s/PKG-INFO", stem)
	}
	for _, license := range f.fields["license_file"] {
		if at := tops[0] + "/" + license; !slices.Contains(names, at) {
			return bad("License-File %s does not exist in distribution file %s at %s", license, f.filename, at)
		}
	}
	return nil
}

func tarNames(content []byte) (names []string, size int64, err error) {
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, 0, err
	}
	archive := tar.NewReader(io.LimitReader(z, maxInside))
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return names, size, nil
		}
		if err != nil {
			return nil, 0, err
		}
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(h.Name, "./"), "/"))
		size += h.Size
	}
}

func checkWheel(f *form, stem string) *refusal {
	z, err := zip.NewReader(bytes.NewReader(f.content), int64(len(f.content)))
	if err != nil {
		return bad("Invalid distribution file. File is not a zipfile")
	}
	info := stem + ".dist-info/"
	var names []string
	for _, e := range z.File {
		if e.Flags&0x8 != 0 {
			return bad("Invalid distribution file. ZIP archive not accepted: ZIP contains a data descriptor. See https://docs.pypi.org/archives for more information")
		}
		if slices.Contains(names, e.Name) {
			return bad("Invalid distribution file. ZIP archive not accepted: Duplicate filename in headers. See https://docs.pypi.org/archives for more information")
		}
		names = append(names, e.Name)
	}
	switch {
	case !slices.Contains(names, info+"WHEEL"):
		return bad("Invalid distribution file. WHEEL not found at %sWHEEL", info)
	case !slices.Contains(names, info+"RECORD"):
		return bad("Wheel '%s' does not contain the required RECORD file: %sRECORD", f.filename, info)
	case !slices.Contains(names, info+"METADATA"):
		return bad("Wheel '%s' does not contain the required METADATA file: %sMETADATA", f.filename, info)
	}
	for _, license := range f.fields["license_file"] {
		if at := info + "licenses/" + license; !slices.Contains(names, at) {
			return bad("License-File %s does not exist in distribution file %s at %s", license, f.filename, at)
		}
	}
	if no := checkEntryPoints(f, z, info); no != nil {
		return no
	}
	return checkRecord(f, z, names, info)
}

// checkEntryPoints wants what importlib.metadata can read: sections of "name =
// module:object". The words around "has invalid entry points" are our own.
func checkEntryPoints(f *form, z *zip.Reader, info string) *refusal {
	r, err := z.Open(info + "entry_points.txt")
	if err != nil {
		return nil
	}
	defer func() { _ = r.Close() }()
	text, _ := io.ReadAll(io.LimitReader(r, 1<<20))
	section := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", line[0] == '#', line[0] == ';':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = true
		case !section || !entryPoint.MatchString(line):
			return bad("Wheel '%s' has invalid entry points: %sentry_points.txt", f.filename, info)
		}
	}
	return nil
}

var entryPoint = regexp.MustCompile(`^[^=\s][^=]*=\s*[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?$`)

// checkRecord wants the wheel's own list to name every file in it.
func checkRecord(f *form, z *zip.Reader, names []string, info string) *refusal {
	r, err := z.Open(info + "RECORD")
	if err != nil {
		return bad("Invalid distribution file. File is not a zipfile")
	}
	defer func() { _ = r.Close() }()
	rows := csv.NewReader(io.LimitReader(r, 64<<20))
	rows.FieldsPerRecord = 3
	all, err := rows.ReadAll()
	if err != nil {
		return bad("Wheel '%s' does not contain a valid RECORD file", f.filename)
	}
	var listed []string
	for _, row := range all {
		listed = append(listed, row[0])
	}
	for _, n := range names {
		if !strings.HasSuffix(n, "/") && !strings.HasPrefix(n, info+"RECORD.") && !slices.Contains(listed, n) {
			return bad("Wheel '%s' RECORD file does not list '%s'", f.filename, n)
		}
	}
	return nil
}
