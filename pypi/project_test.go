package pypi

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// files makes a tree of pairs: a path, and what is in the file.
func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

const (
	setuptools = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n"
	hatchling  = "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n"
	dynamic    = "[project]\nname = \"Foo.Bar\"\ndynamic = [\"version\"]\n"
)

func TestReadProject(t *testing.T) {
	for name, c := range map[string]struct {
		tree fstest.MapFS
		want string // name version | where each was read | what is dynamic
	}{
		"static": {files("pyproject.toml", "[project]\nname = 'foo'\nversion = '1.0-RC1'\n"),
			"foo 1.0rc1 | pyproject.toml [project], pyproject.toml [project] | "},
		"attr in a flat layout": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools.dynamic]\nversion = {attr = 'foo.bar.__version__'}\n",
			"foo/bar/__init__.py", "\"\"\"doc\n__version__ = '0'\"\"\"\nimport os\n__version__ = \"1.2\" # really\n"),
			"Foo.Bar 1.2 | pyproject.toml [project], foo/bar/__init__.py:4 (setuptools attr) | "},
		"attr in src": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools.dynamic]\nversion.attr = 'foo.VERSION'\n",
			"src/foo.py", "__version__ = VERSION = (1, 2, 'a1')\n"),
			"Foo.Bar 1.2a1 | pyproject.toml [project], src/foo.py:1 (setuptools attr) | "},
		"attr through package-dir": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools]\npackage-dir = {foo = 'python/lib'}\n"+
			"[tool.setuptools.dynamic]\nversion = {attr = 'foo.v.VERSION'}\n", "python/lib/v.py", "VERSION: str = ('3.'\n '1')\n"),
			"Foo.Bar 3.1 | pyproject.toml [project], python/lib/v.py:1 (setuptools attr) | "},
		"attr through where": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools.packages.find]\nwhere = ['code']\n"+
			"[tool.setuptools.dynamic]\nversion = {attr = 'foo.V'}\n", "code/foo/__init__.py", "V = '5'\n"),
			"Foo.Bar 5 | pyproject.toml [project], code/foo/__init__.py:1 (setuptools attr) | "},
		"attr computed": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools.dynamic]\nversion = {attr = 'foo.V'}\n", "foo.py", "V = get()\n"),
			"Foo.Bar  | pyproject.toml [project],  | foo.py:1 (computed), build"},
		"file": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools.dynamic]\nversion = {file = ['VERSION']}\n", "VERSION", "1.5\r\n"),
			"Foo.Bar 1.5 | pyproject.toml [project], VERSION (setuptools file) | "},
		"dynamic filled in by setup.py": {files("pyproject.toml", setuptools+dynamic, "setup.py", "from setuptools import setup\nsetup(version='2')\n"),
			"Foo.Bar 2 | pyproject.toml [project], setup.py:2 | "},
		"setuptools-scm": {files("pyproject.toml", dynamic+"[build-system]\nrequires = ['setuptools>=64', 'Setuptools_SCM[toml] >= 8']\n[tool.setuptools_scm]\n"),
			"Foo.Bar  | pyproject.toml [project],  | setuptools-scm, tag"},
		"attr of a file that scm writes": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools.dynamic]\nversion = {attr = 'foo._version.v'}\n[tool.setuptools_scm]\n"),
			"Foo.Bar  | pyproject.toml [project],  | setuptools-scm, tag"},
		"hatch path": {files("pyproject.toml", hatchling+dynamic+"[tool.hatch.version]\npath = 'foo/__about__.py'\n", "foo/__about__.py", "# c\n__version__: str = 'v1.1'\n"),
			"Foo.Bar 1.1 | pyproject.toml [project], foo/__about__.py:2 (hatch path) | "},
		"hatch.toml": {files("pyproject.toml", hatchling+dynamic, "hatch.toml", "[version]\nsource = 'vcs'\n"),
			"Foo.Bar  | pyproject.toml [project],  | hatch-vcs, tag"},
		"hatch code": {files("pyproject.toml", hatchling+dynamic+"[tool.hatch.version]\nsource = 'code'\npath = 'x.py'\n"),
			"Foo.Bar  | pyproject.toml [project],  | hatch source code, build"},
		"flit": {files("pyproject.toml", "[build-system]\nbuild-backend = 'flit_core.buildapi'\n[project]\nname = 'foo-bar'\ndynamic = ['version']\n",
			"src/foo_bar/__init__.py", "__version__='7'"),
			"foo-bar 7 | pyproject.toml [project], src/foo_bar/__init__.py:1 (flit) | "},
		"old flit": {files("pyproject.toml", "[build-system]\nbuild-backend = 'flit_core.buildapi'\n[tool.flit.metadata]\nmodule = 'foo'\n", "foo.py", "__version__ = '7.1'"),
			"foo 7.1 | pyproject.toml [tool.flit.metadata], foo.py:1 (flit) | "},
		"poetry": {files("pyproject.toml", "[tool.poetry]\nname = 'foo'\nversion = '1.0'\n[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n"),
			"foo 1.0 | pyproject.toml [tool.poetry], pyproject.toml [tool.poetry] | "},
		"poetry 2 with a base version": {files("pyproject.toml", dynamic+"[tool.poetry]\nversion = '1.0'\n[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n"),
			"Foo.Bar 1.0 | pyproject.toml [project], pyproject.toml [tool.poetry] | "},
		"poetry by tag": {files("pyproject.toml", "[tool.poetry]\nname = 'foo'\nversion = '0.0.0'\n[tool.poetry-dynamic-versioning]\nenable = true\n"),
			"foo  | pyproject.toml [tool.poetry],  | poetry-dynamic-versioning, tag"},
		"setup.cfg": {files("setup.cfg", "[metadata]\nname = foo\nversion: 1.0\n"),
			"foo 1.0 | setup.cfg [metadata], setup.cfg [metadata] | "},
		"setup.cfg attr in src": {files("setup.cfg", "[metadata]\nname = foo\nversion = attr: foo.__version__\n[options]\npackage_dir =\n    = src\n", "src/foo/__init__.py", "\n__version__ = r'1.4'\n"),
			"foo 1.4 | setup.cfg [metadata], src/foo/__init__.py:2 (setuptools attr) | "},
		"setup.cfg file": {files("setup.cfg", "[metadata]\nname = foo\nversion = file: VERSION.txt\n", "VERSION.txt", "9\n"),
			"foo 9 | setup.cfg [metadata], VERSION.txt (setup.cfg file) | "},
		"setup.py": {files("setup.py", "import setuptools\n\nsetuptools.setup(\n    name='foo',  # the name\n    packages=['a', 'b'],\n    version=\"1\" '.2',\n)\n"),
			"foo 1.2 | setup.py:4, setup.py:6 | "},
		"setup.py with constants": {files("setup.py", "from setuptools import setup\nNAME = 'foo'\nVERSION = \"2.0\"\nif __name__ == '__main__':\n    setup(name=NAME, version=VERSION)\n"),
			"foo 2.0 | setup.py:2, setup.py:3 | "},
		"setup.py with a constant set twice": {files("setup.py", "V = '1'\nif x:\n    V = '2'\nsetup(name='foo', version=V)\n"),
			"foo  | setup.py:4,  | setup.py computes it, build"},
		"setup.py that executes a file": {files("setup.py", "V = '1'\nexec(open('v.py').read())\nsetup(name='foo', version=V)\n"),
			"  | ,  | setup.py computes it, build"},
		"setup.py that computes":    {files("setup.py", "setup(name='foo', version='%s' % v)\n"), "foo  | setup.py:1,  | setup.py computes it, build"},
		"setup.py with an f-string": {files("setup.py", "setup(name='foo', version=f'{v}')\n"), "foo  | setup.py:1,  | setup.py computes it, build"},
		"setup.py spreads":          {files("setup.py", "setup(name='foo', **meta)\n"), "foo  | setup.py:1,  | setup.py computes it, build"},
		"setup.py by two calls":     {files("setup.py", "if a:\n setup(name='foo', version='1')\nelse:\n setup(name='foo', version='2')\n"), "  | ,  | setup.py computes it, build"},
		"setup.py with scm":         {files("setup.py", "setup(name='foo', use_scm_version=True)\n"), "foo  | setup.py:1,  | setuptools-scm, tag"},
		"setup.py with pbr":         {files("setup.py", "setup(setup_requires=['pbr'], pbr=True)\n", "setup.cfg", "[metadata]\nname = foo\n"), "foo  | setup.cfg [metadata],  | pbr, tag"},
		"versioneer":                {files("setup.py", "import versioneer\nsetup(name='foo', version=versioneer.get_version())\n"), "foo  | setup.py:2,  | versioneer, tag"},
		"a name that is computed":   {files("setup.py", "setup(name=n(), version='1')\n"), " 1 | , setup.py:1 | , build"},
		"no version anywhere":       {files("setup.cfg", "[metadata]\nname = foo\n"), "foo  | setup.cfg [metadata],  | no file sets it, build"},
		"unpacked sdist":            {files("PKG-INFO", "Metadata-Version: 2.1\nName: foo\nVersion: 3\n\nVersion: 4\n", "setup.py", "setup(name='foo', version=v())"), "foo 3 | setup.py:1, PKG-INFO | "},
		"PKG-INFO in a checkout":    {files(".git/HEAD", "", "PKG-INFO", "Metadata-Version: 2.1\nName: foo\nVersion: 3\n", "setup.py", "setup(name='foo', use_scm_version=True)"), "foo  | setup.py:1,  | setuptools-scm, tag"},
		"PKG-INFO alone":            {files("PKG-INFO", "Metadata-Version: 2.1\nName: foo\nVersion: 3\n"), "foo 3 | PKG-INFO, PKG-INFO | "},
		"another backend":           {files("pyproject.toml", dynamic+"[build-system]\nbuild-backend = 'own.backend'\n"), "Foo.Bar  | pyproject.toml [project],  | own.backend computes it, build"},
		"a backend of its own that asks git": {files("pyproject.toml", dynamic+"[build-system]\nbuild-backend = 'own:it'\nbackend-path = ['.', 'tools']\n", "tools/own.py", "import setuptools_scm"),
			"Foo.Bar  | pyproject.toml [project],  | tools/own.py, tag"},
		"a backend that reads no setup.cfg": {files("pyproject.toml", hatchling+"[project]\nname = 'foo'\nversion = '2'\n", "setup.cfg", "[metadata]\nname = old\nversion = 1\n"),
			"foo 2 | pyproject.toml [project], pyproject.toml [project] | "},
		"maturin": {files("pyproject.toml", dynamic+"[build-system]\nbuild-backend = 'maturin'\n", "Cargo.toml", "[package]\nname = 'x'\nversion = '1.0.0-rc.1'\n"),
			"Foo.Bar 1.0.0rc1 | pyproject.toml [project], Cargo.toml [package] | "},
		"maturin in a workspace": {files("pyproject.toml", dynamic+"[build-system]\nbuild-backend = 'maturin'\n[tool.maturin]\nmanifest-path = 'crates/py/Cargo.toml'\n",
			"crates/py/Cargo.toml", "[package]\nversion.workspace = true\n", "Cargo.toml", "[workspace.package]\nversion = '1.1.0'\n"),
			"Foo.Bar 1.1.0 | pyproject.toml [project], Cargo.toml [workspace.package] | "},
		"maturin without a crate": {files("pyproject.toml", dynamic+"[build-system]\nbuild-backend = 'maturin'\n"),
			"Foo.Bar  | pyproject.toml [project],  | Cargo.toml is not there, build"},
		"maturin alone": {files("pyproject.toml", "[build-system]\nbuild-backend = 'maturin'\n", "Cargo.toml", "[package]\nname = 'x'\nversion = '1'\n"),
			"  | ,  | maturin computes it, build"},
		"scikit-build-core by regex": {files("pyproject.toml", dynamic+"[build-system]\nbuild-backend = 'scikit_build_core.build'\n[tool.scikit-build.metadata.version]\nprovider = 'scikit_build_core.metadata.regex'\ninput = 'v.h'\nregex = '#define V \"(?P<value>[^\"]+)\"'\n",
			"v.h", "// v\n#define V \"1.3\"\n"),
			"Foo.Bar 1.3 | pyproject.toml [project], v.h:2 (scikit-build regex) | "},
		"scikit-build-core with overrides": {files("pyproject.toml", dynamic+"[build-system]\nbuild-backend = 'scikit_build_core.build'\n[tool.scikit-build.metadata.version]\nprovider = 'scikit_build_core.metadata.regex'\ninput = 'v.py'\n[[tool.scikit-build.overrides]]\nif.env.X = true\n"),
			"Foo.Bar  | pyproject.toml [project],  | scikit-build-core computes it, build"},
		"setuptools-scm is not turned on": {files("pyproject.toml", dynamic+"[build-system]\nrequires = ['setuptools-scm']\n"),
			"Foo.Bar  | pyproject.toml [project],  | setuptools-scm may compute it, build"},
		"setuptools-scm by its extra": {files("pyproject.toml", dynamic+"[build-system]\nrequires = ['setuptools-scm[toml, simple]>=9.2']\n"),
			"Foo.Bar  | pyproject.toml [project],  | setuptools-scm, tag"},
		"attr out of the tree": {files("pyproject.toml", setuptools+dynamic+"[tool.setuptools.dynamic]\nversion = {file = '../V'}\n"), "error: ../V: the path leads out of the project"},
		"nothing":              {files("README", "hello"), "error: no Python project here"},
		"tools only":           {files("pyproject.toml", "[tool.ruff]\nline-length = 1\n", "setup.cfg", "[flake8]\nmax = 1\n"), "error: no Python project here"},
		"no package by will":   {files("pyproject.toml", "[tool.poetry]\nname = 'x'\npackage-mode = false\n"), "error: no Python project here"},
		"no TOML":              {files("pyproject.toml", "[project]\nname = 'foo'\nversion = = \n"), "error: pyproject.toml:3: not valid TOML"},
		"no name":              {files("pyproject.toml", "[project]\nversion = '1'\n"), "error: pyproject.toml: [project] has no name"},
		"version twice":        {files("pyproject.toml", dynamic+"version = '1'\n"), "error: pyproject.toml: [project] has a version and calls it dynamic"},
		"version a number":     {files("pyproject.toml", "[project]\nname = 'a'\nversion = 1.0\n"), "error: pyproject.toml: the version in [project] is not a string"},
		"no version":           {files("pyproject.toml", "[project]\nname = 'a'\n"), "error: pyproject.toml: [project] has no version and does not call it dynamic"},
		"no PEP 440":           {files("setup.cfg", "[metadata]\nname = foo\nversion = 1.0 # new\n"), `error: "1.0 # new" in setup.cfg [metadata] is not a version by PEP 440`},
		"no good name":         {files("setup.cfg", "[metadata]\nname = foo!\nversion = 1\n"), `error: setup.cfg [metadata]: "foo!" is not a name for a project`},
		"setup.cfg broken":     {files("setup.cfg", "name = foo\n"), "error: setup.cfg:1: a line stands before the first section"},
		"setup.py broken":      {files("setup.py", "\nx = 'abc\n"), "error: setup.py:2: a string is not closed"},
		"two versions": {files("pyproject.toml", setuptools+"[project]\nname = 'foo'\nversion = '2'\n", "setup.cfg", "[metadata]\nversion = 1.9\n"),
			`error: the version is "2" in pyproject.toml [project] and "1.9" in setup.cfg [metadata]`},
		"two old versions": {files("setup.py", "setup(name='Foo', version='2.0')", "setup.cfg", "[metadata]\nname = foo\nversion = 1.9\n"),
			`error: the version is "2.0" in setup.py:1 and "1.9" in setup.cfg [metadata]`},
		"two spellings": {files("setup.py", "setup(name='Foo', version='2.0')", "setup.cfg", "[metadata]\nname = foo\nversion = 2\n"), "Foo 2.0 | setup.py:1, setup.py:1 | "},
		"two names": {files("pyproject.toml", setuptools+"[project]\nname = 'foo'\nversion = '2'\n", "setup.cfg", "[metadata]\nname = bar\n"),
			`error: the name is "foo" in pyproject.toml [project] and "bar" in setup.cfg [metadata]`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := describe(ReadProject(c.tree)); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func describe(p Project, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	s := fmt.Sprintf("%s %s | %s, %s | %s", p.Name, p.Version, p.NameSource, p.VersionSource, p.Dynamic)
	if p.FromTag {
		s += ", tag"
	}
	if p.NeedsBuild {
		s += ", build"
	}
	return s
}

// TestUnreadableNeverQuotes: a file may hold secrets, and errors are shown.
func TestUnreadableNeverQuotes(t *testing.T) {
	const secret = "pypi-AgEIcHlwaS5vcmc"
	for _, tree := range []fstest.MapFS{
		files("pyproject.toml", "[x]\ntoken = "+secret+"\n"),
		files("setup.cfg", "[a]\n"+secret+"\n"),
		files("setup.py", "x = '"+secret+"\n"),
	} {
		_, err := ReadProject(tree)
		var unreadable *UnreadableError
		if !errors.As(err, &unreadable) || unreadable.Line == 0 || strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
}

func FuzzReadSetupPy(f *testing.F) {
	for _, s := range []string{
		"setup(name='a', version='1')", "setup(", "setup(name=(('a')), version=V)\nV='1'", "x = '''a\nb'''\\\nsetup(**k,)",
		"setup(name='\\x41\\u0042\\U00000043\\101\\q\\N{DASH}')", "a = b = 'c'; setup(name=a)", "def setup(): pass", "\tsetup(version=f'')", ")",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ReadProject(files("setup.py", s))
		if err == nil && p.Version == "" && p.Dynamic == "" {
			t.Fatalf("%q gives neither a version nor a reason", s)
		}
	})
}
