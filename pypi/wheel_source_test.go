package pypi

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"ferry/keyring"
)

const pureWheel, linuxWheel = "foo-1.0-py3-none-any.whl", "foo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"

// zippedWheel packs a wheel with a RECORD of its files but the unlisted ones.
func zippedWheel(t *testing.T, name string, files map[string]string, unlisted ...string) *Artifact {
	t.Helper()
	const info = "foo-1.0.dist-info/"
	all := maps.Clone(files)
	all[info+"METADATA"] = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"
	record := info + "RECORD,,\n"
	for _, file := range slices.Sorted(maps.Keys(all)) {
		sum := sha256.Sum256([]byte(strings.TrimPrefix(all[file], "spoilt:")))
		if !slices.Contains(unlisted, file) {
			record += fmt.Sprintf("%s,sha256=%s,%d\n", file, base64.RawURLEncoding.EncodeToString(sum[:]), len(all[file]))
		}
	}
	all[info+"RECORD"] = record
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		w, err := z.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, all[file])
	}
	_ = z.Close()
	return opened(t, name, b.Bytes())
}

func TestCompareWheel(t *testing.T) {
	type files = map[string]string
	native := "\x7fELF\x00"
	for name, c := range map[string]struct {
		tree  files
		wheel string
		has   files
		want  string // differ | only in the wheel | generated | unchecked
	}{
		"equal":                {files{"src/foo/a.py": "1"}, pureWheel, files{"foo/a.py": "1"}, "|||"},
		"moved":                {files{"lib/a.py": "1"}, pureWheel, files{"foo/sub/a.py": "1"}, "|||"},
		"changed":              {files{"src/foo/a.py": "1"}, pureWheel, files{"foo/a.py": "2"}, "foo/a.py|||"},
		"changed, below":       {files{"foo/a.py": "1", "b.py": "2"}, pureWheel, files{"foo-1.0.data/purelib/foo/a.py": "2"}, "foo-1.0.data/purelib/foo/a.py|||"},
		"more":                 {files{"foo/a.py": "1"}, pureWheel, files{"foo/a.py": "1", "foo/b.py": "1", "x.pth": "1"}, "|foo/b.py x.pth||"},
		"data nobody has":      {files{}, pureWheel, files{"foo/a.json": "1"}, "|||foo/a.json"},
		"compiled":             {files{}, linuxWheel, files{"foo/a.so": native}, "|||foo/a.so"},
		"compiled in a pure":   {files{}, pureWheel, files{"foo/a.so": native}, "|foo/a.so||"},
		"compiled and kept":    {files{"foo/a.so": native}, pureWheel, files{"foo/a.so": native}, "|||"},
		"a script":             {files{"bin/foo": "#!/usr/bin/env python3\n1\n"}, pureWheel, files{"foo-1.0.data/scripts/foo": "#!python\n1\n"}, "|||"},
		"another script":       {files{"bin/foo": "#!/usr/bin/env python3\n1\n"}, pureWheel, files{"foo-1.0.data/scripts/foo": "#!python\n2\n"}, "|foo-1.0.data/scripts/foo||"},
		"a script of a shell":  {files{"bin/foo": "#!/bin/sh\n1\n"}, pureWheel, files{"foo-1.0.data/scripts/foo": "#!/evil\n1\n"}, "|foo-1.0.data/scripts/foo||"},
		"version written":      {files{"pyproject.toml": strings.Replace(scmProject, "foo/", "src/foo/", 1)}, pureWheel, files{"foo/_version.py": scmVersion}, "||foo/_version.py|"},
		"version that runs":    {files{"pyproject.toml": scmProject}, pureWheel, files{"foo/_version.py": "open('x')"}, "|foo/_version.py||"},
		"version written over": {files{"pyproject.toml": scmProject, "foo/_version.py": "0"}, pureWheel, files{"foo/_version.py": scmVersion}, "|||"},
		"maturin": {files{"pyproject.toml": "[build-system]\nbuild-backend = 'maturin'\n"}, linuxWheel,
			files{"foo/__init__.py": "from .foo import *\n\n\n__doc__ = foo.__doc__\nif hasattr(foo, \"__all__\"):\n    __all__ = foo.__all__\n", "bar/__init__.py": ""}, "||bar/__init__.py foo/__init__.py|"},
	} {
		got, err := CompareWheel(t.Context(), zippedWheel(t, c.wheel, c.has), memory(c.tree))
		text := strings.Join([]string{strings.Join(got.Differ, " "), strings.Join(got.OnlyA, " "), strings.Join(got.Generated, " "), strings.Join(got.Unchecked, " ")}, "|")
		if err != nil || text != c.want {
			t.Errorf("%s: %s %v, want %s", name, text, err, c.want)
		}
	}
}

