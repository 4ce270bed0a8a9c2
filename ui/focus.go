package ui

// focus is whether what has the focus has to come into view: it was moved, or its pane
// has another size.
type focus struct {
	moved bool
	size  [2]int
}

// inView draws lines of which those from and to must be seen, where the focus has moved.
func (m *model) inView(f *focus, lines []string, from, to, width, height int) []string {
	out := m.body.View(m.st, lines, width, height)
	if size := [2]int{width, height}; f.moved || f.size != size {
		f.moved, f.size = false, size
		m.body.Show(from)
		m.body.Show(to)
		m.body.Show(from)
		return m.body.View(m.st, lines, width, height)
	}
	return out
}
