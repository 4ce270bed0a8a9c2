package pypi

import (
	"fmt"
	"slices"
	"strings"
)

// options are a tool's settings as plain values.
type options map[string]any

// strange gives the first setting that is not among the known ones.
func (o options) strange(known ...string) string {
	var all []string
	for key := range o {
		if !slices.Contains(known, key) {
			all = append(all, key)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return slices.Min(all)
}

func (o options) text(key string) string { s, _ := o[key].(string); return s }

// notPlain is why a setting leaves the tags to a build.
func notPlain(tool, option string) *tagRule {
	return &tagRule{tool: tool, unsure: fmt.Sprintf("%s is set up with %s", tool, option)}
}

// The pattern by which setuptools-scm and pdm take a version out of a tag.
const scmTag = `^(?:[\w-]+-)?(?P<version>[vV]?\d+(?:\.\d+){0,2}[^\+]*)(?:\+.*)?$`

// scmRule is setuptools-scm's, and of all that call it. The settings that have a
// say only without a repository, or write files, change no version.
func scmRule(tool string, o options) *tagRule {
	if key := o.strange("root", "relative_to", "version_scheme", "local_scheme", "tag_regex", "fallback_version", "fallback_root",
		"parentdir_prefix_version", "write_to", "write_to_template", "version_file", "version_file_template", "dist_name",
		"search_parent_directories", "git_describe_command", "scm"); key != "" {
		return notPlain(tool, key)
	}
	scheme := o.text("version_scheme")
	_, isText := o["tag_regex"].(string)
	switch {
	case o["tag_regex"] != nil && !isText:
		return notPlain(tool, "tag_regex")
	case o["version_scheme"] != nil && !slices.Contains(scmSchemes(), scheme):
		return notPlain(tool, "version_scheme")
	case o["local_scheme"] != nil && !slices.Contains([]string{"node-and-date", "node-and-timestamp", "dirty-tag", "no-local-version"}, o.text("local_scheme")):
		return notPlain(tool, "local_scheme")
	}
	matches, ok := scmMatches(o)
	if !ok {
		return notPlain(tool, "a git_describe_command")
	}
	version, ok := byRegex(cmpText(o.text("tag_regex"), scmTag))
	if !ok {
		return notPlain(tool, "tag_regex")
	}
	r := &tagRule{tool: tool, matches: matches, version: version}
	if scheme == "python-simplified-semver" {
		r.version = threeNumbers(version)
	}
	r.after = func(tag string, distance int) string {
		if scheme != "" && scheme != "guess-next-dev" || o["local_scheme"] != nil && o.text("local_scheme") != "node-and-date" {
			return ""
		}
		return r.guessed(tag, "0.0", distance)
	}
	return r
}

// scmSchemes give the tag's own version on the tag's own commit.
func scmSchemes() []string {
	return []string{"guess-next-dev", "post-release", "python-simplified-semver", "release-branch-semver", "no-guess-dev", "only-version"}
}

// guessed is the version behind a tag, or behind none.
func (r *tagRule) guessed(tag, none string, distance int) string {
	version := none
	if tag != "" {
		v, err := r.version(tag)
		if err != nil {
			return ""
		}
		version = v
	}
	return guessNext(version, distance)
}

func cmpText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// scmMatches are the tags that setuptools-scm has git describe look at.
func scmMatches(o options) (match func(string) bool, ok bool) {
	command := o["git_describe_command"]
	if scm, nested := o["scm"].(map[string]any); nested {
		git, _ := scm["git"].(map[string]any)
		if command == nil {
			command = git["describe_command"]
		}
		if options(git).strange("describe_command") != "" || options(scm).strange("git") != "" {
			return nil, false
		}
	}
	patterns := []string{"*[0-9]*"}
	switch c := command.(type) {
	case nil:
	case string:
		words, plain := shellWords(c)
		if patterns, ok = describePattern(words); !ok || !plain {
			return nil, false
		}
	case []any:
		if patterns, ok = describePattern(texts(c)); !ok {
			return nil, false
		}
	default:
		return nil, false
	}
	return globs(patterns...)
}

func texts(list []any) (out []string) {
	for _, e := range list {
		s, _ := e.(string)
		out = append(out, s)
	}
	return out
}

// byRegex takes the version out of a tag as Python's re.match does: the only
// group, or the one called version. An expression that means anything else
// here than there has no rule.
func byRegex(expression string) (func(string) (string, error), bool) {
	p, ok := pythonPattern(expression, "")
	if !ok {
		return nil, false
	}
	group := p.re.SubexpIndex("version")
	if p.re.NumSubexp() == 1 {
		group = 1
	}
	return func(tag string) (string, error) {
		if !p.sure(tag) {
			return "", errNoRule
		}
		m := p.start.FindStringSubmatch(tag)
		if m == nil || m[group] == "" {
			return "", fmt.Errorf("tag %s has no version", tag)
		}
		return m[group], nil
	}, group > 0
}

// threeNumbers is python-simplified-semver: on a tag it is the release alone,
// with three numbers. What it would drop or add is left to a build.
func threeNumbers(version func(string) (string, error)) func(string) (string, error) {
	return func(tag string) (string, error) {
		text, err := version(tag)
		if err != nil {
			return "", err
		}
		v, err := ParseVersion(text)
		if err != nil || len(v.release) != 3 || v.String() != strings.Join(v.release, ".") {
			return "", errNoRule
		}
		return v.String(), nil
	}
}
