package pypi

import (
	"strings"
	"testing"
)

const (
	maturin   = "[build-system]\nbuild-backend = 'maturin'\n"
	scikit    = "[build-system]\nbuild-backend = 'scikit_build_core.build'\n[[tool.scikit-build.generate]]\npath = 'foo/_version.py'\n"
	pbrSetup  = "setup(setup_requires=['pbr'], pbr=True)"
	aVersion  = "version = '1.0'\n"
	runs      = "import os\n"
	crateLock = "version = 3\n[[package]]\nname = 'a'\nsource = 'registry+https://github.com/rust-lang/crates.io-index'\n[[package]]\nname = 'b'\nsource = 'git+https://example.org/b?rev=1#2'\n"
)

type tried struct {
	tree, has map[string]string
	want      string // differ | only in the archive | generated | unchecked
}

func differs(d ArchiveDiff) string {
	return strings.Join([]string{strings.Join(d.Differ, " "), strings.Join(d.OnlyA, " "), strings.Join(d.Generated, " "), strings.Join(d.Unchecked, " ")}, "|")
}

// TestHonestWheels: what build tools put into wheels of honest projects is no alarm,
// and what only looks like it is.
func TestHonestWheels(t *testing.T) {
	type files = map[string]string
	at := func(text string) files { return files{"foo/_version.py": text} }
	inPyproject := func(text string) files { return files{"pyproject.toml": text} }
	script := files{"pyproject.toml": hatchling + "[tool.hatch.build.targets.wheel.shared-scripts]\n'tools/run.py' = 'foo-run'\n[tool.hatch.build.targets.wheel.shared-data]\n'tools/x.sh' = 'bin/foo-x'\n",
		"tools/run.py": "#!/usr/bin/env python3\n1\n", "tools/x.sh": "#!/bin/sh\n1\n"}
	forced := files{"pyproject.toml": hatchling + "[tool.hatch.build.targets.wheel.force-include]\n'scripts/gen.py' = 'foo/tool.py'\n", "scripts/gen.py": "1\n"}
	for name, c := range map[string]tried{
		"hatch, a target's hook":        {inPyproject(hatchling + "[tool.hatch.build.targets.wheel.hooks.vcs]\nversion-file = 'foo/_version.py'\n"), at(aVersion), "||foo/_version.py|"},
		"hatch, an sdist's hook":        {inPyproject(hatchling + "[tool.hatch.build.targets.sdist.hooks.vcs]\nversion-file = 'src/foo/_version.py'\n"), at(aVersion), "||foo/_version.py|"},
		"hatch.toml":                    {files{"pyproject.toml": hatchling, "hatch.toml": "[build.hooks.version]\npath = 'foo/_version.py'\n"}, at(aVersion), "||foo/_version.py|"},
		"hatch.toml, and it runs":       {files{"pyproject.toml": hatchling, "hatch.toml": "[build.hooks.version]\npath = 'foo/_version.py'\n"}, at(runs), "|foo/_version.py||"},
		"hatch.toml in place of tables": {files{"pyproject.toml": hatchling + "[tool.hatch.build]\nartifacts = ['foo/gen.py']\n", "hatch.toml": "[build]\nartifacts = ['foo/made.py']\n"}, files{"foo/gen.py": runs, "foo/made.py": runs}, "|foo/gen.py||foo/made.py"},
		"hatch, forced in":              {forced, files{"foo/tool.py": "1\n"}, "|||"},
		"hatch, forced in and changed":  {forced, files{"foo/tool.py": runs}, "foo/tool.py|||"},
		"hatch, shared":                 {script, files{"foo-1.0.data/scripts/foo-run": "#!python\n1\n", "foo-1.0.data/data/bin/foo-x": "#!/bin/sh\n1\n"}, "|||"},
		"hatch, shared and changed": {script, files{"foo-1.0.data/scripts/foo-run": "#!python\n2\n", "foo-1.0.data/data/bin/foo-x": "#!/bin/sh\n2\n"},
			"foo-1.0.data/data/bin/foo-x foo-1.0.data/scripts/foo-run|||"},
		"scikit's template":            {inPyproject(scikit + "template = \"\"\"\nimport os\nversion = '${version}' # $$ $name\n\"\"\""), at("import os\nversion = '1.0+x' # $ foo\n"), "||foo/_version.py|"},
		"scikit's template in a file":  {files{"pyproject.toml": scikit + "template-path = 'v.in'\n", "v.in": "def v(): return '$version'\n"}, at("def v(): return '1.0'\n"), "||foo/_version.py|"},
		"scikit's template is no text": {files{"pyproject.toml": scikit + "template-path = 'v.in'\n", "v.in": "v = '\xff'\n"}, at("def v(): return '1.0'\n"), "|foo/_version.py||"},
		"scikit's template, and more":  {inPyproject(scikit + "template = \"v = '${version}'\""), at("v = ''; exec('')"), "|foo/_version.py||"},
		"a call in a template's place": {inPyproject(scikit + "template = 'v = ${version}'"), at("v = exec(x)"), "|foo/_version.py||"},
		"meson's configure_file":       {files{"foo/_version.py.in": "version = '@V@'"}, at(aVersion), "|||foo/_version.py"},
		"a value at another's place":   {files{"foo/_version.py": "import os\n"}, at(aVersion), "foo/_version.py|||"},
		"a program of nobody":          {files{}, files{"foo-1.0.data/data/bin/foo": "#!/bin/sh\n1\n", "foo-1.0.data/data/share/foo": "1"}, "|foo-1.0.data/data/bin/foo||foo-1.0.data/data/share/foo"},
	} {
		d, err := CompareWheel(t.Context(), zippedWheel(t, pureWheel, c.has), memory(c.tree))
		if got := differs(d); err != nil || got != c.want {
			t.Errorf("%s: %s %v, want %s", name, got, err, c.want)
		}
	}
	compiled := map[string]string{"foo-1.0.data/scripts/foo": "\x7fELF\x00"}
	for wheel, want := range map[string]string{linuxWheel: "|||foo-1.0.data/scripts/foo", pureWheel: "|foo-1.0.data/scripts/foo||"} {
		if d, err := CompareWheel(t.Context(), zippedWheel(t, wheel, compiled), memory(nil)); err != nil || differs(d) != want {
			t.Errorf("a compiled program in %s: %s %v", wheel, differs(d), err)
		}
	}
}

