package ui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
	"ferry/keyring"
	"ferry/ui/visible"
	"ferry/ui/widget"
)

// change is what a step would write, ready to be drawn. None of it is cut: the
// yes is to what was shown.
type change struct {
	path    string
	lines   []string
	warning string
	facts   []flow.Fact
	local   bool // nobody else feels it
}

// changeRows are the drawn rows of a change, for the width that they were drawn for.
type changeRows struct {
	width int
	lines []string
}

// changeOf is what a question shows as a diff; nil if it shows none.
func changeOf(q flow.Question) *change {
	d := q.Finding.Diff
	if d == nil || q.Node.Effect == flow.Reads || q.Reading() {
		return nil
	}
	f := cleanFinding(flow.Finding{Warning: q.Finding.Warning, Facts: q.Finding.Facts})
	return &change{path: line(d.Path), lines: visible.Lines(keyring.Hide(d.Text)), warning: f.Warning, facts: f.Facts, local: q.Node.Effect == flow.Local}
}

// showsChange says whether the question is whether a diff shall be written. One
// that wants a text typed shows the diff among what it covers.
func (g *gate) showsChange() bool { return g.q.change != nil && g.Want == "" }

// changeKey takes the keys that move the diff; what answers is the gate's.
func (m *model) changeKey(k tea.KeyMsg) (cmd tea.Cmd, done bool) {
	if !m.gate.showsChange() || k.Paste {
		return nil, false
	}
	s := &m.gate.scroll
	moves := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -s.Page(), "ctrl+u": -s.Page(), "pgdown": s.Page(), "ctrl+d": s.Page(),
		"g": -s.Len(), "home": -s.Len(), "G": s.Len(), "end": s.Len()}
	if n, ok := moves[k.String()]; ok {
		s.By(n)
		return nil, true
	}
	if k.String() == "c" && len(m.gate.q.covers) > 0 && m.gate.q.covers[0].command != "" {
		return m.clip(m.gate.q.covers[0].command), true
	}
	return nil, false
}

// changeBody: what would be written where stays at the top, the diff scrolls.
func (m *model) changeBody(width, height int) []string {
	top := m.changeTop(width)
	if len(top) > height/2 {
		top = dense(top)
	}
	top = top[:min(len(top), max(height-3, 1))]
	return append(top, m.gate.scroll.View(m.st, m.changeLines(width), width, max(height-len(top), 1))...)
}

func (m *model) changeTop(width int) []string {
	q := m.gate.q
	var out []string
	for _, l := range widget.Wrap("Go on and "+q.title+"?", width-1) {
		out = append(out, " "+m.st.Bold(l))
	}
	if q.finding != "" {
		out = append(out, widget.Under(" ", q.finding, width)...)
	}
	if q.change.warning != "" {
		out = append(out, widget.Under(" "+m.st.Warn(m.st.Alert)+" ", q.change.warning, width)...)
	}
	added, removed := widget.DiffSize(q.change.lines)
	rule := " " + m.st.Rule + m.st.Rule + " "
	size := fmt.Sprintf("   %s added, %d removed ", count(added, "line"), removed)
	path := widget.Middle(m.st, m.st.Plain(q.change.path), max(width-widget.Width(rule)-widget.Width(size)-2, 8))
	head := m.st.Faint(rule) + m.st.Bold(path) + m.st.Faint(size)
	return append(out, head+m.st.Faint(strings.Repeat(m.st.Rule, max(width-widget.Width(head)-1, 0))))
}

// changeLines are the diff, what was found about it, and the command that does the same.
func (m *model) changeLines(width int) []string {
	if m.gate.rows.width == width {
		return m.gate.rows.lines
	}
	c := m.gate.q.change
	out := widget.Diff(m.st, c.lines, width)
	if len(c.facts) > 0 {
		out = append(out, "")
	}
	for _, f := range c.facts {
		out = append(out, label(m.st, "  "+factName(f), 12, f.Says, width)...)
	}
	if len(m.gate.q.covers) > 0 && m.gate.q.covers[0].command != "" {
		out = append(out, "", "   The command that does the same")
		for _, l := range widget.Under("   $ ", m.gate.q.covers[0].command, width) {
			out = append(out, m.st.Faint(l))
		}
	}
	m.gate.rows = changeRows{width, out}
	return out
}

func factName(f flow.Fact) string {
	if f.About != "" {
		return f.About
	}
	return f.Witness
}

// changeMessage says what the yes does, and what it does not.
func (m *model) changeMessage() string {
	switch {
	case m.gate.q.change.local && m.w < 80:
		return "Nothing is written yet. w writes this file, no more."
	case m.gate.q.change.local:
		return "Nothing is written yet. w writes this file; it does not commit or push."
	case m.w < 80:
		return "Nothing is sent yet. w does it; others see it."
	}
	return "Nothing is sent yet. w does what is shown, at once, and others see it."
}

// changeKeys are the keys while a diff is shown.
func (m *model) changeKeys() []string {
	out := []string{"w", "write", m.arrows(), "scroll", "g G", "ends"}
	if !m.gate.q.change.local {
		out[1] = "do it"
	}
	if len(m.gate.q.covers) > 0 && m.gate.q.covers[0].command != "" {
		out = append(out, "c", "copy command")
	}
	return append(out, "esc", "decline")
}
