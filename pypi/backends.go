package pypi

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// dynamicVersion asks what the backend would ask for a version that [project]
// calls dynamic.
func (r reader) dynamicVersion(p Project) (found, error) {
	switch backend, _, _ := strings.Cut(p.Backend, "."); {
	case r.pp.usesSetuptools():
		return r.setuptoolsVersion()
	case backend == "hatchling":
		return r.hatchVersion()
	case backend == "flit_core" || backend == "flit":
		return r.moduleVersion(r.flitModule(p.Name), "flit")
	case backend == "poetry" || backend == "poetry_dynamic_versioning":
		return r.poetryVersion(), nil
	case backend == "pdm":
		return r.pdmVersion()
	}
	if v, ok := r.pp.versioner(); ok {
		return v, nil
	}
	if strings.HasPrefix(p.Backend, "flit_scm") {
		return found{dynamic: "flit-scm", fromTag: true}, nil
	}
	if strings.HasSuffix(r.pp.text("tool", "scikit-build", "metadata", "version", "provider"), "setuptools_scm") {
		return found{dynamic: "setuptools-scm", fromTag: true}, nil
	}
	return found{dynamic: p.Backend + " computes it"}, nil
}

// setuptoolsVersion goes the ways of setuptools: its own table, a plugin, and
// the old files, which may still fill in what is dynamic.
func (r reader) setuptoolsVersion() (found, error) {
	plugin, hasPlugin := r.pp.versioner()
	if attr := r.pp.text("tool", "setuptools", "dynamic", "version", "attr"); attr != "" {
		v, err := r.setuptoolsAttr(attr)
		if err == nil && v.text == "" && hasPlugin {
			return plugin, nil // the module is what the plugin writes
		}
		return v, err
	}
	if files := r.pp.list("tool", "setuptools", "dynamic", "version", "file"); len(files) > 0 {
		return r.tree.versionFile(files, "setuptools file")
	}
	if hasPlugin {
		return plugin, nil
	}
	versions, err := r.setup.versions(r)
	for _, v := range versions {
		if v.text != "" || v.dynamic != "" {
			return v, err
		}
	}
	return found{dynamic: "no file sets it"}, err
}

// setuptoolsAttr reads module.attribute where the packages of the project are.
func (r reader) setuptoolsAttr(attr string) (found, error) {
	module, name := "__init__", attr
	if at := strings.LastIndexByte(attr, '.'); at >= 0 {
		module, name = attr[:at], attr[at+1:]
	}
	return r.tree.attr(r.modulePaths(module), name, "setuptools attr")
}

// modulePaths are the files a module may be, in the order of preference.
func (r reader) modulePaths(module string) []string {
	rel := strings.ReplaceAll(module, ".", "/")
	var all []string
	add := func(base string) {
		all = append(all, path.Join(base, rel+".py"), path.Join(base, rel, "__init__.py"))
	}
	dirs, _ := r.pp.get("tool", "setuptools", "package-dir").(map[string]any)
	for key, dir := range r.setup.packageDir() {
		if dirs == nil {
			dirs = map[string]any{}
		}
		if _, taken := dirs[key]; !taken {
			dirs[key] = dir
		}
	}
	top, rest, _ := strings.Cut(module, ".")
	if dir, ok := dirs[top].(string); ok { // the package lives elsewhere, under another name
		base := path.Join(dir, strings.ReplaceAll(rest, ".", "/"))
		all = append(all, base+".py", base+"/__init__.py")
	}
	if dir, ok := dirs[""].(string); ok {
		add(dir)
	}
	add(".")
	for _, where := range append(r.pp.list("tool", "setuptools", "packages", "find", "where"), r.setup.where(), "src") {
		add(where)
	}
	return all
}

// hatchDefault is the pattern hatchling looks for in a version file.
var hatchDefault = regexp.MustCompile(`(?im)^(?:__version__|VERSION)(?: ?: ?str)? *= *(?:"v?([^\n]+?)"|'v?([^\n]+?)')`)

