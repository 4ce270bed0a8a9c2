package pypi

import (
	"strings"
	"testing"
)

// TestHarmlessIsPlain: what could make a file that looks like a version run
// something, or become another one, is not harmless.
func TestHarmlessIsPlain(t *testing.T) {
	const loads = "import json\nversion_json = '{}'\ndef get_versions():\n    return json.loads(version_json)\n"
	for name, text := range map[string]string{
		"a local print":           "def print(x): pass\nprint('x')\n",
		"a call of any name":      "print('x')\n",
		"a name given to a call":  "from typing import get_type_hints as loads\ndef f(a: \"__import__('os').system('x')\"): pass\nloads(f)\n",
		"a module's module":       "from typing import sys\n",
		"everything of a module":  "from typing import *\n",
		"another json":            "json = 'x'\n" + loads,
		"json by another name":    "import json as j\n",
		"a submodule":             "import json.decoder\n",
		"a rebound function":      loads + "get_versions = 'x'\n",
		"another argument":        strings.Replace(loads, "(version_json)", "(x)", 1),
		"a default argument":      strings.Replace(loads, "get_versions()", "get_versions(x=1)", 1),
		"an attribute":            "x = json.codecs\n",
		"an attribute's value":    "import json\njson.loads = 'x'\n",
		"where modules are":       "__path__ = ['/tmp']\n",
		"what modules lack":       "__getattr__ = str\n",
		"builtins":                "__builtins__ = {}\n",
		"a comprehension":         "x = [a for a in 'x']\n",
		"a lambda":                "x = lambda: 1\n",
		"a loop":                  "while True: pass\n",
		"a match":                 "match x:\n    case str(): pass\n",
		"a walrus":                "x = (y := 1)\n",
		"a large value":           "x = 'x' * 99999999999\n",
		"an index that calls":     "x = [1][0](2)\n",
		"a call of a number":      "x = 1(2)\n",
		"a formatted text":        "x = f'{x}'\n",
		"a name nobody knows":     "x = open\n",
		"an augmented value":      "x = 1\nx += 1\n",
		"code behind a colon":     "if TYPE_CHECKING: import os\n",
		"another encoding":        "# coding: utf-7\nx = '1'\n",
		"an encoding below":       "#!/usr/bin/python3\n# vim: set fileencoding=utf_7 :\nx = '1'\n",
		"an old end of line":      "# x\rimport os\n",
		"a name of other letters": "ｓetup_kwargs = '1'\n",
		"two on a line":           "x = 1; import os\n",
		"a decorator":             "@property\ndef get_versions():\n    return json.loads(version_json)\n",
		"a type that calls":       "x: open('x') = 1\n",
		"an exception":            "try: import os\nexcept ImportError: pass\n",
	} {
		if harmlessVersion("v.py", text) {
			t.Errorf("%s is harmless", name)
		}
	}
	for name, text := range map[string]string{
		"versioneer": loads, "an encoding": "# -*- coding: UTF-8 -*-\nx = '1'\n", "a docstring": "'''The version.'''\n__version__ = '1.0'\n",
		"types": "from __future__ import annotations\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import (Tuple, Union)\n    V = Tuple[Union[int, str], ...]\nelse:\n    V = object\n__version_tuple__: V\n__version_tuple__ = x = (1, 0, 'dev1')\n__commit_id__ = None\n__all__ = [\n    '__version__',\n]\n",
	} {
		if !harmlessVersion("v.py", text) {
			t.Errorf("%s is not harmless", name)
		}
	}
	for file, want := range map[string]bool{"VERSION": true, "run": true, "v.js": false, "v.h": false, "v.json": true, "v.so": false} {
		if harmlessVersion(file, "1.0\n") != want {
			t.Errorf("%s: not %v", file, want)
		}
	}
	if harmlessVersion("VERSION", "#!/bin/sh\n") || harmlessVersion("configure", "rm -r x\n") {
		t.Error("a script is a version")
	}
}

// TestHarmlessSetup: only what describes a project is set up.
func TestHarmlessSetup(t *testing.T) {
	m := maker{pp: pyproject{"tool": map[string]any{"poetry": map[string]any{"build": map[string]any{"script": "make.py"}}}}}
	for text, want := range map[string]bool{
		poetrySetup: true,
		strings.Replace(poetrySetup, "setup(**", "from make import *\nbuild(setup_kwargs)\nsetup(**", 1):                  true,
		"from distutils.core import setup\nsetup(name='x',\n      version='1',\n      packages=['x'],\n)\n":               true,
		"from setuptools import setup\nsetup(name='x', setup_requires=['evil'])\n":                                        false,
		"from setuptools import setup\nsetup(name='x', cmdclass={'build': str})\n":                                        false,
		"from setuptools import setup\nsetup_kwargs = {'name': 'x', 'setup_requires': ['evil']}\nsetup(**setup_kwargs)\n": false,
		"from setuptools import setup\nx = {'setup_requires': ['evil']}\nsetup_kwargs = x\nsetup(**setup_kwargs)\n":       false,
		"from setuptools import setup\nsetup_kwargs = {'name': 'x'}\nsetup_kwargs['cmdclass'] = 1\n":                      false,
		"from setuptools import setup\nsetup_kwargs = {'setup_' 'requires': 'x'}\n":                                       false,
		"from setuptools import Command as setup\nsetup(name='x')\n":                                                      false,
		"from setuptools import glob\n":                                false,
		"from setuptools import setup\nsetup = str\nsetup(name='x')\n": false,
		"from setuptools import setup\nsetup(name='x').run()\n":        false,
		"from setuptools import setup\nsetup(name=open('x'))\n":        false,
		"from make import evil\n":                                      false, "from other import *\n": false,
	} {
		if got := m.harmlessSetup(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
