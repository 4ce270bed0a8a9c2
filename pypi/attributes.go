package pypi

import (
	"path"
	"slices"
	"strings"
)

// convertsLines says whether .gitattributes let a checkout have other line ends
// than the tree. The last line that fits decides, in the deepest folder first.
func (t tree) convertsLines(file string) bool {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		text, there, err := t.optional(path.Join(dir, ".gitattributes"))
		if err == nil && there {
			below := file
			if dir != "." {
				below = strings.TrimPrefix(file, dir+"/")
			}
			if yes, said := lineRule(text, below); said {
				return yes
			}
		}
		if dir == "." {
			return false
		}
	}
}

func lineRule(text, file string) (converts, said bool) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || strings.HasPrefix(words[0], "#") || !matchesPath(words[0], file) {
			continue
		}
		for _, attribute := range words[1:] {
			switch name, _, _ := strings.Cut(attribute, "="); name {
			case "text", "eol", "crlf":
				converts, said = true, true
			case "-text", "-crlf", "binary":
				converts, said = false, true
			}
		}
	}
	return converts, said
}

// maxStars bounds how often a pattern may say "any folders": each multiplies
// the work.
const maxStars = 4

// matchesPath is a pattern as .gitattributes and .gitignore have it: without a
// slash it is for names in any folder.
func matchesPath(pattern, file string) bool {
	if !strings.Contains(strings.TrimSuffix(pattern, "/"), "/") {
		pattern = "**/" + pattern
	}
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	parts = slices.CompactFunc(parts, func(a, b string) bool { return a == "**" && b == "**" })
	stars := 0
	for _, p := range parts {
		if p == "**" {
			stars++
		}
	}
	return stars <= maxStars && matchesParts(parts, strings.Split(file, "/"))
}

func matchesParts(pattern, file []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := range file {
				if matchesParts(pattern[1:], file[i:]) {
					return true
				}
			}
			return len(pattern) == 1
		}
		if len(file) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], file[0]); err != nil || !ok {
			return false
		}
		pattern, file = pattern[1:], file[1:]
	}
	return len(file) == 0
}

// coversPath is matchesPath for a file or a folder that it lies in.
func coversPath(pattern, file string) bool {
	for at := file; at != "." && at != ".."; at = path.Dir(at) {
		if matchesPath(pattern, at) {
			return true
		}
	}
	return false
}
