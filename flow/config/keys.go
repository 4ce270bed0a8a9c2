package config

import (
	"regexp"
	"strings"
	"time"
)

// spec is one key that may be set.
type spec struct {
	key   string // dotted; * stands for a name of the user's choosing
	value string // the default
	as    form
	set   func(c *Config, name, value string)
}

// named says whether the key has a name of the user's choosing in it.
func (s spec) named() bool { return strings.Contains(s.key, "*") }

func (s spec) table() string {
	table, _, _ := strings.Cut(s.key, ".")
	return table
}

// own says whether a project may not set the key: it belongs to the person.
func (s spec) own() bool { return s.table() == "ui" || s.table() == "wait" }

// specs is every key there is. The list of all settings, the suggestions and the
// names of the environment's variables follow from it.
func specs() []spec {
	return []spec{
		{"release.trigger", "auto", oneOf("auto", "branch", "tag", "release", "dispatch", "external"), func(c *Config, _, v string) { c.Release.Trigger = v }},
		{"release.branch", "pypi-release", branch(), func(c *Config, _, v string) { c.Release.Branch = v }},
		{"release.tag", "v{version}", tag(), func(c *Config, _, v string) { c.Release.Tag = v }},
		{"release.remote", "origin", remote(), func(c *Config, _, v string) { c.Release.Remote = v }},
		{"release.index", "pypi", name(), func(c *Config, _, v string) { c.Release.Index = v }},
		{"release.staging", "", optional(name()), func(c *Config, _, v string) { c.Release.Staging = v }},
		{"release.artifacts", "", listOf(oneOf("sdist", "wheel")), func(c *Config, _, v string) { c.Release.Artifacts = split(v) }},
		{"release.keep-branch", "false", boolean(), func(c *Config, _, v string) { c.Release.KeepBranch = v == "true" }},
		{"release.claim", "true", boolean(), func(c *Config, _, v string) { c.Release.Claim = v == "true" }},
		{"release.notes", "auto", oneOf("auto", "changelog", "host", "none"), func(c *Config, _, v string) { c.Release.Notes = v }},
		{"release.host-release", "auto", oneOf("auto", "yes", "no"), func(c *Config, _, v string) { c.Release.HostRelease = v }},
		{"release.timeout", "6h", atLeast(time.Second), func(c *Config, _, v string) { c.Release.Timeout = duration(v) }},

		{"index.*.upload", "", address(), func(c *Config, n, v string) { i := c.Index[n]; i.Upload = v; c.Index[n] = i }},
		{"index.*.simple", "", folder(), func(c *Config, n, v string) { i := c.Index[n]; i.Simple = v; c.Index[n] = i }},
		{"index.*.json", "", optional(folder()), func(c *Config, n, v string) { i := c.Index[n]; i.JSON = v; c.Index[n] = i }},

		{"package.*.path", "", inside(), func(c *Config, n, v string) { c.Package[n] = Package{Path: v} }},

		{"ci.provider", "auto", providers(), func(c *Config, _, v string) { c.CI.Provider = split(v) }},
		{"ci.url", "", optional(address()), func(c *Config, _, v string) { c.CI.URL = v }},
		{"ci.configuration", "", optional(configuration()), func(c *Config, _, v string) { c.CI.Configuration = v }},
		{"ci.ui", "", optional(address()), func(c *Config, _, v string) { c.CI.UI = v }},

		{"ui.face", "auto", oneOf("auto", "tui", "lines", "plain", "json", "quiet"), func(c *Config, _, v string) { c.UI.Face = v }},
		{"ui.ascii", "false", boolean(), func(c *Config, _, v string) { c.UI.ASCII = v == "true" }},
		{"ui.color", "auto", oneOf("auto", "always", "never"), func(c *Config, _, v string) { c.UI.Color = v }},
		{"ui.motion", "true", boolean(), func(c *Config, _, v string) { c.UI.Motion = v == "true" }},
		{"ui.accessible", "false", boolean(), func(c *Config, _, v string) { c.UI.Accessible = v == "true" }},

		{"wait.every", "10s", atLeast(time.Millisecond), func(c *Config, _, v string) { c.Wait.Every = duration(v) }},
		{"wait.settle", "60s", atLeast(0), func(c *Config, _, v string) { c.Wait.Settle = duration(v) }},
		{"wait.second-look", "10s", atLeast(0), func(c *Config, _, v string) { c.Wait.SecondLook = duration(v) }},
		{"wait.fresh", "60s", atLeast(time.Millisecond), func(c *Config, _, v string) { c.Wait.Fresh = duration(v) }},
	}
}

// A name may hold dots, as projects on PyPI do.
var goodName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// find gives the spec of a dotted key, and the name in it.
func find(key string) (s spec, name string, ok bool) {
	for _, s := range specs() {
		if s.key == key {
			return s, "", true
		}
		before, after, named := strings.Cut(s.key, "*")
		if !named || !strings.HasPrefix(key, before) || !strings.HasSuffix(key, after) {
			continue
		}
		if len(key) > len(before)+len(after) {
			name := key[len(before) : len(key)-len(after)]
			return s, name, goodName.MatchString(name)
		}
	}
	return spec{}, "", false
}
