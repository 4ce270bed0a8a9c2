package pypi

import (
	"maps"
	"path"
	"strings"
)

// hatch reads which files a build with hatchling makes, and which it takes from
// elsewhere. What an sdist is given is in the wheel that is built of it.
func (m *maker) hatch(kind string) error {
	conf, err := m.hatchConfig()
	if err != nil {
		return err
	}
	m.moved = map[string]string{}
	targets := []string{"sdist"}
	if kind == KindWheel {
		targets = append(targets, "wheel")
	}
	m.hatchTable(pyproject(conf.table("build")))
	for _, target := range targets {
		m.hatchTable(pyproject(conf.table("build", "targets", target)))
	}
	return nil
}

// hatchConfig is [tool.hatch] with what hatch.toml says in place of its tables.
func (m *maker) hatchConfig() (pyproject, error) {
	conf := pyproject{}
	maps.Copy(conf, m.pp.table("tool", "hatch"))
	own, err := m.tree.toml("hatch.toml")
	maps.Copy(conf, own)
	return conf, err
}

func (m *maker) hatchTable(table pyproject) {
	m.hooks = append(m.hooks, table.list("artifacts")...)
	for name, hook := range table.table("hooks") {
		key := "version-file"
		if name == "version" {
			key = "path"
		}
		if options, ok := hook.(map[string]any); ok {
			for _, file := range pyproject(options).list(key) {
				m.versions = append(m.versions, path.Clean(file))
			}
		}
	}
	m.move(table, "force-include", "")
	m.move(table, "shared-data", ".data/data")
	m.move(table, "shared-scripts", ".data/scripts")
}

// move notes files that are put elsewhere than they lie. What is shared lies in a
// folder of the wheel, of which only the end is known.
func (m *maker) move(table pyproject, key, below string) {
	for from, to := range table.table(key) {
		if to, ok := to.(string); ok {
			m.moved[strings.Trim(path.Join(below, to), "/")] = path.Clean(from)
		}
	}
}
