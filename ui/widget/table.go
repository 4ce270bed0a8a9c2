package widget

import (
	"strings"

	"ferry/ui/style"
)

// Column is one column of a Table.
type Column struct {
	Title string
	Min   int  // the column is at least so wide
	Max   int  // and at most so wide; 0: as wide as its cells
	Right bool // numbers stand on the right
	Hash  bool // what is too long loses its middle
	Drop  int  // where the table is too wide, columns go in this order; 0 never goes
}

// Table is a grid with one title line. Cells may be styled.
type Table struct {
	Columns []Column
	Rows    [][]string
	Cursor  int // the row that has the focus; -1: none
}

// Lines draws the title line and one line for each row, at most width wide.
func (t Table) Lines(st style.Style, width int) []string {
	widths := t.widths(width)
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = st.Faint(c.Title)
	}
	out := []string{t.line(st, "   ", titles, widths, width)}
	for i, r := range t.Rows {
		mark := "   "
		if i == t.Cursor {
			mark = " " + st.Cursor + " "
		}
		out = append(out, t.line(st, mark, r, widths, width))
	}
	return out
}

const gap = 2

// widths gives each column its room. A column that does not fit gets none.
func (t Table) widths(width int) []int {
	w := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		w[i] = max(c.Min, Width(c.Title))
		for _, r := range t.Rows {
			w[i] = max(w[i], Width(r[i]))
		}
		if c.Max > 0 {
			w[i] = min(w[i], c.Max)
		}
	}
	for drop := 1; drop <= len(w) && total(w) > width; drop++ {
		for i, c := range t.Columns {
			if c.Drop == drop {
				w[i] = 0
			}
		}
	}
	t.squeeze(w, width)
	return w
}

func total(w []int) int {
	n := 3
	for _, c := range w {
		if c > 0 {
			n += c + gap
		}
	}
	return n - gap
}

// squeeze takes what is still too much from the widest columns.
func (t Table) squeeze(w []int, width int) {
	for over := total(w) - width; over > 0; over-- {
		widest := 0
		for i := range w {
			if w[i] > w[widest] {
				widest = i
			}
		}
		if w[widest] <= 4 {
			return
		}
		w[widest]--
	}
}

func (t Table) line(st style.Style, mark string, cells []string, widths []int, width int) string {
	var b strings.Builder
	b.WriteString(mark)
	first := true
	for i, c := range t.Columns {
		if widths[i] == 0 {
			continue
		}
		if !first {
			b.WriteString(strings.Repeat(" ", gap))
		}
		first = false
		b.WriteString(cell(st, c, cells[i], widths[i]))
	}
	return Cut(st, strings.TrimRight(b.String(), " "), width)
}

func cell(st style.Style, c Column, s string, width int) string {
	if c.Hash {
		s = Middle(st, s, width)
	}
	if c.Right {
		s = Cut(st, s, width)
		return strings.Repeat(" ", width-Width(s)) + s
	}
	return Pad(st, s, width)
}
