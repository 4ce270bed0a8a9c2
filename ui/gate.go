package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
	"ferry/ui/widget"
)

// gate is an open question.
type gate struct {
	*widget.Gate
	q      question
	reply  chan<- flow.Answer
	act    *acting // what is asked of CI, where that is the question; reply is nil then
	scroll widget.Scroll
	at     time.Time
	rows   changeRows // the diff as it was drawn last
}

func (m *model) ask(msg askMsg) {
	if m.leave != nil && m.leave.sent != "" { // leaving: nobody is there to answer
		msg.reply <- flow.Answer{}
		return
	}
	m.leave, m.help, m.find, m.note = nil, nil, nil, ""
	m.jobs.full = false
	m.gate = &gate{Gate: widget.OpenGate(msg.q.confirm, m.now), q: msg.q, reply: msg.reply, at: m.now}
	if m.screen == onWizard && m.wiz.undo != nil { // what would be written is not the question
		m.gate.q.change, m.gate.q.covers = nil, nil
	}
	if m.gate.showsChange() {
		m.gate.Letter = 'w'
	}
}

// answer closes the gate. The channel holds one answer, so this does not wait.
func (m *model) answer(yes bool) {
	if g := m.gate; g.act != nil {
		if m.gate = nil; yes {
			m.actOn(g.act, g.Typed())
		}
		return
	}
	a := flow.Answer{Yes: yes}
	if yes {
		a.Typed = m.gate.Typed()
	}
	m.gate.reply <- a
	m.gate = nil
}

func (m *model) gateKey(k tea.KeyMsg) tea.Cmd {
	switch k.Type {
	case tea.KeyCtrlC:
		m.answer(false)
		return nil
	}
	if cmd, done := m.changeKey(k); done {
		return cmd
	}
	switch k.Type {
	case tea.KeyUp, tea.KeyPgUp:
		m.gate.scroll.By(-1)
		return nil
	case tea.KeyDown, tea.KeyPgDown:
		m.gate.scroll.By(1)
		return nil
	}
	if m.small() && k.Type != tea.KeyEsc {
		m.note = "the question needs a larger window"
		return nil
	}
	switch m.gate.Press(k, m.now) {
	case widget.Yes:
		m.answer(true)
	case widget.No:
		m.answer(false)
	}
	return nil
}

// gateBody: who, what version, which commit and where to stand at the top
// whatever the size; all that the answer covers follows; the entry is last.
func (m *model) gateBody(width, height int) []string {
	if m.gate.showsChange() {
		return m.changeBody(width, height)
	}
	top, foot := m.gateTop(width), m.gateFoot(width)
	if m.gate.act != nil {
		top = m.actTop(width)
	}
	if len(top)+len(foot) > height-2 { // give up the air first
		top, foot = dense(top), dense(foot)
	}
	mid := m.gateCovers(width)
	room := height - len(top) - len(foot)
	if len(mid) < room {
		return append(append(top, mid...), foot...)
	}
	return append(append(top, m.gate.scroll.View(m.st, mid, width, max(room, 1))...), foot...)
}

