// Package visible is the one way for text from outside to reach a terminal. It
// shows what a terminal would obey: escape sequences, control characters,
// direction marks and characters without a glyph come out as text, so that a
// server, a log or a file name can neither forge a line nor hide one.
//
// A byte that is not UTF-8 or a control character is written \xNN, \n or \r, any
// other character \u{NNNN}, a tab as four spaces. A backslash is left alone:
// doubling it would spoil every Windows path, and a text that only looks like an
// escape does no harm. Hence showing a text twice is the same as showing it once.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const tab = "    "

// maxMarks is how many combining marks may follow one character: enough for
// every language, too few to paint over the lines above.
const maxMarks = 4

// Line gives s as one line of printable characters; a line break is shown as \n.
func Line(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	marks := maxMarks // nothing stands before the first character that a mark could belong to
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			marks = maxMarks
		case unicode.Is(unicode.M, r) && marks < maxMarks && shown(r):
			b.WriteRune(r)
			marks++
		case unicode.Is(unicode.M, r) || !shown(r):
			b.WriteString(escaped(r))
			marks = maxMarks
		default:
			b.WriteRune(r)
			marks = 0
		}
		i += size
	}
	return b.String()
}

// Text is Line for a text of several lines: \n stays, and \r\n becomes \n.
func Text(s string) string { return strings.Join(Lines(s), "\n") }

// Lines gives the lines of a text, each made visible. A break at the very end
// starts no further line; an empty text has no lines.
func Lines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = Line(strings.TrimSuffix(l, "\r"))
	}
	return lines
}

// Limit is Line cut to a number of cells. What was cut ends in more, such as "…".
func Limit(s string, cells int, more string) string {
	s = Line(s)
	if cells <= 0 {
		return ""
	}
	if ansi.StringWidth(s) <= cells {
		return s
	}
	if ansi.StringWidth(more) > cells {
		more = ""
	}
	return ansi.Truncate(s, cells, more)
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// shown says whether a character has a glyph, or a place, of its own.
func shown(r rune) bool {
	switch {
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r):
		return false
	case r == '\u2800': // the braille pattern without dots
		return false
	}
	return unicode.IsPrint(r)
}

func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return tab
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	}
	return fmt.Sprintf(`\u{%x}`, r)
}
