package pypi

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Project is what a source tree says of itself without being run.
type Project struct {
	Name, Version string // Version in its normal spelling; "" if it cannot be read

	// Where each was read, for people: "pyproject.toml [project]",
	// "setup.py:12", "src/pkg/__init__.py:3 (setuptools attr)".
	NameSource, VersionSource string

	Dynamic    string // why the version cannot be read, e.g. "setuptools-scm", "setup.py computes it"
	FromTag    bool   // the version comes from a tag of the version control system; see AtCommit
	NeedsBuild bool   // only a build can tell the name or the version
	Backend    string // as pyproject.toml spells it, or the default

	// Development is the version that a build of a commit without a tag would
	// have, "1.2.4.dev3+g…"; "" if that is not certain. See AtCommit.
	Development string

	rule *tagRule // where FromTag
}

// ErrNoProject says that a tree holds no Python project.
var ErrNoProject = errors.New("no Python project here")

// ContradictionError is two places that name the project or its version
// differently. Which one a build would take is for a person to settle.
type ContradictionError struct{ Field, A, ASource, B, BSource string }

func (e *ContradictionError) Error() string {
	return fmt.Sprintf("the %s is %q in %s and %q in %s", e.Field, e.A, e.ASource, e.B, e.BSource)
}

// UnreadableError is a file that cannot be understood. It never quotes the file.
type UnreadableError struct {
	File   string
	Line   int // 0 if the trouble is in no one line
	Reason string
}

func (e *UnreadableError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Reason
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// ReadProject reads the project at the root of a tree, in the order in which
// build tools look: [project], the backend's own table, setup.cfg and setup.py,
// PKG-INFO. It runs nothing, so what a tool would compute is Dynamic.
func ReadProject(fsys fs.FS) (Project, error) {
	t := tree{fsys}
	pp, err := t.pyproject()
	if err != nil {
		return Project{}, err
	}
	old, err := t.setupFiles(!pp.has("build-system", "build-backend"))
	if err != nil && pp.usesSetuptools() { // no other backend reads them
		return Project{}, err
	}
	r := reader{tree: t, pp: pp, setup: old}
	p, err := r.read()
	if err != nil {
		return Project{}, err
	}
	p = r.eggTags(p)
	if p, err = t.fillFromPKGINFO(p); err != nil {
		return Project{}, err
	}
	return p.checked()
}

// reader holds what the files at the root say.
type reader struct {
	tree  tree
	pp    pyproject
	setup setupFiles
}

func (r reader) read() (Project, error) {
	p := Project{Backend: r.pp.backend()}
	switch {
	case r.pp.has("project"):
		return r.standard(p)
	case r.pp.has("tool", "poetry", "name"):
		return r.poetry(p)
	case r.pp.has("tool", "flit", "metadata"):
		return r.oldFlit(p)
	case r.setup.exist || r.pp.has("build-system") && r.pp.usesSetuptools():
		return r.legacy(p)
	case r.pp.has("build-system"):
		p.Dynamic, p.NeedsBuild = p.Backend+" computes it", true
		return p, nil
	}
	return Project{}, nil // perhaps PKG-INFO knows
}

// checked brings the version to its normal spelling and holds both texts to
// the rules of an index.
func (p Project) checked() (Project, error) {
	if p == (Project{}) {
		return p, ErrNoProject
	}
	if p.Name != "" && !ValidName(p.Name) {
		return Project{}, &UnreadableError{File: p.NameSource, Reason: fmt.Sprintf("%q is not a name for a project", p.Name)}
	}
	if p.Version == "" {
		return p, nil
	}
	v, err := ParseVersion(p.Version)
	if err != nil {
		return Project{}, &VersionError{Text: p.Version, Source: p.VersionSource}
	}
	p.Version, p.Dynamic, p.FromTag, p.rule = v.String(), "", false, nil
	p.NeedsBuild = p.Name == ""
	return p, nil
}

// agree compares two statements about one field; an empty one says nothing.
func agree(field string, a, b found) error {
	if a.text == "" || b.text == "" || a.text == b.text {
		return nil
	}
	if field == "name" && NormalizeName(a.text) == NormalizeName(b.text) {
		return nil
	}
	if field == "version" && sameVersion(a.text, b.text) {
		return nil
	}
	return &ContradictionError{field, a.text, a.source, b.text, b.source}
}

// found is a text and where it stands, or why it cannot be had.
type found struct {
	text, source string
	dynamic      string // why there is no text
	fromTag      bool
	rule         *tagRule // where fromTag: how; nil if that is not known
}

// byTag is a version that a tool makes of a tag.
func byTag(rule *tagRule) found { return found{dynamic: rule.tool, fromTag: true, rule: rule} }

func (p *Project) setName(f found) { p.Name, p.NameSource = f.text, f.source }

func (p *Project) setVersion(f found) {
	p.Version, p.VersionSource, p.Dynamic, p.FromTag, p.rule = f.text, f.source, f.dynamic, f.fromTag, f.rule
	p.NeedsBuild = f.text == "" && !f.fromTag
}

// tree reads files of bounded size from the project's root.
type tree struct{ fs.FS }

// maxSource bounds a source file. Metadata is never near it.
const maxSource = 4 << 20

// read gives a file's text. A file that is not there is fs.ErrNotExist; any
// other trouble is an *UnreadableError, for absence must not be guessed.
func (t tree) read(name string) (string, error) {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return "", &UnreadableError{File: name, Reason: "the path leads out of the project"}
	}
	info, err := fs.Stat(t, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fs.ErrNotExist
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return "", &UnreadableError{File: name, Reason: "cannot be read, or is no file of a sensible size"}
	}
	b, err := fs.ReadFile(t, name)
	if err != nil {
		return "", &UnreadableError{File: name, Reason: "cannot be read"}
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n"), nil
}

// optional is read for files that may be missing.
func (t tree) optional(name string) (text string, there bool, err error) {
	text, err = t.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return text, err == nil, err
}
