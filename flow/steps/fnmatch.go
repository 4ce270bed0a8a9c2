package steps

import (
	"path"
	"strings"
)

// fnmatch matches a name as GitHub matches the patterns of its environments: Ruby's
// File.fnmatch with FNM_PATHNAME (docs.github.com, REST, deployment branch policies).
// A wildcard stands for anything but a slash; ** as a whole part of a path, and not
// the last, stands for any number of parts. No part of a ref begins with a dot.
func fnmatch(pattern, name string) bool {
	left := maxMatchSteps
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"), &left)
}

// maxMatchSteps bounds the work for a pattern that somebody made to be slow.
const maxMatchSteps = 10_000

func matchParts(patterns, parts []string, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	if len(patterns) == 0 || len(parts) == 0 {
		return len(patterns) == len(parts)
	}
	if patterns[0] == "**" && len(patterns) > 1 {
		return matchParts(patterns[1:], parts, left) || matchParts(patterns, parts[1:], left)
	}
	hit, err := path.Match(strings.ReplaceAll(patterns[0], "[!", "[^"), parts[0])
	return err == nil && hit && matchParts(patterns[1:], parts[1:], left)
}
