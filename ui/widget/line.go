// Package widget holds the pieces that screens are made of: lines and panes of
// an exact size, the step list, tables, the log pane, the gate and choices.
//
// A widget knows nothing of releases and does no IO. It is a plain struct that
// its owner changes by calling methods; View or Lines draws it for a size. The
// text that is put into a widget has already been made visible.
package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"ferry/ui/style"
)

// Width is how many cells s takes.
func Width(s string) int {
	if n, ok := asciiWidth(s); ok {
		return n
	}
	return ansi.StringWidth(s)
}

// asciiWidth is the quick way for what nearly every line is.
func asciiWidth(s string) (int, bool) {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return 0, false
		}
	}
	return len(s), true
}

// Cut shortens s to width cells; a cut text ends in the sign for more.
func Cut(st style.Style, s string, width int) string {
	if width <= 0 {
		return ""
	}
	if Width(s) <= width {
		return s
	}
	return ansi.Truncate(s, width, st.More)
}

// Pad makes s exactly width cells wide.
func Pad(st style.Style, s string, width int) string {
	s = Cut(st, s, width)
	if n := width - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// Ends puts left and right at the two ends of a line. Left gives way.
func Ends(st style.Style, left, right string, width int) string {
	if right == "" {
		return Cut(st, left, width)
	}
	right = Cut(st, right, width)
	room := width - Width(right) - 1
	if room <= 0 {
		return right
	}
	return Cut(st, Pad(st, left, room)+" "+right, width)
}

// Middle shortens s to width cells by leaving out its middle, as for hashes and
// names whose end matters.
func Middle(st style.Style, s string, width int) string {
	w := Width(s)
	switch {
	case w <= width:
		return s
	case width < 3:
		return Cut(st, s, width)
	}
	tail := (width - 1) / 2
	head := width - 1 - tail
	return ansi.Truncate(ansi.Cut(s, 0, head)+st.More+ansi.Cut(s, w-tail, w), width, "")
}

// Wrap breaks s into lines of at most width cells, at spaces where it can. It
// does not break at hyphens: names and commands are full of them.
func Wrap(s string, width int) []string {
	width = max(width, 1)
	if Width(s) <= width {
		return []string{s}
	}
	var out []string
	cur := ""
	for i, word := range strings.Split(s, " ") {
		if i > 0 && Width(cur)+1+Width(word) <= width {
			cur += " " + word
			continue
		}
		if i > 0 {
			out = append(out, cur)
		}
		parts := strings.Split(ansi.Hardwrap(word, width, true), "\n")
		out = append(out, parts[:len(parts)-1]...)
		cur = parts[len(parts)-1]
	}
	return closed(append(out, cur))
}

// closed ends each line's style on that line and takes it up on the next one.
func closed(lines []string) []string {
	open := ""
	for i, l := range lines {
		l = open + l
		if at := strings.LastIndex(l, "\x1b["); at >= 0 {
			seq, _, _ := strings.Cut(l[at:], "m")
			if open = seq + "m"; open == "\x1b[m" {
				open = ""
			} else {
				l += "\x1b[m"
			}
		}
		lines[i] = l
	}
	return lines
}

// Under wraps s and puts it behind a label; further lines are indented as far.
func Under(label, s string, width int) []string {
	in := Width(label)
	if width-in < 12 { // too narrow for a hanging indent
		return Wrap(label+s, width)
	}
	lines := Wrap(s, width-in)
	for i, l := range lines {
		if i == 0 {
			lines[i] = label + l
			continue
		}
		lines[i] = strings.Repeat(" ", in) + l
	}
	return lines
}

// Fit makes exactly height lines of at most width cells.
func Fit(st style.Style, lines []string, width, height int) []string {
	out := make([]string, max(height, 0))
	for i := range out {
		if i < len(lines) {
			out[i] = Cut(st, st.Plain(lines[i]), width)
		}
	}
	return out
}
