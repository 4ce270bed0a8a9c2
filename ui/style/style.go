// Package style holds everything about how ferry looks: the glyphs, their ASCII
// twins, and sixteen colours at most. The terminal's owner decides the shades,
// so nothing here depends on a light or a dark background and nothing asks the
// terminal anything.
//
// A status is always a glyph and a word; colour is the third sign of it, never
// the only one.
package style

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Style is how things look. The zero Style draws no glyphs; start with New.
type Style struct {
	Glyphs
	ASCII bool // the terminal shows ASCII only
	Color bool // otherwise bold, faint and reverse are all there is
}

// Glyphs are the signs, each one cell wide in both sets.
type Glyphs struct {
	OK, Fail, Run, Wait, Alert, Unknown, Past string // what a step says
	Late, Differs                             string // what a surface says of a file
	Cursor, Entry, More                       string
	Rule, Bar, Foot, Dot                      string
	Up, Down, Left, Right                     string
}

var unicodeGlyphs = Glyphs{
	OK: "✓", Fail: "✗", Run: "●", Wait: "○", Alert: "!", Unknown: "?", Past: "-",
	Late: "●", Differs: "✗",
	Cursor: "▸", Entry: "_", More: "…",
	Rule: "─", Bar: "│", Foot: "┴", Dot: "·",
	Up: "↑", Down: "↓", Left: "←", Right: "→",
}

var asciiGlyphs = Glyphs{
	OK: "+", Fail: "x", Run: "*", Wait: "o", Alert: "!", Unknown: "?", Past: "-",
	Late: "*", Differs: "x",
	Cursor: ">", Entry: "_", More: "~",
	Rule: "-", Bar: "|", Foot: "-", Dot: ".",
	Up: "^", Down: "v", Left: "<", Right: ">",
}

// New gives the look for a terminal.
func New(ascii, color bool) Style {
	s := Style{Glyphs: unicodeGlyphs, ASCII: ascii, Color: color}
	if ascii {
		s.Glyphs = asciiGlyphs
	}
	return s
}

// Plain gives t as the terminal can show it: where only ASCII can be shown, a
// question mark stands for every cell of any other character.
func (s Style) Plain(t string) string {
	if !s.ASCII || isASCII(t) {
		return t
	}
	var b strings.Builder
	for _, r := range t {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Repeat("?", ansi.StringWidth(string(r))))
	}
	return b.String()
}

func isASCII(t string) bool {
	for i := range len(t) {
		if t[i] >= 0x80 {
			return false
		}
	}
	return true
}

// The sequences that are ever written. Each styled piece ends in reset, and no
// piece spans a line: the renderer compares lines one by one.
const (
	reset   = "\x1b[m"
	bold    = "\x1b[1m"
	faint   = "\x1b[2m"
	reverse = "\x1b[7m"
	red     = "\x1b[31m"
	boldRed = "\x1b[1;31m"
	green   = "\x1b[32m"
	yellow  = "\x1b[33m"
	cyan    = "\x1b[36m"
)

func wrap(seq, t string) string {
	if t == "" {
		return ""
	}
	return seq + t + reset
}

// colored uses the colour where there are colours, else the other sequence.
func (s Style) colored(seq, without, t string) string {
	switch {
	case s.Color:
		return wrap(seq, t)
	case without != "":
		return wrap(without, t)
	}
	return t
}

// Good is for what is done.
func (s Style) Good(t string) string { return s.colored(green, "", t) }

// Bad is for what failed.
func (s Style) Bad(t string) string { return s.colored(red, bold, t) }

// Alarm is for what can never be taken back.
func (s Style) Alarm(t string) string { return s.colored(boldRed, bold, t) }

// Warn is for what nobody knows, or what needs a look.
func (s Style) Warn(t string) string { return s.colored(yellow, bold, t) }

// Busy is for what is under way.
func (s Style) Busy(t string) string { return s.colored(cyan, bold, t) }

// Bold is for titles and for what has the focus.
func (s Style) Bold(t string) string { return wrap(bold, t) }

// Faint is for what is there to be looked up.
func (s Style) Faint(t string) string { return wrap(faint, t) }

// Reverse is for what was found, and for the cursor of an entry.
func (s Style) Reverse(t string) string { return wrap(reverse, t) }
