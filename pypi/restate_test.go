package pypi_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/pypi"
)

// restates are trees that say 1.4.0 in one place, which is marked with @.
var restates = map[string]map[string]string{
	"[project]":        {"pyproject.toml": "# 1.4.0 is the last one\r\n[project]\r\nname = \"acme\"\r\nversion   =   '@1.4.0'  # not \"1.4.0\"\r\ndependencies = [\"x==1.4.0\"]\r\n[tool.x]\r\nversion = \"1.4.0\"\r\n"},
	"another spelling": {"pyproject.toml": "[project]\nname = \"acme\"\nversion = \"v@1.4.0\"\n"},
	"poetry": {"pyproject.toml": "[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n" +
		"[tool.poetry.dependencies]\nx = \"1.4.0\"\n[tool.poetry]\nname = \"acme\"\nversion = \"@1.4.0\"\n"},
	"setup.cfg": {"setup.py": "from setuptools import setup\nsetup()\n", "setup.cfg": "[metadata]\nname = acme\n; version = 1.4.0\nversion: @1.4.0\n[other]\nversion = 1.4.0\n"},
	"setup.py":  {"setup.py": "from setuptools import setup\nVERSION = '@1.4.0'  # 1.4.0\nsetup(name='acme', version=VERSION, install_requires=['x==1.4.0'])\n"},
	"attr": {"pyproject.toml": "[project]\nname = \"acme\"\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = {attr = \"acme.__version__\"}\n",
		"src/acme/__init__.py": "\"\"\"1.4.0\"\"\"\n__version__ = \"@1.4.0\"\nOTHER = \"1.4.0\"\n"},
	"a file": {"pyproject.toml": "[project]\nname = \"acme\"\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = {file = \"VERSION\"}\n", "VERSION": "@1.4.0"},
	"hatch": {"pyproject.toml": "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"acme\"\ndynamic = [\"version\"]\n[tool.hatch.version]\npath = \"acme/about.py\"\n",
		"acme/about.py": "# was 1.4.0\n__version__: str = '@1.4.0'\n"},
	"flit":                  {"pyproject.toml": "[build-system]\nrequires = [\"flit_core\"]\nbuild-backend = \"flit_core.buildapi\"\n[project]\nname = \"acme\"\ndynamic = [\"version\", \"description\"]\n", "acme.py": "'''Doc.'''\n__version__ = '@1.4.0'\n"},
	"setup.py reads a file": {"setup.py": "from setuptools import setup\nsetup(name='acme', version=open('VERSION').read().strip())\n", "VERSION": "@1.4.0\n"},
}

func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestRestate(t *testing.T) {
	to, err := pypi.ParseVersion("1.5.0rc1")
	if err != nil {
		t.Fatal(err)
	}
	for name, files := range restates {
		t.Run(name, func(t *testing.T) {
			was, want, file := map[string]string{}, "", ""
			for f, text := range files {
				was[f] = strings.ReplaceAll(text, "@", "")
				if strings.Contains(text, "@") {
					file, want = f, strings.ReplaceAll(text, "@1.4.0", "1.5.0rc1")
				}
			}
			got, err := pypi.Restate(tree(was), to)
			if err != nil || got.File != file || string(got.New) != want || string(got.Old) != was[file] {
				t.Fatalf("%v: %s\n%q\nwant %s\n%q", err, got.File, got.New, file, want)
			}
			was[file] = string(got.New)
			if p, err := pypi.ReadProject(tree(was)); err != nil || p.Version != "1.5.0rc1" {
				t.Errorf("read back: %q, %v", p.Version, err)
			}
		})
	}
}

func TestRestateRefuses(t *testing.T) {
	to, _ := pypi.ParseVersion("1.5.0")
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"stated twice": {map[string]string{"setup.cfg": "[metadata]\nname = acme\nversion = 1.4.0\n", "setup.py": "from setuptools import setup\nsetup(name='acme', version='1.4.0')\n"}, "also stated in"},
		"from a tag":   {map[string]string{"pyproject.toml": "[build-system]\nrequires = [\"hatchling\", \"hatch-vcs\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"acme\"\ndynamic = [\"version\"]\n[tool.hatch.version]\nsource = \"vcs\"\n"}, "a tag makes it"},
		"put together": {map[string]string{"pyproject.toml": "[build-system]\nrequires = [\"flit_core\"]\nbuild-backend = \"flit_core.buildapi\"\n[project]\nname = \"acme\"\ndynamic = [\"version\"]\n", "acme.py": "__version__ = '.'.join(str(n) for n in (1, 4, 0))\n"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pypi.Restate(tree(c.files), to)
			var no *pypi.UneditableError
			if !errors.As(err, &no) || !strings.Contains(no.Error(), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := pypi.Restate(tree(map[string]string{"README": "1.4.0"}), to); !errors.Is(err, pypi.ErrNoProject) {
		t.Errorf("got %v", err)
	}
}
