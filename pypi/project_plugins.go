package pypi

import "strings"

// table gives a table's values; nil if there is none.
func (p pyproject) table(keys ...string) options {
	t, _ := p.get(keys...).(map[string]any)
	return t
}

// scmTable is setuptools-scm's, under either spelling.
func (p pyproject) scmTable() options {
	if t := p.table("tool", "setuptools_scm"); t != nil {
		return t
	}
	return p.table("tool", "setuptools-scm")
}

// plugin finds the plugin of setuptools that a build would ask for the version.
// A plugin that is only required is not yet turned on.
func (r reader) plugin() (found, bool) {
	pp := r.pp
	switch py := r.setupVersion(); {
	case py.fromTag && py.dynamic != "setuptools-scm":
		return py, true
	case pp.scmTable() != nil && !r.installsSCM():
		return byTag(&tagRule{tool: "setuptools-scm", unsure: "setuptools-scm is set up, and no file says that the build installs it"}), true
	case pp.scmTable() != nil || pp.simpleSCM():
		return byTag(r.setupRule(scmRule("setuptools-scm", pp.scmTable()))), true
	case pp.has("tool", "vcs-versioning"):
		return byTag(unknownRule("vcs-versioning")), true
	case pp.has("tool", "versioningit") && pp.requires("versioningit"):
		return byTag(versioningitRule(pp.table("tool", "versioningit"))), true
	case pp.get("tool", "setuptools-git-versioning", "enabled") == true:
		return byTag(gitVersioningRule()), true
	}
	if py := r.setupVersion(); py.fromTag {
		return py, true
	}
	for _, dist := range unknownPlugins() {
		if pp.requires(dist) || pp.has("tool", dist) || pp.has("tool", strings.ReplaceAll(dist, "-", "_")) {
			return found{dynamic: dist + " may compute it"}, true
		}
	}
	return found{}, false
}

// installsSCM says whether a build would have setuptools-scm at hand.
func (r reader) installsSCM() bool {
	required := strings.ToLower(strings.ReplaceAll(r.setup.cfg["options"]["setup_requires"], "_", "-"))
	return r.pp.requires("setuptools-scm") || r.setup.py.version.fromTag || strings.Contains(required, "setuptools-scm")
}

// setupRule is the rule of pyproject.toml, unless setup.py has settings too. Where
// those of pyproject.toml only write files, they are no other rule.
func (r reader) setupRule(rule *tagRule) *tagRule {
	py, table := r.setup.py.version, r.pp.scmTable()
	switch {
	case py.rule == nil || py.dynamic != rule.tool:
		return rule
	case table.strange("write_to", "write_to_template", "version_file", "version_file_template") == "":
		return py.rule
	case r.setup.py.configured:
		return notPlain(rule.tool, "settings both in setup.py and in pyproject.toml")
	}
	return rule
}

// setupVersion is what setup.py says of the version. versioneer's settings
// stand elsewhere.
func (r reader) setupVersion() found {
	v := r.setup.py.version
	if v.dynamic == "versioneer" {
		v.rule = versioneerRule(r.versioneer())
	}
	return v
}

// simpleSCM says whether setuptools-scm is required in the way that turns it on.
func (p pyproject) simpleSCM() bool {
	for _, r := range p.list("build-system", "requires") {
		name, rest, _ := strings.Cut(strings.ReplaceAll(r, " ", ""), "[")
		extras, _, _ := strings.Cut(rest, "]")
		if NormalizeName(name) == "setuptools-scm" && strings.Contains(","+extras+",", ",simple,") {
			return true
		}
	}
	return false
}

// unknownPlugins may give the version, in ways that only a build can tell.
func unknownPlugins() []string {
	return []string{
		"setuptools-scm", "setuptools-git-versioning", "versioneer", "versioningit", "pbr", "miniver",
		"better-setuptools-git-version", "dunamai", "calver", "incremental", "setuptools-git-version", "setuptools-vcs-version",
	}
}

// gitVersioningRule is setuptools-git-versioning's: it takes the tag with the
// newest date, which on the same commit need not be the only one.
func gitVersioningRule() *tagRule {
	return &tagRule{tool: "setuptools-git-versioning", unsure: "setuptools-git-versioning takes the tag with the newest date of all"}
}

// hatchRule is hatch-vcs's, which hands its settings on to setuptools-scm.
func hatchRule(o options) *tagRule {
	raw := options{}
	if t, ok := o["raw-options"].(map[string]any); ok {
		for k, v := range t {
			raw[k] = v
		}
	}
	if key := o.strange("source", "raw-options", "tag-pattern", "fallback-version", "path"); key != "" {
		return notPlain("hatch-vcs", key)
	}
	if pattern := o.text("tag-pattern"); pattern != "" {
		raw["tag_regex"] = pattern
	}
	return scmRule("hatch-vcs", raw)
}
