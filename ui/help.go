package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"ferry/ui/widget"
)

// helping is the open help. It keeps the keys of the screen below it.
type helping struct {
	keys   []binding
	title  string
	scroll widget.Scroll
}

func (m *model) openHelp() { m.help = &helping{keys: m.bindings(), title: m.screenName()} }

func (m *model) screenName() string {
	switch {
	case m.jobs.full:
		return "Log"
	case m.screen == onHome:
		return "Home"
	case m.shownProblem() != nil:
		return "Problem"
	case m.screen == onWizard:
		return m.wizardName()
	case m.screen == onRescue:
		return m.rescueName()
	case m.s == nil:
		return "Opening"
	case m.board.Ended && m.look == "":
		return "Done"
	}
	return m.stageName(m.shown())
}

func (m *model) helpKey(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "up", "k":
		m.help.scroll.By(-1)
	case "down", "j":
		m.help.scroll.By(1)
	case "esc", "?", "q", "enter":
		m.help = nil
	}
	return nil
}

func (m *model) helpBody(width, height int) []string {
	out := []string{" " + m.st.Bold("On this screen")}
	var off []string
	for _, b := range m.help.keys {
		h := b.Help()
		if h.Key == "" || b.hidden && h.Key == "1-9" {
			continue
		}
		l := "   " + widget.Pad(m.st, h.Key, 10) + h.Desc
		if b.off != "" {
			off = append(off, widget.Under("   "+widget.Pad(m.st, h.Key, 10), h.Desc+": "+b.off, width)...)
			continue
		}
		if len(out) > 1 && out[len(out)-1] == l {
			continue
		}
		out = append(out, l)
	}
	out = append(out, "", " "+m.st.Bold("Everywhere"))
	for _, l := range [][2]string{{"ctrl-c", "as q; once more within 2s leaves at once"}, {"ctrl-l", "draw again"},
		{"ctrl-z", "suspend; what was read is read again afterwards"}} {
		out = append(out, "   "+widget.Pad(m.st, l[0], 10)+l[1])
	}
	if len(off) > 0 {
		out = append(append(out, "", " "+m.st.Bold("Off now")), off...)
	}
	return m.help.scroll.View(m.st, out, width, height)
}
