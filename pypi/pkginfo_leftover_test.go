package pypi_test

import (
	"testing"
	"testing/fstest"

	"ferry/pypi"
)

// TestALeftoverDoesNotBeatATag: the tree of a commit has no .git, and may hold the
// PKG-INFO of an old sdist.
func TestALeftoverDoesNotBeatATag(t *testing.T) {
	p, err := pypi.ReadProject(fstest.MapFS{
		"pyproject.toml": {Data: []byte("[build-system]\nrequires = ['setuptools', 'setuptools-scm']\nbuild-backend = 'setuptools.build_meta'\n[project]\nname = 'a'\ndynamic = ['version']\n[tool.setuptools_scm]\n")},
		"PKG-INFO":       {Data: []byte("Metadata-Version: 2.1\nName: a\nVersion: 0.1\n")},
	})
	if err != nil || p.Version != "" || !p.FromTag {
		t.Errorf("%+v %v", p, err)
	}
}
