package ui

import (
	"ferry/flow"
	"ferry/ui/widget"
)

// warning is what CI's finding warns of and the person has not seen yet.
func (m *model) warning() string {
	if w := m.board.Row(flow.AwaitCI).Finding.Warning; w != m.jobs.seen {
		return w
	}
	return ""
}

// warned takes in what a finding of CI warns of. The attempt that the person asked
// for here is no news.
func (m *model) warned(f flow.Finding) {
	if m.jobs.own && f.Warning != "" {
		m.jobs.seen, m.jobs.own = f.Warning, false
	}
}

// warningLines stand until the person has seen them.
func (m *model) warningLines(width int) []string {
	w := m.warning()
	if w == "" {
		return nil
	}
	return widget.Under(" "+m.st.Warn(m.st.Alert)+" ", w+"   ("+m.st.Bold("i")+" seen)", width)
}

func (m *model) seenKey() binding {
	return bind([]string{"i"}, "i", "seen", quietly(func(m *model) { m.jobs.seen = m.warning() })).offIf(m.warning() == "", "nothing is warned of").hide()
}
