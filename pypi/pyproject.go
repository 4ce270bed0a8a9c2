package pypi

import (
	"errors"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// pyproject is pyproject.toml as plain values; nil if there is none.
type pyproject map[string]any

const pyprojectFile = "pyproject.toml"

func (t tree) pyproject() (pyproject, error) { return t.toml(pyprojectFile) }

func (t tree) toml(file string) (pyproject, error) {
	text, there, err := t.optional(file)
	if err != nil || !there {
		return nil, err
	}
	values := pyproject{}
	err = toml.Unmarshal([]byte(text), &values)
	var where *toml.DecodeError
	if errors.As(err, &where) {
		line, _ := where.Position()
		return nil, &UnreadableError{file, line, "not valid TOML"}
	}
	if err != nil {
		return nil, &UnreadableError{file, 0, "not valid TOML"}
	}
	return values, nil
}

// get follows keys down the tables.
func (p pyproject) get(keys ...string) any {
	var at any = map[string]any(p)
	for _, k := range keys {
		table, _ := at.(map[string]any)
		at = table[k]
	}
	return at
}

func (p pyproject) has(keys ...string) bool { return p.get(keys...) != nil }

// text is a string; "" if there is none.
func (p pyproject) text(keys ...string) string {
	s, _ := p.get(keys...).(string)
	return s
}

// list is the strings of an array, or a string alone.
func (p pyproject) list(keys ...string) []string {
	switch v := p.get(keys...).(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// backend is the build backend; without one, tools take setuptools.
func (p pyproject) backend() string {
	if b := p.text("build-system", "build-backend"); b != "" {
		return b
	}
	return "setuptools.build_meta"
}

// usesSetuptools covers the default backend and wrappers around setuptools.
func (p pyproject) usesSetuptools() bool { return strings.HasPrefix(p.backend(), "setuptools") }

var requirementName = regexp.MustCompile(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)`)

// requires says whether the build needs the distribution.
func (p pyproject) requires(name string) bool {
	for _, r := range p.list("build-system", "requires") {
		if m := requirementName.FindStringSubmatch(r); m != nil && NormalizeName(m[1]) == name {
			return true
		}
	}
	return false
}

// standard reads [project].
func (r reader) standard(p Project) (Project, error) {
	name := found{text: r.pp.text("project", "name"), source: pyprojectFile + " [project]"}
	if name.text == "" {
		return p, &UnreadableError{pyprojectFile, 0, "[project] has no name"}
	}
	p.setName(name)
	version, err := r.standardVersion(name.source)
	if err != nil {
		return p, err
	}
	if version.text == "" && version.dynamic == "" {
		if version, err = r.dynamicVersion(p); err != nil {
			return p, err
		}
	}
	p.setVersion(version)
	return p, r.contradicted(p, name, version)
}

// standardVersion is what [project] says: a text, or that others say it.
func (r reader) standardVersion(source string) (found, error) {
	dynamic := false
	for _, field := range r.pp.list("project", "dynamic") {
		dynamic = dynamic || field == "version"
	}
	stated := r.pp.get("project", "version")
	text, isText := stated.(string)
	switch {
	case stated != nil && !isText:
		return found{}, &UnreadableError{pyprojectFile, 0, "the version in [project] is not a string"}
	case isText && dynamic:
		return found{}, &UnreadableError{pyprojectFile, 0, "[project] has a version and calls it dynamic"}
	case isText && text == "":
		return found{}, &VersionError{text, source}
	case !isText && !dynamic:
		return found{}, &UnreadableError{pyprojectFile, 0, "[project] has no version and does not call it dynamic"}
	}
	return found{text: text, source: source}, nil
}

// contradicted looks whether files that the same backend reads say otherwise.
func (r reader) contradicted(p Project, name, version found) error {
	if strings.HasPrefix(p.Backend, "poetry") {
		return agree("version", version, r.poetryVersion())
	}
	if !r.pp.usesSetuptools() {
		return nil // it reads no setup.cfg, and what stands there is history
	}
	for _, other := range r.setup.names() {
		if err := agree("name", name, other); err != nil {
			return err
		}
	}
	others, err := r.setup.versions(r)
	for _, other := range others {
		if err := agree("version", version, other); err != nil {
			return err
		}
	}
	return err
}