func (r reader) hatchVersion() (found, error) {
	table := []string{"tool", "hatch", "version"}
	own, err := r.tree.toml("hatch.toml")
	if err != nil {
		return found{}, err
	}
	pp := r.pp
	if own.has("version") {
		pp, table = own, table[2:]
	}
	key := func(k string) []string { return append(table[:len(table):len(table)], k) }
	source, file := pp.text(key("source")...), pp.text(key("path")...)
	switch {
	case source == "vcs":
		return found{dynamic: "hatch-vcs", fromTag: true}, nil
	case source == "uv-dynamic-versioning" || source == "versioningit":
		return found{dynamic: source, fromTag: true}, nil
	case source != "" && source != "regex":
		return found{dynamic: "hatch source " + source}, nil
	case file == "" && pp.has(key("pattern")...) || pp.has(key("pattern")...):
		return found{dynamic: "hatch reads it with a pattern of the project"}, nil
	case file == "":
		return found{dynamic: "no file sets it"}, nil
	}
	text, there, err := r.tree.optional(file)
	if err != nil || !there {
		return found{dynamic: file + " is not there"}, err
	}
	m := hatchDefault.FindStringSubmatchIndex(text)
	if m == nil {
		return found{dynamic: file + " does not state it"}, nil
	}
	at := max(m[2], m[4])
	return found{text: text[at:max(m[3], m[5])], source: atLine(file, 1+strings.Count(text[:at], "\n"), "hatch path")}, nil
}

func (r reader) flitModule(name string) string {
	if m := r.pp.text("tool", "flit", "module", "name"); m != "" {
		return m
	}
	return strings.ReplaceAll(name, "-", "_")
}

// moduleVersion reads __version__ of a module at the root or in src.
func (r reader) moduleVersion(module, how string) (found, error) {
	var files []string
	for _, m := range []string{module, strings.ToLower(module)} {
		rel := strings.ReplaceAll(m, ".", "/")
		files = append(files, rel+"/__init__.py", rel+".py", "src/"+rel+"/__init__.py", "src/"+rel+".py")
	}
	return r.tree.attr(files, "__version__", how)
}

func (r reader) oldFlit(p Project) (Project, error) {
	module := r.pp.text("tool", "flit", "metadata", "module")
	name := r.pp.text("tool", "flit", "metadata", "dist-name")
	if name == "" {
		name = module
	}
	if name == "" {
		return p, &UnreadableError{pyprojectFile, 0, "[tool.flit.metadata] names no module"}
	}
	p.setName(found{text: name, source: pyprojectFile + " [tool.flit.metadata]"})
	v, err := r.moduleVersion(module, "flit")
	p.setVersion(v)
	return p, err
}

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
	if r.pp.get("tool", "poetry-dynamic-versioning", "enable") == true || r.pp.has("tool", "poetry-version-plugin") {
		return found{dynamic: "poetry-dynamic-versioning", fromTag: true}
	}
	v := found{text: r.pp.text("tool", "poetry", "version"), source: pyprojectFile + " [tool.poetry]"}
	if v.text == "" && !r.pp.has("project", "version") {
		v.dynamic = "no file sets it"
	}
	return v
}

func (r reader) pdmVersion() (found, error) {
	source, file := r.pp.text("tool", "pdm", "version", "source"), r.pp.text("tool", "pdm", "version", "path")
	switch {
	case source == "scm":
		return found{dynamic: "pdm scm", fromTag: true}, nil
	case source == "file" && file != "":
		return r.tree.attr([]string{file}, "__version__", "pdm file")
	}
	return found{dynamic: "pdm computes it"}, nil
}

// versionFile is a file that holds a version and nothing else.
func (t tree) versionFile(files []string, how string) (found, error) {
	if len(files) != 1 {
		return found{dynamic: "it is put together from several files"}, nil
	}
	text, err := t.read(files[0])
	if errors.Is(err, fs.ErrNotExist) {
		return found{dynamic: files[0] + " is not there"}, nil
	}
	if err != nil {
		return found{}, err
	}
	if text = strings.TrimSpace(text); text == "" || strings.ContainsAny(text, "\n\r") || len(text) > 200 {
		return found{dynamic: files[0] + " does not hold just a version"}, nil
	}
	return found{text: text, source: files[0] + " (" + how + ")"}, nil
}
