package pypi

import (
	"regexp"
	"strings"
)

// The pattern that hatchling and scikit-build-core look for in a file. Python
// writes it with a back reference, which here are two alternatives.
const assignment = `(?im)^(?:__version__|VERSION)(?: ?: ?str)? *= *(?:"v?(?P<version>[^\n]+?)"|'v?(?P<version2>[^\n]+?)')`

// pdmAssignment is pdm-backend's.
const pdmAssignment = `^(?:__version__|VERSION)\s*=\s*["']([^\n]+?)["']\s*(?:#.*)?$`

// pattern finds a version in a file by a regular expression of the project's
// own, or the usual one. The version is the group of that name.
func (t tree) pattern(file, expression, how string) (found, error) {
	if expression == "" {
		usual := regexp.MustCompile(assignment)
		return t.search(file, &pyPattern{re: usual}, how, usual.SubexpIndex("version"), usual.SubexpIndex("version2"))
	}
	p, ok := pythonPattern(expression, "m")
	if !ok || p.re.SubexpIndex("version") < 1 {
		return ownPattern(file), nil
	}
	return t.search(file, p, how, p.re.SubexpIndex("version"))
}

func ownPattern(file string) found {
	return found{dynamic: file + " is read with a pattern of the project"}
}

// search takes the first of the groups that took part in the first match.
func (t tree) search(file string, p *pyPattern, how string, groups ...int) (found, error) {
	text, there, err := t.optional(file)
	if err != nil || !there {
		return found{dynamic: file + " is not there"}, err
	}
	if !p.sure(text) {
		return ownPattern(file), nil
	}
	m := p.re.FindStringSubmatchIndex(text)
	for _, g := range groups {
		if m != nil && m[2*g] >= 0 {
			at := m[2*g]
			return found{text: text[at:m[2*g+1]], source: atLine(file, 1+strings.Count(text[:at], "\n"), how)}, nil
		}
	}
	return found{dynamic: file + " does not state it"}, nil
}

// pdmVersion is the version by [tool.pdm.version]. An old pdm took another form.
func (r reader) pdmVersion() (found, error) {
	o := r.pp.table("tool", "pdm", "version")
	source, file := o.text("source"), o.text("path")
	switch {
	case source == "scm":
		return byTag(pdmRule(o)), nil
	case source == "file" && file != "":
		p, ok := pythonPattern(cmpText(o.text("pattern"), pdmAssignment), "m")
		if !ok || p.re.NumSubexp() < 1 {
			return ownPattern(file), nil
		}
		return r.tree.search(file, p, "pdm file", 1)
	}
	return found{dynamic: "pdm computes it"}, nil
}

// scikitVersion is the version by [tool.scikit-build.metadata.version].
func (r reader) scikitVersion() (found, error) {
	o := r.pp.table("tool", "scikit-build", "metadata", "version")
	_, provider, ok := strings.Cut(o.text("provider"), "scikit_build_core.metadata.")
	switch {
	case r.pp.has("tool", "scikit-build", "overrides"), o["provider-path"] != nil: // not read here
	case ok && provider == "setuptools_scm":
		return byTag(scmRule("setuptools-scm", r.pp.scmTable())), nil
	case ok && provider == "regex" && o.strange("provider", "input", "regex") == "" && o.text("input") != "":
		return r.tree.pattern(o.text("input"), strings.ReplaceAll(o.text("regex"), "(?P<value>", "(?P<version>"), "scikit-build regex")
	}
	return found{dynamic: "scikit-build-core computes it"}, nil
}
