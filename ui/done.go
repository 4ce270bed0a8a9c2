package ui

import (
	"strings"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// doneBody: that it is there, how to get it, what this run changed, the files,
// and how long it took.
func (m *model) doneBody(width int) []string {
	var out []string
	for _, w := range m.board.Warnings() { // what a person should know first
		out = append(out, widget.Under(" ", m.st.Warn(m.st.Alert)+" "+w, width)...)
	}
	out = append(out, " "+m.st.Bold(m.doneText()), "")
	for _, l := range m.doneLinks() {
		out = append(out, widget.Under("   ", l, width)...)
	}
	out = append(out, "")
	out = append(out, m.changedLines(width)...)
	if t := m.timeLines(); t != nil {
		out = append(append(out, t...), "")
	}
	return append(out, m.filesLines(width)...)
}

func (m *model) doneText() string {
	if m.rec != nil {
		return m.rescueDone()
	}
	name := m.s.Project + " " + m.s.Version
	if m.board.State() == board.AllDone || m.board.Row(flow.ConfirmIndex).Finding.Status == flow.Done {
		return name + " is on " + m.s.Index + " and can be installed."
	}
	return name + ": nothing is left to do."
}

// doneLinks are the ways to what was released.
func (m *model) doneLinks() []string {
	if m.rec != nil && m.board.Row(flow.ConfirmIndex).Finding.Status != flow.Done {
		return nil
	}
	links := m.pages
	var out []string
	get := m.s.Project + "==" + m.s.Version
	switch {
	case m.s.Index == "PyPI":
		out = append(out, "pip install "+get)
	case links["simple"] != "":
		out = append(out, "pip install --index-url "+links["simple"]+" "+get)
	}
	if links["project"] != "" {
		out = append(out, links["project"])
	}
	for _, name := range []string{"ci", "release"} {
		if u := m.board.Links()[name]; u != "" {
			out = append(out, u)
		}
	}
	return out
}

func (m *model) changedLines(width int) []string {
	out := []string{" " + m.st.Bold("What changed")}
	if len(m.board.Changed) == 0 {
		return append(out, "   nothing, in this run", "")
	}
	for _, id := range m.board.Changed {
		r := m.board.Row(id)
		text := r.Node.Title
		if r.Finding.Text != "" {
			text += ": " + r.Finding.Text
		}
		out = append(out, widget.Under("   "+widget.Pad(m.st, nodeName(id, m.s.Index), 10), text, width)...)
	}
	return append(out, "")
}

func (m *model) changedNames() string {
	var out []string
	for _, id := range m.board.Changed {
		out = append(out, m.titleOf(id))
	}
	return strings.Join(out, ", ")
}

func (m *model) filesLines(width int) []string {
	files := m.board.Row(flow.ConfirmIndex).Finding.Files
	if len(files) == 0 {
		return nil
	}
	out := []string{" " + m.st.Bold("Files")}
	for _, f := range files {
		out = append(out, widget.Cut(m.st, "   "+f.Name+"   "+m.st.Faint(size(f.Size)), width))
		if f.SHA256 != "" {
			out = append(out, widget.Under("     sha256 ", f.SHA256, width)...)
		}
	}
	return append(out, "")
}

func (m *model) timeLines() []string {
	var parts []string
	for _, s := range m.board.Stages() {
		if t := s.Took(m.stopped()); t > 0 {
			parts = append(parts, m.stageName(s.Name)+" "+dur(t))
		}
	}
	if !m.run.had || len(parts) == 0 {
		return nil
	}
	return []string{" " + m.st.Bold("Time") + "   " + dur(m.elapsed()) + "   (" + strings.Join(parts, ", ") + ")"}
}
