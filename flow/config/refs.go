package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func branch() form { return check(wrongBranch) }

func tag() form {
	return check(func(s string) string { return wrongPattern("refs/tags/", s) })
}

// BranchRef gives the full name of the release branch, "refs/heads/…".
func (r Release) BranchRef(name, version string) (string, error) {
	return r.ref("release.branch", "refs/heads/", r.Branch, name, version)
}

// TagRef gives the full name of the release tag, "refs/tags/…".
func (r Release) TagRef(name, version string) (string, error) {
	return r.ref("release.tag", "refs/tags/", r.Tag, name, version)
}

func (r Release) ref(key, prefix, pattern, name, version string) (string, error) {
	short := expand(pattern, name, version)
	wrong := wrongRef(prefix + short)
	if prefix == "refs/heads/" && wrong == "" {
		wrong = trunk(short, "")
	}
	if wrong != "" {
		return "", &Error{Key: key, Text: fmt.Sprintf("%s %s", quote(short), wrong)}
	}
	return prefix + short, nil
}

// CheckBranch refuses a release branch that people work on: the branch is
// deleted when the release is done.
func (c Config) CheckBranch(defaultBranch string) error {
	wrong := trunk(c.Release.Branch, defaultBranch)
	if wrong == "" {
		return nil
	}
	e := c.settings["release.branch"]
	return &Error{File: e.where, Line: e.line, Key: "release.branch", Text: quote(c.Release.Branch) + " " + wrong}
}

func trunk(branch, defaultBranch string) string {
	for _, b := range []string{"main", "master", "HEAD", defaultBranch} {
		if strings.EqualFold(branch, b) {
			return "is a branch that people work on; the release branch is deleted after the release"
		}
	}
	return ""
}

func expand(pattern, name, version string) string {
	return strings.NewReplacer("{name}", name, "{version}", version).Replace(pattern)
}

func wrongBranch(s string) string {
	if wrong := wrongPattern("refs/heads/", s); wrong != "" {
		return wrong
	}
	if wrong := trunk(s, ""); wrong != "" {
		return quote(s) + " " + wrong
	}
	return ""
}

func wrongPattern(prefix, pattern string) string {
	short := expand(pattern, "n", "1")
	switch {
	case strings.ContainsAny(short, "{}"):
		return quote(pattern) + " holds braces that are neither {name} nor {version}"
	case strings.HasPrefix(pattern, "refs/"):
		return quote(pattern) + " is a full ref; write it without " + prefix
	}
	if wrong := wrongRef(prefix + short); wrong != "" {
		return quote(pattern) + " " + wrong
	}
	return ""
}

// wrongRef says what is wrong with a full ref, by the rules of
// git check-ref-format and one of our own: no part starts with a dash.
func wrongRef(ref string) string {
	if strings.Contains(ref, "*") {
		return "is a wildcard; one ref is released"
	}
	if strings.ContainsAny(ref, " ~^:?[\\\x7f") || strings.ContainsFunc(ref, odd) {
		return "holds a character that git allows in no ref"
	}
	if strings.Contains(ref, "..") || strings.Contains(ref, "@{") || strings.HasSuffix(ref, ".") {
		return "is no name of a ref"
	}
	for part := range strings.SplitSeq(ref, "/") {
		if part == "" || part == "@" || part[0] == '.' || part[0] == '-' || strings.HasSuffix(part, ".lock") {
			return "is no name of a ref"
		}
	}
	return ""
}

func (c Config) checkIndexes() error {
	for _, key := range []string{"release.index", "release.staging"} {
		e := c.settings[key]
		if _, ok := c.Index[e.value]; !ok && e.value != "" {
			text := quote(e.value) + " is not declared as an index"
			return &Error{File: e.where, Line: e.line, Key: key, Text: text, Suggestion: nearestWord(e.value, c.Index)}
		}
	}
	if e := c.settings["release.staging"]; e.value == c.Release.Index {
		return &Error{File: e.where, Line: e.line, Key: e.key, Text: "is the index that is released to"}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Index)) {
		if c.Index[name].Simple == "" {
			e := c.anyOf("index." + name + ".")
			return &Error{File: e.where, Line: e.line, Key: "index." + name + ".simple", Text: "is missing; a release cannot be confirmed without it"}
		}
	}
	return nil
}

func (c Config) anyOf(prefix string) (first entry) {
	for k, e := range c.settings {
		if strings.HasPrefix(k, prefix) && (first.key == "" || k < first.key) {
			first = e
		}
	}
	return first
}
