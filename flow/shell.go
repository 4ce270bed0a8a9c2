package flow

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./^-][A-Za-z0-9_@%+=:,./^~-]*$`) // a leading ~ would be a home

// Shell writes a command as a person would type it into a POSIX shell. A
// command that already is a shell's line is that line.
func Shell(command []string) string {
	if len(command) == 3 && command[0] == "sh" && command[1] == "-c" {
		return command[2]
	}
	words := make([]string, len(command))
	for i, w := range command {
		words[i] = quote(w)
	}
	return strings.Join(words, " ")
}

var bareVariable = regexp.MustCompile(`^\$[A-Z][A-Z_]*$`)

// withVariable holds a variable for the shell to fill in, as secrets are shown,
// and nothing else that means something between double quotes.
var withVariable = regexp.MustCompile(`^[^$"\\` + "`" + `!]*\$[A-Z][A-Z_]*[^$"\\` + "`" + `!]*$`)

func quote(word string) string {
	switch {
	case plainWord.MatchString(word), bareVariable.MatchString(word):
		return word
	case withVariable.MatchString(word):
		return `"` + word + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Verbatim writes one word of which a shell fills nothing in.
func Verbatim(word string) string {
	if !strings.Contains(word, "$") {
		return quote(word)
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Text writes one word of several lines, of which a shell fills nothing in, on one
// line. A shell takes line ends off its end, which it must not have.
func Text(word string) string {
	var b strings.Builder
	for _, r := range word {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\'':
			b.WriteString(`'\''`)
		case r == '!' || !unicode.IsPrint(r): // at a prompt, ! means an older line
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\0%03o`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return `"$(printf %b '` + b.String() + `')"`
}
