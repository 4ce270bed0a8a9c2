package ui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
	"ferry/ui/widget"
)

// answering says whether the keys are the text of an answer.
func (m *model) answering() bool {
	return m.screen == onWizard && m.wiz.page == wizQuestion && m.wiz.q.Text()
}

// answerKey edits a text that is asked for.
func (m *model) answerKey(k tea.KeyMsg) tea.Cmd {
	w := m.wiz
	switch {
	case k.Type == tea.KeyEnter && !k.Paste:
		m.takeText()
	case k.Type == tea.KeyLeft, k.Type == tea.KeyEsc && !k.Paste, k.Type == tea.KeyShiftTab:
		m.backward()
	case k.Type == tea.KeyUp:
		m.body.By(-1)
	case k.Type == tea.KeyDown:
		m.body.By(1)
	default:
		w.entry.Press(k)
	}
	return nil
}

// takeText takes what was typed; where nothing was, the default.
func (m *model) takeText() {
	value := m.wiz.entry.Text()
	if value == "" {
		value = m.wiz.q.Default
	}
	if value == "" {
		m.note = "An answer is needed."
		return
	}
	m.take(value)
}

// takeOption takes the option that has the focus, unless it is off.
func (m *model) takeOption() {
	w := m.wiz
	if w.cursor < len(w.q.Options) {
		m.take(w.q.Options[w.cursor].Value)
	}
}

func (w *wizard) by(n int) { w.point(w.cursor + n) }

func (w *wizard) point(i int) {
	w.cursor, w.moved = max(0, min(i, len(w.q.Options)-1)), true
}

// foundBody: what is there, before anything is asked.
func (m *model) foundBody(width int) []string {
	o := m.wiz.o
	out := []string{" " + m.st.Bold("Set up "+o.Project), ""}
	for _, f := range [][2]string{{"version", o.Version}, {"folder", o.Dir}, {"remote", o.RemoteURL}} {
		if f[1] != "" {
			out = append(out, m.field(f[0], f[1], width)...)
		}
	}
	if len(o.Found) > 0 {
		out = append(out, "", " "+m.st.Bold("What was found"))
	}
	for _, f := range o.Found {
		out = append(out, label(m.st, "  "+factName(f), 16, f.Says, width)...)
	}
	if len(o.Given) > 0 {
		out = append(out, "", " "+m.st.Bold("Answered already"))
		out = append(out, m.givenLines(16, width)...)
	}
	next := "Next: " + count(m.wiz.total, "question") + ", then the plan. Nothing is changed before that."
	if m.wiz.q.Key == "" {
		next = "Next: the plan. Nothing is changed before that."
	}
	return append(append(out, ""), widget.Under(" ", next, width)...)
}

// givenLines are the answers from flags or a file.
func (m *model) givenLines(room, width int) (out []string) {
	var keys []string
	for k := range m.wiz.o.Given {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		out = append(out, label(m.st, "  "+line(k), room, line(m.wiz.o.Given[k]), width)...)
	}
	return out
}

// besideQuestion is what was found and answered, for where there is room.
func (m *model) besideQuestion(width int) []string {
	w := m.wiz
	out := []string{"", " " + m.st.Bold("What was found")}
	for _, f := range w.o.Found {
		out = append(out, " "+factName(f))
		for _, l := range widget.Under("   ", f.Says, width-1) {
			out = append(out, m.st.Faint(l))
		}
	}
	if len(w.path)+len(w.o.Given) > 0 {
		out = append(out, "", " "+m.st.Bold("Answers"))
		out = append(out, m.givenLines(10, width-1)...)
	}
	for _, k := range w.path {
		out = append(out, label(m.st, "  "+line(k), 10, line(w.kept[k]), width-1)...)
	}
	return out
}

// questionBody: one question, and what comes of each answer.
func (m *model) questionBody(width, height int) []string {
	w := m.wiz
	out := []string{}
	for _, l := range widget.Wrap(w.q.Title, width-2) {
		out = append(out, " "+m.st.Bold(l))
	}
	if w.q.Why != "" {
		out = append(out, widget.Under(" ", w.q.Why, width)...)
	}
	out = append(out, "")
	if w.q.Text() {
		out = append(out, widget.Cut(m.st, "   answer   "+w.entry.View(m.st, width-14), width))
		if w.q.Default != "" {
			out = append(out, "", widget.Cut(m.st, m.st.Faint("   empty takes "+m.st.Plain(line(w.q.Default))), width))
		}
		return m.body.View(m.st, out, width, height)
	}
	from, to := 0, 0
	for i, o := range w.q.Options {
		at := len(out)
		out = append(out, m.optionLines(i, o, width)...)
		if i == w.cursor {
			from, to = at, len(out)-1
		}
	}
	if w.cursor == 0 { // the question itself stays in view
		from = 0
	}
	return m.inView(&m.wiz.focus, out, from, to, width, height)
}

func (m *model) optionLines(i int, o flow.Option, width int) []string {
	w := m.wiz
	mark, title := "   ", o.Title
	if o.Value == w.q.Default {
		title += "  (default)"
	}
	if i == w.cursor {
		mark = " " + m.st.Cursor + " "
	}
	out := widget.Under(mark+itoa(i+1)+"  ", title, width)
	for k, l := range out {
		switch {
		case i == w.cursor && k == 0:
			out[k] = mark + m.st.Bold(l[len(mark):])
		case o.Off != "":
			out[k] = m.st.Faint(l)
		}
	}
	for _, l := range o.Lines {
		out = append(out, widget.Under("      ", l, width)...)
	}
	if o.Off != "" {
		out = append(out, widget.Under("      "+m.st.Warn(m.st.Alert+" off")+"  ", o.Off, width)...)
	}
	return out
}

// planBody: every step of what will be done, before anything is.
func (m *model) planBody(width int) []string {
	out := []string{" " + m.st.Bold("This is what will be done"), ""}
	for i, n := range m.board.Plan.Nodes {
		out = append(out, m.planLine(i+1, m.actFor(n.ID), width, true)...)
	}
	if len(m.board.Plan.Nodes) == 0 {
		out = append(out, "   nothing")
	}
	out = append(out, "")
	ask := "What is done already is left alone. A change of a file is shown as a diff before it is written, and a shared step is asked for."
	out = append(out, widget.Under(" ", ask, width)...)
	out = append(out, "", " "+m.st.Bold("The same questions answered beforehand"))
	return append(out, widget.Under("   ", m.setupCommand(), width)...)
}

// setupCommand is the command that has the same answers.
func (m *model) setupCommand() string { return orElse(m.wiz.command, "ferry onboard") }