func TestSuspicious(t *testing.T) {
	native := "MZ\x90\x00"
	for name, c := range map[string]struct {
		a    *Artifact
		want string
	}{
		"a usual wheel":  {zippedWheel(t, pureWheel, map[string]string{"foo/a.py": "1", "foo/x.pth": "1", "foo/notes.so": "text"}), ""},
		"a linux wheel":  {zippedWheel(t, linuxWheel, map[string]string{"foo/a.so": native}), ""},
		"compiled":       {zippedWheel(t, pureWheel, map[string]string{"foo/a.so": "\x7fELF"}), "foo/a.so is compiled code in a wheel for every platform"},
		"at every start": {zippedWheel(t, pureWheel, map[string]string{"a.pth": "1", "foo-1.0.data/purelib/b.pth": "", "sitecustomize.py": "1"}), "a.pth is read by every start of Python once it is installed, foo-1.0.data/purelib/b.pth is read by every start of Python once it is installed, sitecustomize.py is run by every start of Python once it is installed"},
		"unlisted":       {zippedWheel(t, pureWheel, map[string]string{"foo/a.py": "1", "foo/b.py": "1"}, "foo/b.py"), "foo/b.py is not in the wheel's RECORD"},
		"spoilt":         {zippedWheel(t, pureWheel, map[string]string{"foo/a.py": "spoilt:1"}), "foo/a.py has other bytes than the wheel's RECORD says"},
		"without source": {zippedWheel(t, pureWheel, map[string]string{"foo/a.py": "1", "foo/__pycache__/a.cpython-312.pyc": "1", "foo/b.pyc": "1"}), "foo/b.pyc is compiled Python without its source"},
		"an sdist":       {packed(t, map[string]string{"foo/a.py": "1", "a.txt": "MZ is a text"}), ""},
		"an odd sdist":   {packed(t, map[string]string{"x/y.pth": "1", "foo/lib": native, "foo/__pycache__/a.cpython-312.pyc": "1"}), "foo/__pycache__/a.cpython-312.pyc is compiled Python without its source, foo/lib is compiled code in a source distribution, x/y.pth is read by every start of Python once it is installed"},
	} {
		got, err := Suspicious(t.Context(), c.a)
		var all []string
		for _, o := range got {
			all = append(all, o.Path+" "+o.Why)
		}
		if text := strings.Join(all, ", "); err != nil || text != c.want {
			t.Errorf("%s: %s %v, want %s", name, text, err, c.want)
		}
	}
}

func leaks(all []Leak) string {
	var out []string
	for _, l := range all {
		out = append(out, l.Path)
		if l.Live {
			out = append(out, "live")
		}
		if l.Kept {
			out = append(out, "kept")
		}
	}
	return strings.Join(out, " ")
}

// TestSecretsOfTheTree: a file that the tree has with the same bytes is told from
// one that came to it; and a token that may be in use from a part of one.
func TestSecretsOfTheTree(t *testing.T) {
	whole := func(host string, caveat string) string {
		raw := "\x02\x01" + string(rune(len(host))) + host + "\x02\x24f8e09b18-5662-4756-855a-15085ed4e645\x00"
		if caveat != "" {
			raw += "\x02" + string(rune(len(caveat))) + caveat + "\x00"
		}
		return "pypi-" + base64.RawURLEncoding.EncodeToString([]byte(raw+"\x00\x06\x20"+strings.Repeat("S", 32)))
	}
	token := whole("pypi.org", `[3,"78921073"]`)
	files := map[string]string{
		"a.py": "t = '" + token[:len(token)-9] + "'", "b.py": "t = '" + token + "'", "c.py": "t = '" + whole("pypi.org", "[0,1500000000,1400000000]") + "'",
		"d.py": "t = '" + whole("example.org", "") + "'", "e.py": "t = '" + token[:60] + "' # more", ".pypirc": "[pypi]\npassword: x\n",
	}
	tree := map[string]string{"src/a.py": files["a.py"], "b.py": files["b.py"], "c.py": files["c.py"], "src/lib/d.py": files["d.py"], "e.py": "t = '" + token[:60] + "'", ".pypirc": files[".pypirc"]}
	got, err := LooksSecret(t.Context(), packed(t, files), memory(tree))
	if text := leaks(got); err != nil || text != ".pypirc kept a.py kept b.py live kept c.py kept d.py kept e.py" {
		t.Errorf("%s %v", text, err)
	}
	if _, err := LooksSecret(t.Context(), packed(t, files), brokenFS{memory(tree)}); err == nil {
		t.Error("a tree that cannot be read")
	}
}

// TestLooksSecret: the path is told, never the value.
func TestLooksSecret(t *testing.T) {
	token := "pypi-AgEIcHlwaS5vcmc" + "CJDhkMzlkLTA5"
	held := keyring.NewSecret("held-by-this-process")
	a := packed(t, map[string]string{
		"a.py": "x = 1", "docs/token.md": "use " + token + " here", "docs/words.md": "a token begins with pypi-AgE…, as ghp_xxxxxxxxxxxxxxxxxxxxxxx does not",
		".pypirc": "[pypi]\nusername = __token__\npassword = x\n", "etc/.pypirc": "[pypi]\nusername = ada\n", ".netrc": "machine h login u password p", "held.bin": "\x00held-by-this-process",
	})
	got, err := LooksSecret(t.Context(), a, nil)
	if text := leaks(got); err != nil || text != ".netrc .pypirc docs/token.md held.bin live" || held.IsZero() {
		t.Errorf("%s %v", text, err)
	}
}
