package pypi

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maker knows what a project's build makes and rewrites. Every rule is about one
// tool, and looks at the contents wherever they could run.
type maker struct {
	tree     tree
	pp       pyproject
	name     string
	versions []string          // files into which the version is written
	hooks    []string          // patterns of files that hooks make
	moved    map[string]string // by the path in the distribution: where it is taken from
	filled   map[string]string // templates, by the files that are made of them
}

func newMaker(a *Artifact, t tree) (maker, error) {
	m := maker{tree: t, name: a.Name}
	var err error
	if m.pp, err = t.pyproject(); err != nil {
		return m, err
	}
	m.versions = append(m.pp.versionFiles(), t.writtenBySetup()...)
	m.filled = m.templates()
	return m, m.hatch(a.Kind)
}

// versionFiles are those that version tools write, as pyproject.toml names them.
func (p pyproject) versionFiles() (all []string) {
	for _, keys := range [][]string{
		{"tool", "setuptools_scm", "write_to"}, {"tool", "setuptools_scm", "version_file"},
		{"tool", "setuptools-scm", "write_to"}, {"tool", "setuptools-scm", "version_file"},
		{"tool", "pdm", "version", "write_to"}, {"tool", "versioningit", "write", "file"},
		{"tool", "versioneer", "versionfile_source"}, {"tool", "poetry-dynamic-versioning", "substitution", "files"},
	} {
		for _, file := range p.list(keys...) {
			all = append(all, path.Clean(file))
		}
	}
	return all
}

// writtenBySetup are the files that setup.cfg and setup.py have written.
func (t tree) writtenBySetup() (all []string) {
	if text, there, err := t.optional(cfgFile); err == nil && there {
		if conf, err := parseINI(cfgFile, text); err == nil && conf["versioneer"]["versionfile_source"] != "" {
			all = append(all, path.Clean(conf["versioneer"]["versionfile_source"]))
		}
	}
	text, _, err := t.optional(pyFile)
	if err != nil {
		return all
	}
	tokens, _ := tokenize(pyFile, text)
	for i := 0; i+2 < len(tokens); i++ {
		key, to := tokens[i], tokens[i+2]
		if (key.text == "write_to" || key.text == "version_file") && (tokens[i+1].is("=") || tokens[i+1].is(":")) && to.kind == tokString && to.plain {
			all = append(all, path.Clean(to.text))
		}
	}
	return all
}

// from is where the tree has what the sdist has as file.
func (m maker) from(file string) string {
	for at := file; at != "." && at != ".."; at = path.Dir(at) {
		if from, ok := m.moved[at]; ok {
			return path.Join(from, strings.TrimPrefix(file, at))
		}
	}
	return file
}

func (m maker) byHook(file string) bool {
	return slices.ContainsFunc(m.hooks, func(p string) bool { return coversPath(p, file) })
}

// makes says whether a file that the tree does not have comes from the build.
func (m maker) makes(file string, own contents) bool {
	text, isText := own.text()
	switch {
	case !isText:
		return false
	case file == pkgInfoFile || m.inEggInfo(file):
		return true
	case file == cfgFile:
		return sameOptions("", text)
	case file == pyFile:
		return !m.pp.usesSetuptools() && m.harmlessSetup(text)
	case slices.Contains([]string{"AUTHORS", "ChangeLog", "RELEASENOTES.rst"}, file):
		return m.usesPBR()
	case path.Base(file) == cargoLock:
		return m.locks(file, text)
	case m.fills(file, text):
		return true
	}
	return slices.Contains(m.versions, file) && harmlessVersion(file, text)
}

// inEggInfo knows the folder of metadata that setuptools puts into an sdist. It
// holds lists and no code.
func (m maker) inEggInfo(file string) bool {
	dir, base := path.Split(file)
	stem, ok := strings.CutSuffix(path.Base(dir), ".egg-info")
	if !ok || NormalizeName(stem) != m.name {
		return false
	}
	return slices.Contains([]string{pkgInfoFile, "not-zip-safe", "zip-safe"}, base) ||
		slices.Contains([]string{".txt", ".json"}, path.Ext(base))
}

func (m maker) usesPBR() bool {
	text, _, err := m.tree.optional(pyFile)
	return m.pp.requires("pbr") || err == nil && strings.Contains(text, "pbr")
}

// rewrites says whether the build makes own of what the tree has.
func (m maker) rewrites(file string, own, theirs contents) bool {
	a, textA := own.text()
	b, textB := theirs.text()
	switch {
	case !textA || !textB:
		return false
	case file == cfgFile:
		return sameOptions(b, a)
	case file == pyprojectFile:
		return sameProject(b, a)
	case file == pyFile: // which only poetry writes over one that is there
		return strings.HasPrefix(m.pp.backend(), "poetry") && m.makes(file, own)
	case path.Base(file) == cargoFile:
		return m.pp.backend() == "maturin" && sameCrate(b, a)
	case path.Base(file) == cargoLock: // one that is kept is kept as it is
		return false
	case m.fillsIn(file) && sameButVersion(b, a):
		return true
	}
	return m.makes(file, own)
}

// fillsIn: poetry-dynamic-versioning writes the version into lines of files that
// are there, by patterns of its own if none are named.
func (m maker) fillsIn(file string) bool {
	if !m.pp.has("tool", "poetry-dynamic-versioning") {
		return false
	}
	patterns := m.pp.list("tool", "poetry-dynamic-versioning", "substitution", "files")
	if len(patterns) == 0 {
		patterns = []string{"*.py", "*/__init__.py", "*/__version__.py", "*/_version.py"}
	}
	return slices.ContainsFunc(patterns, func(p string) bool { return matchesPath("/"+p, file) })
}

// sameOptions compares two setup.cfg as Python reads them, but for what
// setuptools notes in every sdist: that the version has been tagged.
func sameOptions(before, after string) bool {
	a, err := parseINI(cfgFile, unixLines(before))
	b, err2 := parseINI(cfgFile, unixLines(after))
	for _, conf := range []ini{a, b} {
		for _, key := range []string{"tag_build", "tag_date", "tag_svn_revision"} {
			delete(conf["egg_info"], key)
		}
		if len(conf["egg_info"]) == 0 {
			delete(conf, "egg_info")
		}
	}
	return err == nil && err2 == nil && reflect.DeepEqual(a, b)
}

// sameProject compares two pyproject.toml, but for a version that was dynamic
// and is filled in.
func sameProject(before, after string) bool {
	var a, b map[string]any
	if toml.Unmarshal([]byte(before), &a) != nil || toml.Unmarshal([]byte(after), &b) != nil {
		return false
	}
	for _, doc := range []map[string]any{a, b} {
		for _, keys := range [][]string{{"project"}, {"tool", "poetry"}} {
			table, _ := pyproject(doc).get(keys...).(map[string]any)
			delete(table, "version")
			delete(table, "dynamic")
		}
	}
	return reflect.DeepEqual(a, b)
}
