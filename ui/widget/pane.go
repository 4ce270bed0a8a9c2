package widget

import (
	"fmt"
	"strings"

	"ferry/ui/style"
)

// Scroll is how far a pane is scrolled. Its zero value shows the top.
type Scroll struct {
	top   int
	lines int // as of the last View
	rows  int
}

// By moves the pane by lines; it stops at both ends.
func (s *Scroll) By(n int) { s.top = max(0, min(s.top+n, s.lines-s.rows)) }

// Page is how far half a page goes.
func (s *Scroll) Page() int { return max(1, s.rows/2) }

// Len is how many lines the pane has.
func (s *Scroll) Len() int { return s.lines }

// Fits says whether the pane showed all of its lines last.
func (s *Scroll) Fits() bool { return s.lines <= s.rows }

// Above is how many lines are out of sight at the top.
func (s *Scroll) Above() int { return s.top }

// Reset goes back to the top.
func (s *Scroll) Reset() { s.top = 0 }

// Show scrolls as little as needed to bring line i into the pane.
func (s *Scroll) Show(i int) {
	switch {
	case i < s.top:
		s.top = max(0, i)
	case s.rows > 1 && i >= s.top+s.rows-1:
		s.top = i - s.rows + 2
	}
}

// View gives exactly rows lines. Where something is below, the last one says so.
func (s *Scroll) View(st style.Style, lines []string, width, rows int) []string {
	s.lines, s.rows = len(lines), rows
	s.top = max(0, min(s.top, len(lines)-rows))
	out := Fit(st, lines[min(s.top, len(lines)):], width, rows)
	if below := len(lines) - s.top - rows; below > 0 && rows > 0 {
		out[rows-1] = Cut(st, st.Faint(fmt.Sprintf("   %s %d more below", st.More, below+1)), width)
	}
	return out
}

// Beside puts two panes beside each other with a bar between them. The left one
// is left cells wide.
func Beside(st style.Style, a, b []string, left, width int) []string {
	out := make([]string, max(len(a), len(b)))
	for i := range out {
		var l, r string
		if i < len(a) {
			l = a[i]
		}
		if i < len(b) {
			r = b[i]
		}
		out[i] = Cut(st, strings.TrimRight(Pad(st, l, left)+st.Faint(st.Bar)+" "+r, " "), width)
	}
	return out
}
