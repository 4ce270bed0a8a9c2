package pypi

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxVersionFile is long for a file that says a version.
const maxVersionFile = 16 << 10

// harmlessVersion says whether a file that a version tool wrote does nothing but
// say a version: another file at its place could do anything. What is not plainly
// understood is not harmless.
func harmlessVersion(file, text string) bool {
	switch {
	case len(text) > maxVersionFile || strings.HasPrefix(text, "#!") && path.Ext(file) != ".py":
		return false
	case path.Ext(file) == ".py":
		return plainly(text, versionWords())
	case path.Ext(file) == "":
		return bareVersion.MatchString(text)
	}
	return slices.Contains([]string{".txt", ".json", ".toml", ".cfg", ".ini", ".md", ".rst", ".yaml", ".yml"}, path.Ext(file)) && strings.Count(text, "\n") <= 20
}

var bareVersion = regexp.MustCompile(`^[\w.+!-]+\n?$`)

// harmlessSetup says whether a setup.py is what poetry, flit and hatchling write
// for old tools: values, and one call of setup().
func (m maker) harmlessSetup(text string) bool {
	script := strings.TrimSuffix(m.pp.text("tool", "poetry", "build", "script"), ".py")
	return plainly(text, setupWords(script))
}

// versionLine is a line that states a version and nothing else.
var versionLine = regexp.MustCompile(`^(\s*["']?(?:__version__|version|VERSION)["']?\s*(?::\s*\w+\s*)?[=:]\s*)(?:"[^"\\]*"|'[^'\\]*')\s*,?$`)

// sameButVersion: the texts differ in nothing but versions that are stated in a
// line of their own.
func sameButVersion(before, after string) bool {
	a, b := strings.Split(unixLines(before), "\n"), strings.Split(unixLines(after), "\n")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		was, is := versionLine.FindStringSubmatch(a[i]), versionLine.FindStringSubmatch(b[i])
		if a[i] != b[i] && (was == nil || is == nil || was[1] != is[1]) {
			return false
		}
	}
	return true
}
