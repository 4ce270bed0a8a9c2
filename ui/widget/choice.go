package widget

import "ferry/ui/style"

// Choice is one line that can be chosen.
type Choice struct{ Name, Text, Note string }

// Choices is a list of which one line has the focus.
type Choices struct {
	Items  []Choice
	Cursor int
}

// By moves the focus; it stops at both ends.
func (c *Choices) By(n int) { c.Cursor = max(0, min(c.Cursor+n, len(c.Items)-1)) }

// Lines draws the list; the note stands on the right.
func (c *Choices) Lines(st style.Style, width int) []string {
	room := 0
	for _, it := range c.Items {
		room = max(room, Width(it.Name))
	}
	out := make([]string, len(c.Items))
	for i, it := range c.Items {
		mark, name := "   ", Pad(st, it.Name, room)
		if i == c.Cursor {
			mark, name = " "+st.Cursor+" ", st.Bold(name)
		}
		out[i] = Ends(st, mark+name+"   "+it.Text, st.Faint(it.Note), width-1)
		if it.Note == "" {
			out[i] = Cut(st, mark+name+"   "+it.Text, width)
		}
	}
	return out
}
