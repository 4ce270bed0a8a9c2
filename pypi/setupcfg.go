package pypi

import (
	"strings"
)

// setupFiles is what setup.cfg and setup.py state.
type setupFiles struct {
	exist bool // there is something a setuptools build would take
	cfg   ini
	py    setupCall
}

const (
	cfgFile = "setup.cfg"
	pyFile  = "setup.py"
)

// setupFiles reads both. legacy says that setup.py is run by the backend that
// lets it import modules beside it.
func (t tree) setupFiles(legacy bool) (setupFiles, error) {
	var s setupFiles
	text, there, err := t.optional(cfgFile)
	if err != nil {
		return s, err
	}
	if there {
		if s.cfg, err = parseINI(cfgFile, text); err != nil {
			return s, err
		}
	}
	text, there, err = t.optional(pyFile)
	if err != nil {
		return s, err
	}
	s.exist = there || s.cfg["metadata"]["name"] != ""
	if there {
		s.py, err = t.setupPy(text, legacy)
	}
	return s, err
}

// ini is a file as Python's RawConfigParser reads it: no interpolation, no
// comments behind values. Dashes in keys are underscores, as setuptools has it.
type ini map[string]map[string]string

func parseINI(file, text string) (ini, error) {
	conf := ini{}
	section, key := "", ""
	indent := 0
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		col := len(line) - len(strings.TrimLeft(line, " \t"))
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case key != "" && col > indent:
			conf[section][key] += "\n" + trimmed
		case trimmed[0] == '[' && strings.Contains(trimmed, "]"):
			section, key = trimmed[1:strings.LastIndexByte(trimmed, ']')], ""
			if conf[section] == nil {
				conf[section] = map[string]string{}
			}
		case section == "":
			return nil, &UnreadableError{file, i + 1, "a line stands before the first section"}
		default:
			at := strings.IndexAny(trimmed, "=:")
			if at < 1 {
				return nil, &UnreadableError{file, i + 1, "a line is neither a section nor an option"}
			}
			key, indent = optionKey(trimmed[:at]), col
			conf[section][key] = strings.TrimSpace(trimmed[at+1:])
		}
	}
	return conf, nil
}

func optionKey(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "-", "_")
}

// names are the names that are stated as text.
func (s setupFiles) names() []found {
	var all []found
	if s.py.name.text != "" {
		all = append(all, s.py.name)
	}
	if name := s.cfg["metadata"]["name"]; name != "" {
		all = append(all, found{text: name, source: cfgFile + " [metadata]"})
	}
	return all
}

// versions are the statements about the version, the stronger one first.
func (s setupFiles) versions(r reader) ([]found, error) {
	var all []found
	if v := r.setupVersion(); v.text != "" || v.dynamic != "" {
		all = append(all, v)
	}
	stated := s.cfg["metadata"]["version"]
	if stated == "" {
		return all, nil
	}
	v, err := r.cfgVersion(stated)
	return append(all, v), err
}

// versioneer gives versioneer's settings, which stand in either file.
func (r reader) versioneer() options {
	if t := r.pp.table("tool", "versioneer"); t != nil {
		return t
	}
	o := options{}
	for key, value := range r.setup.cfg["versioneer"] {
		o[key] = value
	}
	return o
}

func (r reader) cfgVersion(stated string) (found, error) {
	if attr, ok := strings.CutPrefix(stated, "attr:"); ok {
		return r.setuptoolsAttr(strings.TrimSpace(attr))
	}
	if file, ok := strings.CutPrefix(stated, "file:"); ok {
		return r.tree.versionFile(strings.FieldsFunc(file, func(c rune) bool {
			return c == ',' || c == '\n' || c == ' '
		}), "setup.cfg file")
	}
	return found{text: stated, source: cfgFile + " [metadata]"}, nil
}

// packageDir is [options] package_dir: where packages are, "" for all others.
func (s setupFiles) packageDir() map[string]string {
	dirs := map[string]string{}
	for _, line := range strings.Split(s.cfg["options"]["package_dir"], "\n") {
		if name, dir, ok := strings.Cut(line, "="); ok {
			dirs[strings.TrimSpace(name)] = strings.TrimSpace(dir)
		}
	}
	return dirs
}

func (s setupFiles) where() string {
	where, _, _ := strings.Cut(s.cfg["options.packages.find"]["where"], "\n")
	return where
}

// legacy reads a project that only setup.cfg and setup.py describe.
func (r reader) legacy(p Project) (Project, error) {
	names := r.setup.names()
	for _, n := range names {
		if err := agree("name", names[0], n); err != nil {
			return p, err
		}
	}
	if len(names) > 0 {
		p.setName(names[0])
	}
	v, err := r.legacyVersion()
	p.setVersion(v)
	p.NeedsBuild = p.NeedsBuild || p.Name == ""
	return p, err
}

func (r reader) legacyVersion() (found, error) {
	stated, err := r.setup.versions(r)
	if err != nil {
		return found{}, err
	}
	if plugin, ok := r.plugin(); ok && plugin.fromTag {
		return r.disputed(plugin, stated), nil
	}
	for _, v := range stated {
		if err := agree("version", stated[0], v); err != nil {
			return found{}, err
		}
	}
	if len(stated) > 0 && stated[0].text != "" {
		return stated[0], nil
	}
	if plugin, ok := r.plugin(); ok {
		return plugin, nil
	}
	if _, ok := r.setup.cfg["versioneer"]; ok && (len(stated) == 0 || !stated[0].fromTag) {
		return found{dynamic: "versioneer", fromTag: true}, nil
	}
	if len(stated) > 0 {
		return stated[0], nil
	}
	return found{dynamic: "no file sets it"}, nil
}

// disputed is a plugin's version where the old files state one, too. What stands in
// setup.cfg as an attribute never counts beside a plugin, and to pbr it is the
// version to come.
func (r reader) disputed(plugin found, stated []found) found {
	if cfg := r.setup.cfg["metadata"]["version"]; strings.HasPrefix(cfg, "attr:") || plugin.dynamic == "pbr" && cfg != "" {
		stated = stated[:len(stated)-1]
	}
	for _, v := range stated {
		if plugin.rule != nil && !v.fromTag {
			plugin.rule = plugin.rule.besides(v)
		}
	}
	return plugin
}
