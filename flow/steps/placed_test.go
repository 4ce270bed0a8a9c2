package steps

import (
	"testing"

	"ferry/pypi"
)

// TestPlaced: people see files from the top of the repository, and what is no
// file as it is.
func TestPlaced(t *testing.T) {
	for name, c := range map[string]struct{ dir, source, want, command string }{
		"a file":             {"packages/core", "pyproject.toml [project]", "packages/core/pyproject.toml [project]", "git log -p packages/core/pyproject.toml"},
		"a line":             {"packages/core/", "setup.py:3", "packages/core/setup.py:3", "git log -p packages/core/setup.py"},
		"at the top":         {".", "setup.py:3", "setup.py:3", "git log -p setup.py"},
		"a build":            {"packages/core", builtSource, builtSource, "python3 -m build --sdist"},
		"a build at the top": {"", builtSource, builtSource, "python3 -m build --sdist"},
	} {
		t.Run(name, func(t *testing.T) {
			p := placed(pypi.Project{NameSource: c.source, VersionSource: c.source}, c.dir)
			if p.NameSource != c.want || p.VersionSource != c.want || sourceCommand(p.VersionSource) != c.command {
				t.Errorf("%q, %q, %q", p.NameSource, p.VersionSource, sourceCommand(p.VersionSource))
			}
		})
	}
}
