package ui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// leaving is the dialog, or, once something was sent, the wait for its answer.
type leaving struct {
	widget.Choices
	sent  flow.ID // the step whose answer is waited for
	cause error
	until time.Time // when nobody waits for the answer any longer
}

// answerTime is how long a server may take for its answer once the person wants
// to leave. The engine gives it as much.
const answerTime = 10 * time.Second

// phase says what leaving would leave behind.
type phase int

const (
	idle     phase = iota // nothing that leaving could cut off
	asking                // the gate is open
	sending               // a push or a delete was sent, and its answer is open
	building              // CI runs, with or without us
	proving               // only reading is left
)

func (m *model) phase() phase {
	switch {
	case m.gate != nil && m.gate.act == nil: // a question about CI stops nothing
		return asking
	case !m.run.on || m.board.Ended:
		return idle
	case m.sentRow().Running:
		return sending
	case m.screen == onWizard: // what is left is looking, or writing here, which is all or nothing
		return idle
	}
	for _, id := range []flow.ID{flow.DeleteBranch, flow.ConfirmIndex} {
		if r := m.board.Row(id); r.Seen && r.Finding.Status != flow.Todo && m.triggered() {
			return proving
		}
	}
	if m.triggered() {
		return building
	}
	return idle
}

// triggered says whether CI was set going, by us or before us.
func (m *model) triggered() bool {
	for _, r := range m.board.Rows {
		trigger := slices.Contains([]flow.ID{flow.PushBranch, flow.PushTag, flow.PublishRelease, flow.Dispatch}, r.Node.ID)
		if trigger && (r.Acted || r.Finding.Status == flow.Done || r.Finding.Status == flow.Underway) {
			return true
		}
		if r.Node.ID == flow.AwaitCI && (r.Finding.Status == flow.Underway || r.Finding.Status == flow.Done) {
			return true
		}
	}
	return false
}

// sentRow is the row of which others feel the attempt that is being made.
func (m *model) sentRow() board.Row {
	for _, r := range m.board.Rows {
		if r.Running && (r.Node.Effect == flow.Shared || r.Node.Effect == flow.Permanent) {
			return r
		}
	}
	return board.Row{}
}

// goAway is q, or a ctrl-c that gives the cause.
func (m *model) goAway(cause error) tea.Cmd {
	switch m.phase() {
	case asking:
		m.answer(false)
		return nil
	case sending:
		return m.waitForAnswer(cause)
	case building, proving:
		m.openLeave()
		return nil
	}
	if m.screen == onWizard {
		return m.stop(m.wizardOutcome(cause), nil)
	}
	over := m.run.had && m.screen == onRelease && m.board.Ended
	begun := m.run.on && !m.board.Ended || m.opt.Start == StartRelease && !m.run.had && m.openErr == nil
	switch {
	case over: // closing a summary takes nothing back
		cause = m.outcome()
	case cause == nil && begun:
		cause = flow.ErrDeclined
	case cause == nil:
		cause = m.outcome()
	}
	return m.stop(cause, nil)
}

// outcome is what the last run came to.
func (m *model) outcome() error {
	switch {
	case m.openErr != nil:
		return m.openErr
	case m.screen == onRescue:
		return m.rescueOutcome()
	case m.prior != nil:
		return m.prior.run.err
	case m.past != nil:
		return m.past.err
	case m.run.had:
		return m.run.err
	}
	return nil
}

func (m *model) openLeave() {
	m.help, m.find, m.jobs.full = nil, nil, false
	m.leave = &leaving{Choices: widget.Choices{Items: []widget.Choice{
		{Name: "Stay", Text: "keep watching", Note: "esc"},
		{Name: "Leave", Text: "come back with  " + m.comeBack(), Note: "q"},
	}}}
	if m.cancelOff() == "" {
		m.leave.Items = append(m.leave.Items, widget.Choice{Name: "Cancel", Text: "stop CI first; it works only until the upload starts", Note: "x"})
	}
}

// waitForAnswer ends the run. The engine lets what was sent come to its answer,
// looks once more, and returns.
func (m *model) waitForAnswer(cause error) tea.Cmd {
	if cause == nil {
		cause = flow.ErrInterrupted
	}
	m.leave, m.help, m.find = &leaving{sent: m.sentRow().Node.ID, cause: cause, until: m.now.Add(answerTime), Choices: widget.Choices{Items: []widget.Choice{
		{Name: "Wait", Text: "for the answer, and then leave"},
		{Name: "Detach", Text: "leave now, and not know whether it landed", Note: "ctrl-c"},
	}}}, nil, nil
	m.d.end(cause)
	return tea.Tick(answerTime, func(time.Time) tea.Msg { return waitedMsg{} })
}

// waited: no answer in time, so nobody knows.
func (m *model) waited() tea.Cmd {
	if m.leave == nil || m.leave.sent == "" {
		return nil
	}
	return m.leaveUnknown()
}

