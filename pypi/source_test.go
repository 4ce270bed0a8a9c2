package pypi

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// packed writes an sdist of foo 1.0 with the files given, and opens it.
func packed(t *testing.T, contents map[string]string) *Artifact {
	t.Helper()
	all := maps.Clone(contents)
	all[pkgInfoFile] = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		h := &tar.Header{Name: "foo-1.0/" + name, Mode: 0o644, Size: int64(len(all[name])), Typeflag: tar.TypeReg}
		if to, link := strings.CutPrefix(all[name], "link:"); link {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, to, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			_, _ = w.Write([]byte(all[name]))
		}
	}
	_, _ = w.Close(), z.Close()
	return opened(t, "foo-1.0.tar.gz", b.Bytes())
}

func opened(t *testing.T, name string, data []byte) *Artifact {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := OpenArtifact(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const (
	scmProject   = "[build-system]\nbuild-backend = 'setuptools.build_meta'\n[tool.setuptools_scm]\nwrite_to = 'foo/_version.py'\n"
	poetry       = "[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n[tool.poetry]\nname = 'foo'\nversion = '0'\n"
	hatched      = "[build-system]\nbuild-backend = 'hatchling.build'\n[tool.hatch.build]\nartifacts = ['foo/gen/']\n[tool.hatch.build.targets.sdist.force-include]\n'../LICENSE' = 'no'\n'docs' = 'foo/docs'\n"
	poetrySetup  = "# -*- coding: utf-8 -*-\nfrom setuptools import setup\n\npackages = \\\n['foo']\n\nsetup_kwargs = {\n    'name': 'foo',\n    'long_description': 'os.system(1)',\n}\n\n\nsetup(**setup_kwargs)\n"
	scmVersion   = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Tuple, Union\n    V = Tuple[Union[int, str], ...]\nelse:\n    V = object\nversion: str\n__version__ = version = '1.0'\n__version_tuple__ = (1, 0)\n"
	eggInfo      = "[egg_info]\ntag_build = \ntag_date = 0\n\n"
	pointerOfBig = "version https://git-lfs.github.com/spec/v1\noid sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\nsize 1\n" // of "x"
)

// TestCompareSource: what the build is known to make is told from the rest.
func TestCompareSource(t *testing.T) {
	type files = map[string]string
	for name, c := range map[string]struct {
		tree, sdist files
		want        string // differ | only in the sdist | generated | unchecked
	}{
		"equal":                    {files{"a.py": "1", "b/c.py": "2"}, files{"a.py": "1", "b/c.py": "2"}, "||PKG-INFO|"},
		"less":                     {files{"a.py": "1", "tests/t.py": "2"}, files{"a.py": "1"}, "||PKG-INFO|"},
		"changed":                  {files{"a.py": "1"}, files{"a.py": "2"}, "a.py||PKG-INFO|"},
		"more":                     {files{"a.py": "1"}, files{"a.py": "1", "evil.pth": "import os"}, "|evil.pth|PKG-INFO|"},
		"a file for a folder":      {files{"a/b.py": "1"}, files{"a": "1"}, "|a|PKG-INFO|"},
		"egg-info":                 {files{}, files{"src/foo.egg-info/SOURCES.txt": "", "foo.egg-info/not-zip-safe": "\n"}, "||PKG-INFO foo.egg-info/not-zip-safe src/foo.egg-info/SOURCES.txt|"},
		"code in egg-info":         {files{}, files{"foo.egg-info/x.py": "1", "bar.egg-info/PKG-INFO": ""}, "|bar.egg-info/PKG-INFO foo.egg-info/x.py|PKG-INFO|"},
		"setup.cfg made":           {files{}, files{"setup.cfg": eggInfo}, "||PKG-INFO setup.cfg|"},
		"setup.cfg rewritten":      {files{"setup.cfg": "# why\n[metadata]\nname: foo\n"}, files{"setup.cfg": "[metadata]\nname = foo\n\n" + eggInfo}, "||PKG-INFO setup.cfg|"},
		"setup.cfg changed":        {files{"setup.cfg": "[metadata]\nname: foo\n"}, files{"setup.cfg": "[metadata]\nname = bar\n\n" + eggInfo}, "setup.cfg||PKG-INFO|"},
		"setup.cfg with more":      {files{}, files{"setup.cfg": "[options]\nscripts = x\n" + eggInfo}, "|setup.cfg|PKG-INFO|"},
		"version written":          {files{"pyproject.toml": scmProject}, files{"pyproject.toml": scmProject, "foo/_version.py": scmVersion}, "||PKG-INFO foo/_version.py|"},
		"version written by setup": {files{"setup.py": "setup(use_scm_version={'write_to': 'foo/v.py'})"}, files{"foo/v.py": "v = '1'"}, "||PKG-INFO foo/v.py|"},
		"version that runs":        {files{"pyproject.toml": scmProject}, files{"pyproject.toml": scmProject, "foo/_version.py": scmVersion + "import os\n"}, "|foo/_version.py|PKG-INFO|"},
		"version nobody writes":    {files{}, files{"foo/_version.py": scmVersion}, "|foo/_version.py|PKG-INFO|"},
		"versioneer": {files{"setup.cfg": "[versioneer]\nversionfile_source = foo/v.py\n", "foo/v.py": "import os\n"},
			files{"foo/v.py": "import json\nversion_json = '''{}'''\n\ndef get_versions():\n    return json.loads(version_json)\n"}, "||PKG-INFO foo/v.py|"},
		"poetry's setup.py":       {files{"pyproject.toml": poetry}, files{"pyproject.toml": poetry, "setup.py": poetrySetup}, "||PKG-INFO setup.py|"},
		"another setup.py":        {files{"pyproject.toml": poetry}, files{"pyproject.toml": poetry, "setup.py": poetrySetup + "__import__('os')\n"}, "|setup.py|PKG-INFO|"},
		"setup.py for setuptools": {files{}, files{"setup.py": poetrySetup}, "|setup.py|PKG-INFO|"},
		"setup.py overwritten":    {files{"pyproject.toml": poetry, "setup.py": "setup()"}, files{"pyproject.toml": poetry, "setup.py": poetrySetup}, "||PKG-INFO setup.py|"},
		"setup.py that runs":      {files{"pyproject.toml": poetry, "setup.py": "setup()"}, files{"pyproject.toml": poetry, "setup.py": poetrySetup + "import os\n"}, "setup.py||PKG-INFO|"},
		"setup.py changed":        {files{"pyproject.toml": hatched, "setup.py": "setup()"}, files{"pyproject.toml": hatched, "setup.py": poetrySetup}, "setup.py||PKG-INFO|"},
		"version filled in":       {files{"pyproject.toml": poetry}, files{"pyproject.toml": strings.Replace(poetry, "'0'", "'1.0'", 1)}, "||PKG-INFO pyproject.toml|"},
		"backend changed":         {files{"pyproject.toml": poetry}, files{"pyproject.toml": strings.Replace(poetry, "core", "evil", 1)}, "pyproject.toml||PKG-INFO|"},
		"made by a hook":          {files{"pyproject.toml": hatched}, files{"pyproject.toml": hatched, "foo/gen/a.py": "1", "foo/b.py": "1"}, "|foo/b.py|PKG-INFO|foo/gen/a.py"},
		"moved":                   {files{"pyproject.toml": hatched, "docs/a.md": "1", "docs/b.md": "1"}, files{"foo/docs/a.md": "1", "foo/docs/b.md": "2"}, "foo/docs/b.md||PKG-INFO|"},
		"line ends":               {files{"a.py": "1\n2\n", ".gitattributes": "*.py text eol=crlf\n"}, files{"a.py": "1\r\n2\r\n"}, "||PKG-INFO|"},
		"line ends nobody wants":  {files{"a.py": "1\n2\n"}, files{"a.py": "1\r\n2\r\n"}, "a.py||PKG-INFO|"},
		"a large file":            {files{"big.bin": pointerOfBig}, files{"big.bin": "x"}, "||PKG-INFO|"},
		"another large file":      {files{"big.bin": pointerOfBig}, files{"big.bin": "y"}, "big.bin||PKG-INFO|"},
		"a link":                  {files{"a.py": "1", "b.py": "1"}, files{"a.py": "1", "b.py": "link:a.py"}, "||PKG-INFO|"},
		"a link elsewhere":        {files{"a.py": "1", "b.py": "2"}, files{"a.py": "1", "b.py": "link:a.py", "c.py": "link:a.py"}, "b.py|c.py|PKG-INFO|"},
		"a submodule":             {files{"sub/": ""}, files{"sub/x/a.c": "1"}, "||PKG-INFO|sub/x/a.c"},
		"pbr":                     {files{"setup.py": "setup(setup_requires=['pbr'], pbr=True)"}, files{"AUTHORS": "ada", "ChangeLog": "x"}, "||AUTHORS ChangeLog PKG-INFO|"},
	} {
		got, err := CompareSource(t.Context(), packed(t, c.sdist), memory(c.tree))
		text := strings.Join([]string{strings.Join(got.Differ, " "), strings.Join(got.OnlyA, " "), strings.Join(got.Generated, " "), strings.Join(got.Unchecked, " ")}, "|")
		if err != nil || text != c.want {
			t.Errorf("%s: %s %v, want %s", name, text, err, c.want)
		}
		if got.Clean() != strings.HasPrefix(c.want, "||") {
			t.Errorf("%s: clean is %v", name, got.Clean())
		}
	}
}

// memory is a tree; a name with a slash behind it is a folder.
func memory(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		if dir, ok := strings.CutSuffix(name, "/"); ok {
			m[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
			continue
		}
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// TestCompareSourceLeftOut: what the sdist leaves out is told and is no alarm.
func TestCompareSourceLeftOut(t *testing.T) {
	d, err := CompareSource(t.Context(), packed(t, map[string]string{"a.py": "1"}), memory(map[string]string{"a.py": "1", "ci.yml": "", "t/t.py": ""}))
	if err != nil || !d.Clean() || d.SameContents || strings.Join(d.OnlyB, " ") != "ci.yml t/t.py" {
		t.Errorf("%+v, %v", d, err)
	}
	broken := brokenFS{memory(map[string]string{"a.py": "1"})}
	if d, err := CompareSource(t.Context(), packed(t, map[string]string{"a.py": "1"}), broken); err == nil {
		t.Errorf("a tree that cannot be read: %+v", d)
	}
}

// brokenFS has files that cannot be read.
type brokenFS struct{ fs.FS }

func (b brokenFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".py") && name != pyFile {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.FS.Open(name)
}

// TestHarmless: a file that says a version, and code that looks like one.
func TestHarmless(t *testing.T) {
	for text, want := range map[string]bool{
		scmVersion: true, "": true, "v = ('1.0' 'x')\n": true, "x = [1][0]; y = {1: (2)}\n": true, "from __future__ import annotations\n": true,
		"import os\n": false, "from os import *\n": false, "import typing, os\n": false, "import typing as t\n": false,
		"__import__('os')\n": false, "x = __builtins__\n": false, "f'{x}'\n": false, "(lambda: 1)()\n": false, "x = 'a'.join(y)\n": false,
		"@x\ndef f(): pass\n": false, "open('x')\n": false, "x = [y][0]()\n": false, "class A: pass\n": false, "a = (\n": false, "if 1: import os\n": false,
		"from typing import Tuple\nTuple(1)\n": false, "from .evil import x\n": false, "with x: pass\n": false, "x = typing.sys\n": false,
	} {
		if got := harmlessVersion("v.py", text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if harmlessVersion("v.pth", "1.0") || !harmlessVersion("VERSION.txt", "1.0\n") || harmlessVersion("v.py", strings.Repeat("a = 1\n", 9000)) {
		t.Error("other kinds of files")
	}
}

func TestMatchesPath(t *testing.T) {
	for _, c := range []struct {
		pattern, file string
		want          bool
	}{
		{"*.py", "a.py", true}, {"*.py", "b/c/a.py", true}, {"/*.py", "b/a.py", false}, {"b/*.py", "b/a.py", true}, {"b/*.py", "c/b/a.py", false},
		{"**/b/*.py", "c/b/a.py", true}, {"b/**", "b/c/d", true}, {"b/**/d", "b/d", true}, {"[", "[", false}, {"a/**/**/b", "a/b", true},
		{"**/a/**/a/**/a/**/a/**/a", "a/a/a/a/a/a/a", false}, {"gen/", "gen", true}, {"foo/gen", "foo/gen", true},
	} {
		if got := matchesPath(c.pattern, c.file); got != c.want {
			t.Errorf("%s for %s: %v", c.pattern, c.file, got)
		}
	}
	if !coversPath("gen/", "foo/gen/a/b.py") || coversPath("gen/", "foo/regen/b.py") {
		t.Error("a folder covers what is in it")
	}
	for text, want := range map[string]string{
		"*.py text\n": "true true", "*.py text\n*.py -text\n": "false true", "*.md text": "false false", "# *.py text": "false false", "*.py binary": "false true", "* text=auto eol=lf": "true true",
	} {
		converts, said := lineRule(text, "b/a.py")
		if got := strings.TrimSpace(map[bool]string{true: "true", false: "false"}[converts] + " " + map[bool]string{true: "true", false: "false"}[said]); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// TestDerived: what is generated from a source in the commit is named with it, is no
// alarm, and never as good as compared. Without the source, or the generator's mark,
// it is as strange as any other.
func TestDerived(t *testing.T) {
	const c, proto, mo = "/* Generated by Cython 3.0 */\n", "# Generated by the protocol buffer compiler.  DO NOT EDIT!\nimport sys\n", "\xde\x12\x04\x95\x00"
	tree := map[string]string{"foo/a.pyx": "", "foo/b.proto": "", "foo/l.po": "", "foo/d.pyx": "", "foo/d.c": c}
	has := map[string]string{
		"foo/a.c": c, "foo/b_pb2.py": proto, "foo/l.mo": mo,
		"foo/a.cpp": "int main;\n", "foo/c.c": c, "foo/x_pb2.py": proto, "foo/d.c": c + "more",
	}
	d, err := CompareSource(t.Context(), packed(t, has), memory(tree))
	want := []Derived{{"foo/a.c", "foo/a.pyx"}, {"foo/b_pb2.py", "foo/b.proto"}, {"foo/l.mo", "foo/l.po"}}
	if err != nil || !slices.Equal(d.Derived, want) || d.SameContents || strings.Join(append(d.OnlyA, d.Differ...), " ") != "foo/a.cpp foo/c.c foo/x_pb2.py foo/d.c" {
		t.Errorf("%+v %v", d, err)
	}
	moved := map[string]string{"src/foo/b.proto": "", "src/foo/l.po": ""}
	d, err = CompareWheel(t.Context(), zippedWheel(t, pureWheel, map[string]string{"foo/b_pb2.py": proto, "foo/l.mo": mo, "foo/x_pb2.py": proto}), memory(moved))
	want = []Derived{{"foo/b_pb2.py", "src/foo/b.proto"}, {"foo/l.mo", "src/foo/l.po"}}
	if err != nil || !slices.Equal(d.Derived, want) || strings.Join(d.OnlyA, " ") != "foo/x_pb2.py" || len(d.Unchecked) > 0 {
		t.Errorf("%+v %v", d, err)
	}
}
