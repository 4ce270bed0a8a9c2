package rules

import (
	"regexp"
	"strings"
)

// matchAny says whether a list of patterns selects a name, by the rules of the
// provider whose file holds it. An empty list selects nothing.
func matchAny(provider string, patterns []string, name string) bool {
	if provider == "travis" {
		for _, p := range patterns {
			if matchTravis(p, name) {
				return true
			}
		}
		return false
	}
	return matchGitHub(patterns, name)
}

// matchTravis matches one entry of a Travis list: /regex/, or a bash pattern,
// in which * also stands for a slash.
func matchTravis(pattern, name string) bool {
	if len(pattern) > 1 && strings.HasPrefix(pattern, "/") && strings.HasSuffix(pattern, "/") {
		re, err := compileRuby(pattern[1 : len(pattern)-1])
		return err == nil && re.MatchString(name)
	}
	if pattern == name {
		return true
	}
	src, ok := globPiece(pattern)
	re, err := regexp.Compile("^(?s:" + src + ")$")
	return ok && err == nil && re.MatchString(name)
}

// compileRuby compiles a Ruby expression as far as Go knows its syntax.
func compileRuby(src string) (*regexp.Regexp, error) {
	return regexp.Compile(strings.NewReplacer(`\A`, `^`, `\Z`, `$`, `\z`, `$`, `\h`, `[0-9a-fA-F]`, `\/`, `/`).Replace(src))
}

// matchGitHub applies GitHub's filter patterns in order: a later pattern
// overrides an earlier one, and ! takes names out again.
func matchGitHub(patterns []string, name string) bool {
	in := false
	for _, p := range patterns {
		p, negative := strings.CutPrefix(p, "!")
		re, err := regexp.Compile(globRegexp(p))
		if err == nil && re.MatchString(name) {
			in = !negative
		}
	}
	return in
}

// globRegexp translates a glob, in which ** crosses slashes. As GitHub documents, ? and + apply to what is before them.
func globRegexp(glob string) string {
	var b strings.Builder
	b.WriteString("^")
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; {
		case strings.HasPrefix(glob[i:], "**/"):
			b.WriteString("(?:.*/)?")
			i += 2
		case strings.HasPrefix(glob[i:], "**"):
			b.WriteString(".*")
			i++
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?' && i > 0, c == '+' && i > 0:
			b.WriteByte(c)
		case c == '[' && strings.IndexByte(glob[i+1:], ']') > 0:
			end := i + 1 + strings.IndexByte(glob[i+1:], ']')
			b.WriteString("[" + strings.ReplaceAll(glob[i+1:end], `\`, `\\`) + "]")
			i = end
		case c == '\\' && i+1 < len(glob):
			i++
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return b.String() + "$"
}
