package pypi

import (
	"errors"
	"io/fs"
	"path"
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
	switch {
	case strings.HasPrefix(p.Backend, "flit_scm"):
		return byTag(scmRule("flit-scm", r.pp.scmTable())), nil
	case strings.HasPrefix(p.Backend, "scikit_build_core"):
		return r.scikitVersion()
	case p.Backend == "maturin":
		return r.maturinVersion()
	case p.Backend == "mesonpy":
		return r.mesonVersion()
	case p.Backend == "pbr.build":
		return byTag(pbrRule()), nil
	}
	if file, asks := r.ownBackend(p.Backend); asks {
		return askedOfRepository(file), nil
	}
	return found{dynamic: p.Backend + " computes it"}, nil
}

// ownBackend is the file of a backend that lies in the tree, and whether that asks
// a repository.
func (r reader) ownBackend(backend string) (file string, asks bool) {
	module, _, _ := strings.Cut(backend, ":")
	for _, dir := range r.pp.list("build-system", "backend-path") {
		file = path.Join(dir, strings.ReplaceAll(module, ".", "/")+".py")
		if text, there, err := r.tree.optional(file); err == nil && there && asksRepository(text) {
			return file, true
		}
	}
	return file, false
}

// setuptoolsVersion goes the ways of setuptools: its own table, a plugin, and
// the old files, which may still fill in what is dynamic.
func (r reader) setuptoolsVersion() (found, error) {
	plugin, hasPlugin := r.plugin()
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
	versions, err := r.setup.versions(r)
	if hasPlugin {
		return r.disputed(plugin, versions), err
	}
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
		return byTag(hatchRule(pp.table(table...))), nil
	case source == "uv-dynamic-versioning":
		return byTag(dunamaiRule(source, r.pp.table("tool", source))), nil
	case source == "versioningit":
		return byTag(versioningitRule(r.pp.table("tool", source))), nil
	case source == "code" && file != "":
		if text, _, err := r.tree.optional(file); err != nil || asksRepository(text) {
			return askedOfRepository(file), err
		}
		return found{dynamic: "hatch source code"}, nil
	case source != "" && source != "regex":
		return found{dynamic: "hatch source " + source}, nil
	case file == "":
		return found{dynamic: "no file sets it"}, nil
	}
	return r.tree.pattern(file, pp.text(key("pattern")...), "hatch path")
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
