package pypi

import (
	"slices"
	"strings"
)

// eggTags applies [egg_info] of setup.cfg, which has setuptools write another
// version than the one that is stated: with a text behind it, or the date.
func (r reader) eggTags(p Project) Project {
	if !r.pp.usesSetuptools() {
		return p
	}
	tags := r.setup.cfg["egg_info"]
	text := tags["tag_build"]
	date := slices.Contains([]string{"1", "true", "yes", "on"}, strings.ToLower(tags["tag_date"]))
	switch {
	case text == "" && !date && !r.pp.has("tool", "distutils", "egg_info"):
	case text == "" || date || p.FromTag:
		p.Version, p.VersionSource, p.FromTag, p.rule = "", "", false, nil
		p.Dynamic, p.NeedsBuild = "[egg_info] has the build add to it", true
	case p.Version != "" && !strings.HasSuffix(p.Version, text):
		p.Version, p.VersionSource = p.Version+text, p.VersionSource+" with tag_build of setup.cfg"
	}
	return p
}
