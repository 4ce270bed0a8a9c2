package pypi

import (
	"path"
	"slices"
	"strings"
)

// Placeholder says whether a distribution holds nothing but what tells of it: no
// code, no data. To upload one only keeps others from a name.
func (a *Artifact) Placeholder() bool {
	return !slices.ContainsFunc(a.Members, func(m Member) bool { return !m.Folder && !tells(m.Path) })
}

// tells: the file speaks of the project, or builds it, and is not part of it.
func tells(file string) bool {
	dir, base := path.Split(file)
	stem, _, _ := strings.Cut(strings.ToLower(base), ".")
	switch {
	case strings.Contains(dir, ".egg-info/"), strings.Contains(dir, ".dist-info/"), strings.HasPrefix(base, "."):
		return true
	case slices.Contains([]string{"readme", "license", "licence", "copying", "notice", "authors", "changelog", "changes", "history", "news"}, stem):
		return true
	}
	return slices.Contains([]string{"PKG-INFO", "setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "tox.ini", "hatch.toml", "poetry.lock"}, base)
}
