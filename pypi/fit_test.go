package pypi_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestMisfits: what is found before a byte is sent is what the index refuses,
// and what it takes has no misfit.
func TestMisfits(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	sdist := func(version string, more ...string) *pypi.Artifact {
		return d.open(sdistOf("foo", version, headers("foo", version, more...), map[string]string{"COPYING": "free"}))
	}
	info := "foo-1.0.dist-info/"
	for name, c := range map[string]struct {
		a    *pypi.Artifact
		want pypi.Refusal
	}{
		"fit":              {sdist("1.0", "License-File: COPYING", "Project-URL: Home, https://x", "Classifier: Topic :: Utilities"), ""},
		"fit wheel":        {d.open(pypitest.TaggedWheel("foo", "1.0", "cp312-cp312-manylinux_2_28_x86_64.manylinux2014_x86_64", d.now, nil)), ""},
		"metadata version": {d.open(sdistOf("foo", "1.1", strings.Replace(headers("foo", "1.1"), "2.4", "2.6", 1), nil)), pypi.RefusedMetadataVersion},
		"local version":    {sdist("1.0+g123"), pypi.RefusedLocalVersion},
		"summary":          {sdist("1.2", "Summary: "+strings.Repeat("ü", 513)), pypi.RefusedMetadata},
		"licenses":         {sdist("1.3", "License: MIT", "License-Expression: MIT"), pypi.RefusedMetadata},
		"markup":           {sdist("1.4", "Description-Content-Type: text/asciidoc"), pypi.RefusedMetadata},
		"private":          {sdist("1.5", "Classifier: Private :: Do Not Upload"), pypi.RefusedMetadata},
		"direct":           {sdist("1.6", "Requires-Dist: a @ git+https://x"), pypi.RefusedDirectURL},
		"license file":     {sdist("1.7", "License-File: AUTHORS"), pypi.RefusedArchive},
		"platform":         {d.open(pypitest.TaggedWheel("foo", "1.8", "cp312-cp312-linux_x86_64", d.now, nil)), pypi.RefusedPlatform},
		"streamed":         {d.open("foo-1.9-py3-none-any.whl", streamed(t, "1.9")), pypi.RefusedArchive},
		"no RECORD":        {d.open("foo-1.0-py3-none-any.whl", zipped(t, info+"METADATA", headers("foo", "1.0"), info+"WHEEL", "Wheel-Version: 1.0\n")), pypi.RefusedArchive},
	} {
		t.Run(name, func(t *testing.T) {
			found := c.a.Misfits()
			err := d.send(c.a, accountToken)
			switch {
			case c.want == "" && (len(found) > 0 || err != nil):
				t.Errorf("%+v, and the index says %v", found, err)
			case c.want != "" && (len(found) != 1 || found[0].Why != c.want || found[0].Text == "" || found[0].Fix == ""):
				t.Errorf("%+v", found)
			case c.want != "" && err == nil:
				t.Error("the index takes it")
			}
		})
	}
	long := sdist("2.0", "Project-URL: "+strings.Repeat("x", 33)+", https://x")
	if found := long.Misfits(); len(found) != 1 || found[0].Why != pypi.RefusedMetadata {
		t.Errorf("a long label: %+v", found)
	}
	_, data := pypitest.Wheel("foo", "3.0", d.now, nil)
	if found := d.open("Foo-3.0-py3-none-any.whl", data).Misfits(); len(found) != 1 || found[0].Why != pypi.RefusedFilename {
		t.Errorf("a capital letter: %+v", found)
	}
}

// streamed is a wheel that was written without going back to its headers.
func streamed(t *testing.T, version string) []byte {
	t.Helper()
	_, sound := pypitest.Wheel("foo", version, day, nil)
	from, err := zip.NewReader(bytes.NewReader(sound), int64(len(sound)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range from.File {
		text, err := fs.ReadFile(from, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		w, _ := z.Create(f.Name)
		_, _ = w.Write(text)
	}
	_ = z.Close()
	return b.Bytes()
}