func dense(in []string) []string {
	var out []string
	for _, l := range in {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

func (m *model) gateTop(width int) []string {
	if m.screen == onWizard {
		return m.wizardGateTop(width)
	}
	s, out := m.s, []string{""}
	title := "Start the release of " + s.Project + " " + s.Version + "?"
	switch {
	case m.gate.q.read != nil:
		title = "Before the release of " + s.Project + " " + s.Version + ": have you read this?"
	case m.taking != nil:
		title = "Take this back: " + m.gate.q.title + "?"
	case m.gate.Want == "":
		title = "Go on and " + m.gate.q.title + "?"
	case m.rec != nil:
		title = capital(m.s.Plan.Title) + "?"
	}
	for _, l := range widget.Wrap(title, width-1) {
		out = append(out, " "+m.st.Bold(l))
	}
	out = append(out, "")
	if m.gate.Want == "" {
		out = append(out, m.field("release", s.Project+" "+s.Version, width)...)
	}
	out = append(out, m.field("commit", s.Commit, width)...)
	out = append(out, m.field("remote", s.RemoteURL+"  ("+s.Remote+", "+s.Trigger+")", width)...)
	return append(out, "")
}

func (m *model) field(name, text string, width int) []string {
	return label(m.st, "  "+name, 10, text, width)
}

// gateCovers says what runs, what that leads to and what cannot be undone; the
// commands come after it, for where they do not fit they are a scroll away.
func (m *model) gateCovers(width int) []string {
	q := m.gate.q
	if m.gate.act != nil {
		return m.actCovers(width)
	}
	if q.read != nil {
		return m.gateRead(width)
	}
	var out, commands []string
	for i, a := range q.covers {
		out = append(out, m.field(first(i, "now"), a.title, width)...)
		if a.command != "" {
			for _, l := range widget.Under("   $ ", a.command, width) {
				commands = append(commands, m.st.Faint(l))
			}
		}
	}
	for _, text := range q.notes {
		out = append(out, m.field("notes", text, width)...)
	}
	permanent := m.gate.Want != ""
	for i, a := range q.leads {
		word := ""
		if a.permanent {
			word, permanent = m.st.Alarm("PERMANENT")+"  ", true
		}
		out = append(out, m.field(first(i, "leads to"), word+a.title, width)...)
	}
	if w := m.wayUnderGate(); w != nil && len(q.leads) == 0 && w.Effect == flow.Permanent { // CI's part was seen before, and is still to come
		out = append(out, m.field("leads to", m.st.Alarm("PERMANENT")+"  "+w.Consequence, width)...)
	}
	if q.finding != "" {
		out = append(out, m.field("found", q.finding, width)...)
	}
	if permanent {
		text := "This cannot be undone."
		switch {
		case m.wayUnderGate() != nil && m.wayUnderGate().Effect != flow.Permanent:
			text += " " + sentence(capital(m.wayUnderGate().Consequence))
		case m.screen != onWizard:
			text += " " + m.s.Version + " can be yanked, but its file names are used up."
		}
		for _, l := range widget.Wrap(text, width-4) {
			out = append(out, "   "+m.st.Alarm(l))
		}
	}
	if len(commands) > 0 {
		out = append(append(out, "", "   The commands that do the same"), commands...)
	}
	if q.change != nil {
		out = append(append(out, "", " "+m.st.Bold(widget.Cut(m.st, m.st.Plain(q.change.path), width-2))), widget.Diff(m.st, q.change.lines, width)...)
	}
	return out
}

// gateRead is what changed, in words, and then as a diff.
func (m *model) gateRead(width int) []string {
	out := m.field("changed", m.gate.q.read[0], width)
	for _, l := range m.gate.q.read[1:] {
		out = append(out, "   "+widget.Cut(m.st, m.st.Plain(l), width-3))
	}
	return out
}

// first is a label that stands at the first of several lines only.
func first(i int, name string) string {
	if i > 0 {
		return ""
	}
	return name
}

func (m *model) gateFoot(width int) []string {
	if m.gate.Want == "" {
		return []string{"", widget.Cut(m.st, "   "+m.st.Bold("y")+" yes   "+m.st.Bold("n")+" no", width), ""}
	}
	want := line(m.gate.Want)
	out := []string{""}
	ask, name := "Type the version "+want+" to go on, esc to go back", "version"
	if m.screen == onWizard {
		ask, name = "Type "+want+" to go on, esc to go back", "answer"
	}
	if m.gate.q.read != nil {
		ask, name = "Type "+want+" when you have read it, esc to go back", "answer"
	}
	for _, l := range widget.Wrap(ask, width-4) {
		out = append(out, "   "+l)
	}
	return append(out, "", m.gate.Line(m.st, name, width), "")
}