func (m *model) leaveUnknown() tea.Cmd {
	return m.stop(m.leave.cause, []string{m.titleOf(m.leave.sent) + ": it was sent, and whether it landed is unknown",
		"unknown: " + m.lookAgain()})
}

// lookAgain is the command that says what came of it.
func (m *model) lookAgain() string {
	switch {
	case m.screen == onWizard:
		return "ferry onboard"
	case m.rec != nil:
		return m.rescueCommandLine()
	}
	return "ferry status"
}

// comeBack is the command that goes on from here.
func (m *model) comeBack() string {
	switch {
	case m.screen == onWizard:
		return "ferry onboard"
	case m.rec != nil:
		return m.rescueCommandLine()
	}
	return "ferry status --follow"
}

// answered: the run is over, and the last look says what came of it.
func (m *model) answered() tea.Cmd {
	r := m.board.Row(m.leave.sent)
	switch r.Finding.Status {
	case flow.Done, flow.Underway:
		return m.stop(m.leave.cause, []string{r.Node.Title + ": it landed", "come back with: " + m.comeBack()})
	case flow.Todo:
		return m.stop(m.leave.cause, []string{r.Node.Title + ": it was not there at the last look", "a request whose answer was lost can still land; look again with: " + m.lookAgain()})
	}
	return m.leaveUnknown()
}

func (m *model) titleOf(id flow.ID) string { return m.board.Row(id).Node.Title }

// stop ends the program. said goes to the scrollback.
func (m *model) stop(cause error, said []string) tea.Cmd {
	under := m.phase()
	m.quit = quitting{err: cause, said: said, now: true,
		left: m.run.on && !m.board.Ended && under != idle && under != asking || m.leave != nil && m.leave.sent != ""}
	if under == sending && said == nil {
		m.quit.said = []string{m.sentRow().Node.Title + ": it was sent, and whether it landed is unknown", "unknown: " + m.lookAgain()}
	}
	return tea.Quit
}

func (m *model) leaveKey(k tea.KeyMsg) tea.Cmd {
	if m.leave.sent != "" {
		return m.sentKey(k)
	}
	switch k.String() {
	case "up", "k":
		m.leave.By(-1)
	case "down", "j":
		m.leave.By(1)
	case "esc", "s", "1":
		m.leave = nil
	case "q", "l", "2":
		return m.stop(leftBehind(m.phase()), nil)
	case "x", "3":
		m.cancelFromLeaving()
	case "enter":
		switch m.leave.Cursor {
		case 0:
			m.leave = nil
			return nil
		case 2:
			m.cancelFromLeaving()
			return nil
		}
		return m.stop(leftBehind(m.phase()), nil)
	}
	return nil
}

func (m *model) cancelFromLeaving() {
	if why := m.cancelOff(); why != "" {
		m.note = "x is off: " + why
		return
	}
	m.askCI(flow.CancelCI)
}

// sentKey chooses between waiting for the answer and detaching.
func (m *model) sentKey(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "up", "k":
		m.leave.By(-1)
	case "down", "j":
		m.leave.By(1)
	case "w", "1", "esc":
		m.leave.Cursor = 0
	case "d", "2":
		return m.leaveUnknown()
	case "enter":
		if m.leave.Cursor == 1 {
			return m.leaveUnknown()
		}
	default:
		m.note = "ctrl-c leaves now, without the answer"
	}
	return nil
}

// leftBehind is the outcome of leaving what goes on by itself.
func leftBehind(p phase) error {
	now := "CI goes on without this window"
	if p == proving {
		now = "nothing was deleted; only the reading stopped"
	}
	return &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Left while the release is under way",
		Now: []string{now}, Retry: flow.RetrySafe, Next: []string{"ferry status --follow"}, Err: flow.ErrDeclined}
}

func (m *model) leaveBody(width, height int) []string {
	out := []string{"", ""}
	var text []string
	switch {
	case m.leave.sent != "":
		text = []string{"Wait for the server's answer, or detach?", "", m.titleOf(m.leave.sent) + ": sent. Leaving does not call it back.",
			"The answer is waited for until " + m.leave.until.Format("15:04:05") + "; then this says what it knows and leaves."}
	case m.phase() == proving:
		text = []string{"Leave this screen?", "", "Only the reading stops. " + m.s.Trigger + " stays until it is confirmed.",
			"Nothing is deleted before that."}
	default:
		text = []string{"Leave this screen?", "", "CI goes on and will publish " + m.s.Version + " on " + m.s.Index + " without this window.",
			"Leaving does not stop it."}
	}
	for i, t := range text {
		for _, l := range widget.Wrap(t, width-4) {
			if i == 0 {
				l = m.st.Bold(l)
			}
			out = append(out, "   "+l)
		}
	}
	out = append(out, "")
	return append(out, m.leave.Lines(m.st, width)...)
}
