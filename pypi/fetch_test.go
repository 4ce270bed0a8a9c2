package pypi_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestFetch: the bytes are kept whole and for nobody else, or not at all.
func TestFetch(t *testing.T) {
	s := release(pypitest.Options{})
	x, _ := serve(t, s)
	p, err := x.Simple(t.Context(), "foo-bar")
	if err != nil {
		t.Fatal(err)
	}
	f, dir := p.Of("1.0")[1], t.TempDir()
	path, d, err := x.Fetch(t.Context(), f, dir)
	if err != nil || d.SHA256 != f.SHA256 || path != filepath.Join(dir, f.Name) {
		t.Fatal(path, d, err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != d.Size || info.Mode().Perm()&0o077 != 0 {
		t.Error(info, err)
	}
	if a, err := pypi.OpenArtifact(t.Context(), path); err != nil || a.SHA256 != f.SHA256 {
		t.Error(a, err)
	}
	var there *os.PathError
	if _, _, err := x.Fetch(t.Context(), f, dir); !errors.As(err, &there) {
		t.Errorf("a file that is there: %v", err)
	}
	if _, _, err := x.Fetch(t.Context(), f, filepath.Join(dir, "nowhere")); !errors.As(err, &there) {
		t.Errorf("no folder: %v", err)
	}
}

func TestFetchLeavesNothing(t *testing.T) {
	for name, fault := range map[string]pypitest.Fault{"cut": {Cut: 20}, "flood": {Flood: 100 << 20}, "gone": {Status: 404}, "500": {}} {
		s := release(pypitest.Options{})
		x, _ := serve(t, s)
		p, err := x.Simple(t.Context(), "foo-bar")
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		fault.Path = "/packages/"
		s.Fault(fault)
		path, d, err := x.Fetch(t.Context(), p.Of("1.0")[1], dir)
		left, _ := os.ReadDir(dir)
		if err == nil || path != "" || d != (pypi.Digest{}) || len(left) != 0 {
			t.Errorf("%s: %q %v %v, left %v", name, path, d, err, left)
		}
	}
}

func TestFetchTakesPlainNames(t *testing.T) {
	x, _ := serve(t, release(pypitest.Options{}))
	for _, name := range []string{"", "..", "../foo-1.0.tar.gz", "/foo-1.0.tar.gz", `..\foo-1.0.tar.gz`, "notes.txt", "foo- 1.0.tar.gz", "foo-1.0\n.tar.gz"} {
		var bad *pypi.FilenameError
		if path, _, err := x.Fetch(t.Context(), pypi.File{Name: name, URL: "http://127.0.0.1:1/x"}, t.TempDir()); !errors.As(err, &bad) {
			t.Errorf("%q: %q %v", name, path, err)
		}
	}
}

func TestAgrees(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	sdist := d.open(sdistOf("foo", "1.0", headers("foo", "1.0", "Requires-Python: >=3.8, <4"), nil))
	wheel := d.open("foo-1.0-py3-none-any.whl", zipped(t, "foo-1.0.dist-info/METADATA", headers("foo", "1.0", "Requires-Python: >=3.8")))
	for name, c := range map[string]struct {
		a     *pypi.Artifact
		shown pypi.File
		want  []string // what is spoken of
	}{
		"as it is":              {sdist, pypi.File{Name: sdist.File, RequiresPython: "<4,>=3.8"}, nil},
		"nothing shown":         {sdist, pypi.File{Name: sdist.File}, nil},
		"other python":          {sdist, pypi.File{Name: sdist.File, RequiresPython: ">=3.9,<4"}, []string{"Requires-Python"}},
		"another file":          {sdist, pypi.File{Name: "bar-1.0.tar.gz"}, []string{"name"}},
		"another version":       {sdist, pypi.File{Name: "foo-1.1.tar.gz"}, []string{"version"}},
		"the same version":      {sdist, pypi.File{Name: "foo-1.0.0.tar.gz"}, nil},
		"another kind":          {sdist, pypi.File{Name: wheel.File}, []string{"name"}},
		"its metadata":          {wheel, pypi.File{Name: wheel.File, RequiresPython: ">=3.8", CoreMetadata: wheel.CoreHash}, nil},
		"other metadata":        {wheel, pypi.File{Name: wheel.File, RequiresPython: ">=3.8", CoreMetadata: strings.Repeat("a", 64)}, []string{"sha256"}},
		"a silence that is one": {wheel, pypi.File{Name: wheel.File, CoreMetadata: wheel.CoreHash}, []string{"Requires-Python"}},
	} {
		got := pypi.Agrees(c.a, c.shown)
		if len(got) != len(c.want) || len(got) > 0 && !strings.Contains(got[0], c.want[0]) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestCompareArchives: the container may be another one.
func TestCompareArchives(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	first := d.open(pypitest.Sdist("foo", "1.0", d.now, map[string]string{"a.py": "x", "b/c.py": "y"}))
	compare := func(name string, data []byte) pypi.ArchiveDiff {
		t.Helper()
		d.dir = t.TempDir()
		diff, err := pypi.CompareArchives(t.Context(), first, d.open(name, data))
		if err != nil {
			t.Fatal(err)
		}
		return diff
	}
	if got := compare(pypitest.Sdist("foo", "1.0", d.now, map[string]string{"a.py": "x", "b/c.py": "y"})); !got.SameBytes || !got.SameContents {
		t.Errorf("the same: %+v", got)
	}
	if got := compare(pypitest.Sdist("foo", "1.0", d.now.Add(time.Hour), map[string]string{"a.py": "x", "b/c.py": "y"})); got.SameBytes || !got.SameContents {
		t.Errorf("another time: %+v", got)
	}
	got := compare(pypitest.Sdist("foo", "1.0", d.now, map[string]string{"a.py": "z", "new.pth": ""}))
	if got.SameContents || strings.Join(got.Differ, " ") != "a.py" || strings.Join(got.OnlyA, " ") != "b/c.py" || strings.Join(got.OnlyB, " ") != "new.pth" || got.Clean() {
		t.Errorf("others: %+v", got)
	}
	gone := *first
	gone.Path += "x"
	if _, err := pypi.CompareArchives(t.Context(), first, &gone); err == nil {
		t.Error("an archive that is gone was compared")
	}
	_, data := pypitest.Sdist("foo", "1.0", d.now, nil)
	spoilt := *first
	spoilt.Path = d.file("spoilt", bytes.Clone(data[:len(data)-30]))
	var bad *pypi.ArtifactError
	if _, err := pypi.CompareArchives(t.Context(), first, &spoilt); !errors.As(err, &bad) {
		t.Errorf("a cut one: %v", err)
	}
}
