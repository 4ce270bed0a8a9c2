package pypi

import (
	"regexp"
	"strings"
)

// globs says yes to a name that one of git's patterns fits. A pattern that is
// not understood here gives ok false.
func globs(patterns ...string) (match func(string) bool, ok bool) {
	var all []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile(`^(?s:` + globExpression(p) + `)$`)
		if err != nil {
			return nil, false
		}
		all = append(all, re)
	}
	return func(name string) bool {
		for _, re := range all {
			if re.MatchString(name) {
				return true
			}
		}
		return false
	}, true
}

// globExpression writes a pattern of git describe as a regular expression: a
// star passes slashes, and sets in brackets are the same but for the "!".
func globExpression(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			end := setEnd(pattern[i:])
			if end < 0 {
				return "[" // no set, and no expression either
			}
			set := pattern[i : i+end]
			if strings.HasPrefix(set, "[!") {
				set = "[^" + set[2:]
			}
			b.WriteString(set)
			i += end - 1
		case '\\':
			if i++; i == len(pattern) {
				return "["
			}
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return b.String()
}

// setEnd is the length of the set that s begins with; -1 if it does not end.
func setEnd(s string) int {
	for i := 1; i < len(s); i++ {
		if strings.HasPrefix(s[i:], "[:") {
			if end := strings.Index(s[i:], ":]"); end > 0 {
				i += end + 1
				continue
			}
		}
		if s[i] == ']' && i > 1 {
			return i + 1
		}
	}
	return -1
}

// describePattern reads the patterns out of a git describe command. ok is false
// for a command that does anything else than name the nearest tag.
func describePattern(words []string) (patterns []string, ok bool) {
	if len(words) < 2 || words[0] != "git" || words[1] != "describe" {
		return nil, false
	}
	tags := false
	for i := 2; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "--tags":
			tags = true
		case w == "--dirty" || w == "--long" || w == "--abbrev=40":
		case w == "--match" && i+1 < len(words):
			i++
			patterns = append(patterns, words[i])
		case strings.HasPrefix(w, "--match="):
			patterns = append(patterns, strings.TrimPrefix(w, "--match="))
		default:
			return nil, false
		}
	}
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	return patterns, tags // without --tags only annotated tags count
}

// shellWords splits a command as a shell would where nothing but spaces and
// plain quotes are in it.
func shellWords(s string) (words []string, ok bool) {
	if strings.ContainsAny(s, "\\$`\n") {
		return nil, false
	}
	word, in, open := "", false, rune(0)
	for _, c := range s + " " {
		switch {
		case open != 0 && c == open:
			open = 0
		case open == 0 && (c == '\'' || c == '"'):
			open, in = c, true
		case open == 0 && c == ' ':
			if in {
				words = append(words, word)
			}
			word, in = "", false
		default:
			word, in = word+string(c), true
		}
	}
	return words, open == 0
}