// TestHonestSdists: likewise.
func TestHonestSdists(t *testing.T) {
	type files = map[string]string
	const crate = "[package]\nname = 'foo'\n[dependencies]\nb = { git = \"https://example.org/b\" }\n[workspace]\nmembers = ['a', 'b']\n"
	tree := files{"pyproject.toml": maturin, "Cargo.toml": crate}
	for name, c := range map[string]tried{
		"members left out":        {tree, files{"Cargo.toml": strings.Replace(crate, "'a', 'b'", "'a'", 1)}, "||Cargo.toml PKG-INFO|"},
		"another dependency":      {tree, files{"Cargo.toml": strings.Replace(crate, "example.org/b", "example.net/b", 1)}, "Cargo.toml||PKG-INFO|"},
		"members, by another":     {files{"Cargo.toml": crate}, files{"Cargo.toml": strings.Replace(crate, "'a', 'b'", "'a'", 1)}, "Cargo.toml||PKG-INFO|"},
		"a lock":                  {tree, files{"Cargo.lock": crateLock}, "||Cargo.lock PKG-INFO|"},
		"a lock, from elsewhere":  {tree, files{"Cargo.lock": strings.Replace(crateLock, "example.org", "example.net", 1)}, "|Cargo.lock|PKG-INFO|"},
		"a lock that is another":  {files{"pyproject.toml": maturin, "Cargo.toml": crate, "Cargo.lock": "version = 3\n[[package]]\nname = 'c'\n"}, files{"Cargo.lock": crateLock}, "Cargo.lock||PKG-INFO|"},
		"a lock, nothing of Rust": {files{}, files{"Cargo.lock": crateLock}, "|Cargo.lock|PKG-INFO|"},
		"pbr's notes":             {files{"setup.py": pbrSetup}, files{"RELEASENOTES.rst": "x"}, "||PKG-INFO RELEASENOTES.rst|"},
		"notes of nobody":         {files{}, files{"RELEASENOTES.rst": "x"}, "|RELEASENOTES.rst|PKG-INFO|"},
	} {
		d, err := CompareSource(t.Context(), packed(t, c.has), memory(c.tree))
		if got := differs(d); err != nil || got != c.want {
			t.Errorf("%s: %s %v, want %s", name, got, err, c.want)
		}
	}
}
