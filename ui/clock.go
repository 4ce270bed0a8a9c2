package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

type (
	tickMsg   struct{}
	waitedMsg struct{} // the time to wait for a server's answer is over
	noteMsg   string
	crashMsg  struct{ err error }
)

// clock keeps one tick going while something is under way, for all that changes
// by itself. Nothing ticks on a quiet screen.
func (m *model) clock() tea.Cmd {
	if m.tick || !m.busy() && !m.ages() {
		return nil
	}
	m.tick = true
	d := time.Second
	if m.ages() && m.now.Sub(m.rec.d.at) >= time.Minute {
		d = time.Minute
	}
	if m.opt.Motion && m.reading {
		d = 250 * time.Millisecond
	}
	return tea.Tick(d, func(time.Time) tea.Msg { return tickMsg{} })
}

// busy says whether something is under way. An open question waits for a person,
// and nothing moves meanwhile.
func (m *model) busy() bool { return m.reading || m.run.on && !m.board.Ended && m.gate == nil }

// ages says whether row 1 shows the age of a diagnosis, which ways out are chosen
// by: by the second at first, then by the minute.
func (m *model) ages() bool {
	return m.screen == onRescue && !m.reading && m.rec.d != nil && m.rec.stop == nil
}

// safely is how a command runs: a panic must not reach bubbletea, which would
// print it into the alternate screen.
func safely(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		err := guarded(func() error { msg = f(); return nil })
		if err != nil {
			return crashMsg{err}
		}
		return msg
	}
}

// root guards the model: where it panics the program ends as if it had been
// quit, so that the terminal is restored before anything is printed.
type root struct {
	*model
	fault *error
	end   func()
}

func (r root) Init() tea.Cmd {
	var cmd tea.Cmd
	r.guard(func() { cmd = r.model.Init() })
	return cmd
}

func (r root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := tea.Quit
	r.guard(func() { _, cmd = r.model.Update(msg) })
	if *r.fault != nil {
		return r, tea.Quit
	}
	return r, cmd
}

func (r root) View() string {
	v := ""
	if *r.fault == nil {
		r.guard(func() { v = r.model.View() })
	}
	return v
}

func (r root) guard(f func()) {
	err := guarded(func() error { f(); return nil })
	if err != nil && *r.fault == nil {
		*r.fault = err
		r.end()
	}
}
