package pypi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// pdmRule is pdm-backend's scm source, which is descended from setuptools-scm.
func pdmRule(o options) *tagRule {
	const tool = "pdm scm"
	if key := o.strange("source", "tag_regex", "tag_filter", "fallback_version", "write_to", "write_template"); key != "" {
		return notPlain(tool, key)
	}
	matches, ok := globs(cmpText(o.text("tag_filter"), "*.*"))
	if !ok {
		return notPlain(tool, "tag_filter")
	}
	version, ok := byRegex(cmpText(o.text("tag_regex"), scmTag))
	if !ok {
		return notPlain(tool, "tag_regex")
	}
	r := &tagRule{tool: tool, matches: matches, version: version}
	r.after = func(tag string, distance int) string { return r.guessed(tag, "0.0", distance) }
	return r
}

// pbrRule is pbr's: three numbers, whatever the tag has. Its other versions it
// writes in a way of its own, and makes of commit messages what comes next.
func pbrRule() *tagRule {
	form := regexp.MustCompile(`^[vV]*([0-9]+(?:\.[0-9]+){0,2})$`)
	return &tagRule{
		tool:    "pbr",
		matches: func(tag string) bool { return strings.ContainsAny(tag, "0123456789") },
		version: func(tag string) (string, error) {
			m := form.FindStringSubmatch(tag)
			if m == nil {
				return "", errNoRule
			}
			return m[1] + strings.Repeat(".0", 2-strings.Count(m[1], ".")), nil
		},
		after: func(string, int) string { return "" },
	}
}

// versioneerRule is versioneer's, whose settings are read from one of two files.
func versioneerRule(o options) *tagRule {
	const tool = "versioneer"
	if len(o) == 0 { // old ones are set up in setup.py
		return notPlain(tool, "what no file states plainly")
	}
	styles := []string{"", "pep440", "pep440-branch", "pep440-pre", "pep440-post", "pep440-post-branch", "pep440-old", "git-describe"}
	if style := o.text("style"); !slices.Contains(styles, style) {
		return notPlain(tool, "style "+style)
	}
	if vcs := o.text("VCS") + o.text("vcs"); vcs != "git" && vcs != "" {
		return notPlain(tool, "VCS "+vcs)
	}
	prefix := o.text("tag_prefix")
	if prefix == `''` || prefix == `""` { // as setup.cfg says that it is empty
		prefix = ""
	}
	return &tagRule{
		tool:    tool,
		matches: func(tag string) bool { return strings.HasPrefix(tag, prefix) },
		version: func(tag string) (string, error) {
			text := strings.TrimPrefix(tag, prefix)
			if text == "" || text[0] < '0' || text[0] > '9' { // which older ones take, and newer ones do not
				return "", errNoRule
			}
			return text, nil
		},
		after: func(tag string, distance int) string {
			if style := o.text("style"); style != "" && style != "pep440" {
				return ""
			}
			if tag == "" {
				return fmt.Sprintf("0+untagged.%d.g…", distance)
			}
			return fmt.Sprintf("%s+%d.g…", strings.TrimPrefix(tag, prefix), distance)
		},
	}
}

// versioningitRule is versioningit's, as long as every part is its basic one.
func versioningitRule(o options) *tagRule {
	const tool = "versioningit"
	if key := o.strange("vcs", "tag2version", "next-version", "format", "write", "onbuild", "template-fields", "default-version"); key != "" {
		return notPlain(tool, key)
	}
	part := func(key string, known ...string) (options, bool) {
		t, isTable := o[key].(map[string]any)
		if o[key] != nil && !isTable {
			return nil, false
		}
		return t, options(t).strange(known...) == ""
	}
	to, ok := part("tag2version", "method", "rmprefix", "rmsuffix")
	if !ok || cmpText(to.text("method"), "basic") != "basic" {
		return notPlain(tool, "tag2version")
	}
	vcs, ok := part("vcs", "method", "match", "default-tag")
	if !ok || !slices.Contains([]string{"", "git"}, vcs.text("method")) {
		return notPlain(tool, "vcs")
	}
	patterns := []string{"*"}
	if list, isList := vcs["match"].([]any); isList && len(list) > 0 {
		patterns = texts(list)
	}
	matches, ok := globs(patterns...)
	if !ok {
		return notPlain(tool, "vcs.match")
	}
	return &tagRule{
		tool: tool, matches: matches,
		version: func(tag string) (string, error) {
			tag = strings.TrimPrefix(tag, to.text("rmprefix"))
			return strings.TrimLeft(strings.TrimSuffix(tag, to.text("rmsuffix")), "v"), nil
		},
		after: func(string, int) string { return "" },
	}
}

// The form of a tag by dunamai's default pattern, but for the prefix.
const dunamaiTag = `v((?:\d+!)?\d+(?:\.\d+)*)(?:[-._]?([a-zA-Z]+)[-._]?(\d+)?)?(?:\+.+)?$`

// dunamaiRule is of the tools around dunamai: poetry-dynamic-versioning and
// uv-dynamic-versioning. They pass over tags that do not fit the pattern.
func dunamaiRule(tool string, o options) *tagRule {
	if key := o.strange("enable", "vcs", "style", "pattern", "pattern-prefix", "dirty", "strict", "bump", "metadata", "latest-tag",
		"fallback-version", "substitution", "files", "fix-shallow-repository", "ignore-untracked", "full-commit", "commit-length", "tag-dir"); key != "" {
		return notPlain(tool, key)
	}
	form := dunamaiTag
	switch pattern := o.text("pattern"); {
	case pattern == "default-unprefixed":
		form = "v?" + form[1:]
	case pattern != "" && pattern != "default":
		return notPlain(tool, "pattern")
	}
	if prefix := o.text("pattern-prefix"); regexp.QuoteMeta(prefix) != prefix {
		return notPlain(tool, "pattern-prefix")
	}
	if o["metadata"] == true || o["dirty"] == true || !slices.Contains([]string{"", "pep440"}, o.text("style")) ||
		!slices.Contains([]string{"", "any", "git"}, o.text("vcs")) || !slices.Contains([]string{"", "tags"}, o.text("tag-dir")) {
		return notPlain(tool, "metadata, dirty, style or vcs")
	}
	re := regexp.MustCompile("^" + o.text("pattern-prefix") + form)
	return &tagRule{
		tool: tool, matches: re.MatchString,
		version: func(tag string) (string, error) {
			m := re.FindStringSubmatch(tag)
			text := m[1] + m[2] + m[3]
			if m[2] != "" && !slices.Contains([]string{"a", "b", "rc", "alpha", "beta", "c"}, strings.ToLower(m[2])) {
				return "", errNoRule
			}
			return text, nil
		},
		after: func(string, int) string { return "" },
	}
}
