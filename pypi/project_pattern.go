package pypi

import (
	"regexp"
	"strings"
)

// The pattern that hatchling and scikit-build-core look for in a file. Python
// writes it with a back reference, which here are two alternatives.
const assignment = `(?i)^(?:__version__|VERSION)(?: ?: ?str)? *= *(?:"v?(?P<version>[^\n]+?)"|'v?(?P<version2>[^\n]+?)')`

// pdmAssignment is pdm-backend's.
const pdmAssignment = `^(?:__version__|VERSION)\s*=\s*["']([^\n]+?)["']\s*(?:#.*)?$`

// pattern finds a version in a file by a regular expression of the project's
// own, or the usual one. The version is the group of that name.
func (t tree) pattern(file, expression, how string) (found, error) {
	re, err := regexp.Compile(`(?m)` + cmpText(expression, assignment))
	if err != nil || re.SubexpIndex("version") < 1 {
		return found{dynamic: file + " is read with a pattern of the project"}, nil
	}
	return t.search(file, re, how, re.SubexpIndex("version"), re.SubexpIndex("version2"))
}

// search takes the first of the groups that took part in the first match.
func (t tree) search(file string, re *regexp.Regexp, how string, groups ...int) (found, error) {
	text, there, err := t.optional(file)
	if err != nil || !there {
		return found{dynamic: file + " is not there"}, err
	}
	m := re.FindStringSubmatchIndex(text)
	for _, g := range groups {
		if m != nil && g > 0 && m[2*g] >= 0 {
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
		expression := cmpText(o.text("pattern"), pdmAssignment)
		re, err := regexp.Compile(`(?m)` + expression)
		if err != nil || re.NumSubexp() < 1 {
			return found{dynamic: file + " is read with a pattern of the project"}, nil
		}
		return r.tree.search(file, re, "pdm file", 1)
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
