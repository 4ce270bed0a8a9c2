package pypi

import "strings"

const poetryPlugin = "poetry-dynamic-versioning"

func (r reader) poetry(p Project) (Project, error) {
	if r.pp.get("tool", "poetry", "package-mode") == false {
		return Project{}, nil
	}
	p.setName(found{text: r.pp.text("tool", "poetry", "name"), source: pyprojectFile + " [tool.poetry]"})
	v := r.poetryVersion()
	if v.text == "" && v.dynamic == "" {
		return p, &UnreadableError{pyprojectFile, 0, "[tool.poetry] has no version"}
	}
	p.setVersion(v)
	return p, nil
}

func (r reader) poetryVersion() found {
	if r.pp.has("tool", "poetry-version-plugin") {
		return byTag(unknownRule("poetry-version-plugin"))
	}
	if r.pp.get("tool", poetryPlugin, "enable") == true {
		return byTag(r.poetryRule())
	}
	v := found{text: r.pp.text("tool", "poetry", "version"), source: pyprojectFile + " [tool.poetry]"}
	if v.text == "" && !r.pp.has("project", "version") {
		v.dynamic = "no file sets it"
	}
	return v
}

// poetryRule is that of the plugin. Without its own backend it has a say only
// in poetry itself, and not in other build tools.
func (r reader) poetryRule() *tagRule {
	if !strings.HasPrefix(r.pp.backend(), "poetry_dynamic_versioning") {
		return &tagRule{tool: poetryPlugin, unsure: poetryPlugin + " acts in poetry alone, unless its own backend is named"}
	}
	return dunamaiRule(poetryPlugin, r.pp.table("tool", poetryPlugin))
}
