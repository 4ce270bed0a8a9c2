package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"ferry/ui/style"
)

// Diff draws the lines of a unified diff. What is too long goes on in the next row,
// behind the sign for more, so that every character of it can be read; the first
// character of a line says what it is, with colours and without.
func Diff(st style.Style, lines []string, width int) []string {
	var out []string
	room := max(width-3, 1)
	head := true // before the first hunk
	for _, l := range lines {
		head = head && !strings.HasPrefix(l, "@@")
		paint := diffPaint(st, l, head)
		for i, part := range strings.Split(ansi.Hardwrap(st.Plain(l), room, true), "\n") {
			mark := "   "
			if i > 0 {
				mark = " " + st.Faint(st.More) + " "
			}
			out = append(out, mark+paint(part))
		}
	}
	return out
}

// diffPaint is the colour of a line.
func diffPaint(st style.Style, line string, head bool) func(string) string {
	switch {
	case head, strings.HasPrefix(line, "@@"), strings.HasPrefix(line, `\`):
		return st.Faint
	case strings.HasPrefix(line, "+"):
		return st.Good
	case strings.HasPrefix(line, "-"):
		return st.Bad
	}
	return func(s string) string { return s }
}

// DiffSize counts the lines that a unified diff adds and removes.
func DiffSize(lines []string) (added, removed int) {
	head := true
	for _, l := range lines {
		head = head && !strings.HasPrefix(l, "@@")
		switch {
		case head:
		case strings.HasPrefix(l, "+"):
			added++
		case strings.HasPrefix(l, "-"):
			removed++
		}
	}
	return added, removed
}
