package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
)

// page is what the browser would show of the thing that has the focus.
func (m *model) page() string {
	switch m.screen {
	case onWizard:
		return m.wizardLink()
	case onRescue:
		return m.rescuePageHere()
	}
	if m.s == nil {
		return ""
	}
	if m.screen == onRelease && m.shown() == "ci" {
		if u := m.jobs.job().URL; isPage(u) {
			return u
		}
		return m.pages["ci"]
	}
	return m.pages["project"]
}

func (m *model) browse(url string) tea.Cmd {
	open := m.opt.Browser
	return safely(func() tea.Msg {
		if err := open(url); err != nil {
			return noteMsg("the browser did not open: " + line(err.Error()))
		}
		return noteMsg("opened " + url)
	})
}

// commandHere is the command that does what the screen shows.
func (m *model) commandHere() string {
	if p := m.shownProblem(); p != nil {
		if m.pick < len(p.Next) {
			return p.Next[m.pick]
		}
		return ""
	}
	switch {
	case m.screen == onWizard:
		return m.wizardCommand()
	case m.screen == onRescue:
		return m.rescueCommand()
	case m.s == nil:
		return ""
	case m.screen == onHome:
		return "ferry release --yes=" + m.s.Version
	case m.board.Ended && m.look == "":
		return "ferry status"
	}
	for _, r := range m.stage(m.shown()).Rows {
		if a := m.actFor(r.Node.ID); a.command != "" && (r.Running || r.Finding.Status != flow.Done) {
			return a.command
		}
	}
	return "ferry status --follow"
}

// valueHere is the text of what is shown: the address, the files, or the problem.
func (m *model) valueHere() string {
	switch m.screen {
	case onWizard:
		return m.wizardValue()
	case onRescue:
		if m.rec.stop == nil {
			return m.rescueValue()
		}
	}
	if p := m.shownProblem(); p != nil {
		return problemText(p)
	}
	if m.s == nil {
		return ""
	}
	if m.screen == onRelease {
		var out []string
		switch {
		case m.board.Ended && m.look == "":
			out = append([]string{m.doneText()}, m.doneLinks()...)
		case m.shown() == "ci":
			return m.page()
		}
		for _, f := range m.board.Row(flow.ConfirmIndex).Finding.Files {
			out = append(out, f.SHA256+"  "+f.Name)
		}
		return strings.Join(out, "\n")
	}
	return m.s.Commit
}

func problemText(p *flow.Problem) string {
	return strings.Join(append([]string{p.Text + " (" + p.Code + ")"}, slices.Concat(p.Now, p.Lines)...), "\n")
}

// maxClip bounds what is sent to the terminal's clipboard: some drop more.
const maxClip = 8 << 10

func (m *model) clip(text string) tea.Cmd {
	write := m.copy
	if len(text) > maxClip {
		text = text[:maxClip]
	}
	return safely(func() tea.Msg {
		if err := write(text); err != nil {
			return noteMsg("the terminal took nothing: " + line(err.Error()))
		}
		first, _, more := strings.Cut(text, "\n")
		if more {
			first += " …"
		}
		return noteMsg("sent to your terminal's clipboard (OSC 52): " + first)
	})
}

// actFor is a node of the plan as it is shown; its command was asked for once.
func (m *model) actFor(id flow.ID) act {
	if m.screen == onWizard {
		return m.wiz.acts[id]
	}
	return m.acts[id]
}
