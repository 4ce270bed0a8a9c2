package ui

import (
	"fmt"
	"strings"
	"time"

	"ferry/ui/widget"
)

// The sizes: from wideFrom on there are two panes, below the least size one
// line is shown.
const (
	wideFrom   = 100
	leftWidth  = 30
	minWidth   = 60
	minHeight  = 16
	chromeRows = 5 // head, rule, rule, message, keys
)

func (m *model) small() bool { return m.w < minWidth || m.h < minHeight }

// View gives exactly h lines, each at most w cells wide.
func (m *model) View() string {
	switch {
	case m.w <= 0 || m.h <= 0:
		return ""
	case m.small():
		return strings.Join(widget.Fit(m.st, []string{m.smallLine()}, m.w, m.h), "\n")
	}
	rule := m.st.Faint(strings.Repeat(m.st.Rule, m.w))
	out := []string{m.headLine(), rule}
	rows := m.h - chromeRows
	body, foot := m.bodyLines(rows)
	out = append(out, widget.Fit(m.st, body, m.w, rows)...)
	if foot > 0 {
		rule = m.st.Faint(strings.Repeat(m.st.Rule, foot) + m.st.Foot + strings.Repeat(m.st.Rule, m.w-foot-1))
	}
	out = append(out, rule, widget.Cut(m.st, " "+m.message(), m.w), m.keyLine())
	return strings.Join(widget.Fit(m.st, out, m.w, m.h), "\n")
}

// bodyLines draws the body; foot is where its bar meets the rule below it.
func (m *model) bodyLines(rows int) (out []string, foot int) {
	switch {
	case m.prompt != nil:
		return m.promptBody(m.w), 0
	case m.help != nil:
		return m.helpBody(m.w, rows), 0
	case m.screen == onWizard:
		return m.wizardBody(rows)
	case m.screen == onRescue:
		return m.rescueBody(rows)
	case m.screen == onProblem:
		if p := m.shownProblem(); p != nil {
			return m.body.View(m.st, m.problemBody(p, m.w, rows), m.w, rows), 0
		}
	case m.screen == onHome:
		if m.w >= wideFrom && m.s != nil {
			foot = m.w/2 - 2
		}
		return m.homeBody(m.w, rows), foot
	case m.jobs.full && m.s != nil:
		return m.logPane(m.w, rows), 0
	}
	if m.s == nil {
		return m.releaseBody(m.w, rows), 0
	}
	if m.w >= wideFrom {
		right := m.w - leftWidth - 2
		left := widget.Fit(m.st, m.steps().Column(m.st, leftWidth), leftWidth, rows)
		return widget.Beside(m.st, left, m.releaseBody(right, rows), leftWidth, m.w), leftWidth
	}
	if m.gate != nil { // it needs the room
		return m.releaseBody(m.w, rows), 0
	}
	top := m.steps().Line(m.st, m.w)
	if rows > 14 {
		top = append(top, "")
	}
	return append(top, m.releaseBody(m.w, rows-len(top))...), 0
}

// headLine says where this is, on which world, and all that changes by itself.
func (m *model) headLine() string {
	left := " " + m.st.Bold("ferry") + "   " + m.place()
	return widget.Ends(m.st, left, m.world()+" ", m.w)
}

func (m *model) place() string {
	if m.help != nil {
		return "keys on this screen: " + m.help.title
	}
	if m.screen == onWizard {
		return m.wizardPlace()
	}
	if m.screen == onRescue {
		return m.rescuePlace()
	}
	if m.s == nil {
		return line(m.opt.Dir)
	}
	if m.screen == onHome {
		out := m.s.Project + "   " + m.s.Dir
		if m.w >= wideFrom && m.s.RemoteURL != "" {
			out += "   " + m.s.Remote + " " + m.s.RemoteURL
		}
		return out
	}
	what := "   release "
	switch {
	case m.prior != nil:
		what = "   following "
	case m.rec != nil:
		what = "   recover "
	}
	return m.s.Project + what + m.s.Version + " at " + short(m.s.Commit)
}

func (m *model) world() string {
	if m.screen == onRescue {
		return m.rescueWorld()
	}
	parts := []string{}
	switch {
	case m.screen == onWizard:
		parts = append(parts, m.wizardWhere()...)
	case m.s != nil:
		parts = append(parts, m.s.Index)
	}
	switch {
	case m.screen == onWizard && m.wiz.page != wizRun && !m.reading:
	case m.reading && (m.s == nil || m.screen == onWizard && m.wiz.o == nil):
		parts = append(parts, m.spin()+"opening")
	case m.reading:
		parts = append(parts, m.spin()+"reading")
	case m.screen == onHome && m.known():
		parts = append(parts, "read "+clock(m.survey.At, m.now))
	case m.gate != nil:
		parts = append(parts, "asked "+clock(m.gate.at, m.now))
	case m.screen != onHome && m.run.had:
		parts = append(parts, m.clockText())
	}
	return strings.Join(parts, "   ")
}

func (m *model) clockText() string {
	switch {
	case m.screen == onWizard && m.wiz.back != "":
		return "taken back"
	case m.board.Problem != nil:
		return "stopped after " + dur(m.elapsed())
	case m.board.Ended || !m.run.on:
		return "done in " + dur(m.elapsed())
	}
	text := dur(m.elapsed())
	if s := m.stage(m.current()); s.Took(m.now) > 0 {
		text = "step " + dur(s.Took(m.now)) + "   all " + text
	}
	return text
}

func (m *model) elapsed() time.Duration { return m.stopped().Sub(m.run.began) }

func (m *model) spin() string {
	if !m.opt.Motion {
		return ""
	}
	return string(`-\|/`[m.frame%4]) + " "
}

// smallLine keeps a window that is too small true.
func (m *model) smallLine() string {
	what := "opening"
	switch {
	case m.prompt != nil && m.prompt.agree != nil:
		what = "y or n: " + m.prompt.label
	case m.prompt != nil:
		what = "type, it is not shown: " + m.prompt.label
	case m.gate != nil:
		what = "a question waits: make the window larger to answer it"
	case m.shownProblem() != nil:
		what = m.shownProblem().Text
	case m.leave != nil && m.leave.sent != "":
		what = "sent, waiting for the answer"
	case m.leave != nil:
		what = "q leaves, esc stays"
	case m.screen == onWizard:
		what = "setting up: " + m.wizardName()
	case m.screen == onRescue:
		what = m.rescueSmall()
	case m.screen == onHome && m.s != nil:
		what = string(m.board.State())
	case m.s != nil && m.board.Ended:
		what = m.doneText()
	case m.s != nil:
		what = m.stageName(m.current()) + " " + m.clockText()
	}
	return fmt.Sprintf("window too small, 80x24 wanted; %s", what)
}

// message says what is true, or what happens next. It is never empty.
func (m *model) message() string {
	switch {
	case m.find != nil:
		return "find: " + m.find.View(m.st, m.w-8)
	case m.note != "":
		return m.note
	case m.prompt != nil && m.prompt.agree != nil:
		return m.unchanged()
	case m.prompt != nil:
		return "It goes nowhere but there, and is not kept by this program."
	case m.help != nil:
		return "Keys that are off say why."
	case m.gate != nil && m.gate.showsChange():
		return m.changeMessage()
	case m.gate != nil:
		return m.unchanged()
	case m.leave != nil && m.leave.sent != "":
		return "ctrl-c detaches now, without the answer."
	case m.leave != nil:
		return "ctrl-c again leaves at once. Nothing is lost: the state is on the servers."
	case m.shownProblem() != nil:
		return m.problemMessage(m.shownProblem())
	case m.screen == onHome:
		return "Reading only. Nothing changes until you confirm a plan."
	case m.screen == onWizard:
		return m.wizardMessage()
	case m.screen == onRescue:
		return m.rescueMessage()
	}
	return m.runMessage()
}

func (m *model) runMessage() string {
	switch {
	case m.s == nil:
		return "Reading only. Nothing has been changed."
	case m.board.Ended && m.board.Problem == nil && m.run.on:
		return "Done. Looking once more in a while whether it stays so; q quits without that."
	case m.board.Ended:
		return "Done. Nothing is left open."
	}
	switch m.phase() {
	case sending:
		return "Sent: " + m.sentRow().Node.Title + ". Waiting for the server's answer."
	case proving:
		return "You may leave: only the reading stops. Nothing unconfirmed is deleted."
	case building:
		out := "You may leave: CI goes on without this window. Next: the upload to " + m.s.Index
		if m.w >= wideFrom {
			out += ", which cannot be undone"
		}
		return out + "."
	}
	return "Reading only. " + m.unchanged()
}

// keyLine shows the keys that work now. Help and the way out are always there.
func (m *model) keyLine() string {
	var parts []string
	for _, b := range m.keysNow() {
		if b.off == "" && !b.hidden && b.Help().Key != "" {
			parts = append(parts, m.st.Bold(b.Help().Key)+" "+b.Help().Desc)
		}
	}
	for len(parts) > 3 && widget.Width(" "+strings.Join(parts, "  ")) > m.w {
		parts = append(parts[:len(parts)-3], parts[len(parts)-2:]...)
	}
	return " " + strings.Join(parts, "  ")
}

// keysNow are the keys of what is open.
func (m *model) keysNow() []binding {
	show := func(pairs ...string) (out []binding) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, bind(nil, pairs[i], pairs[i+1], nil))
		}
		return out
	}
	switch {
	case m.prompt != nil && m.prompt.agree != nil:
		return show("y", "yes", "n", "no")
	case m.prompt != nil:
		return show("enter", "go on with it", "ctrl-u", "clear", "esc", "go on without")
	case m.help != nil:
		return show(m.arrows(), "scroll", "esc", "close")
	case m.gate != nil && m.gate.showsChange():
		return show(m.changeKeys()...)
	case m.gate != nil && (m.gate.q.read != nil || m.screen == onWizard && m.gate.Want != ""):
		return show("enter", "go on when it matches", m.arrows(), "scroll", "esc", "back")
	case m.gate != nil && m.gate.act != nil && m.gate.Want != "":
		return show("enter", "have it built when the version matches", m.arrows(), "scroll", "esc", "back")
	case m.gate != nil && m.gate.Want != "":
		return show("enter", "start when the version matches", m.arrows(), "scroll", "esc", "back")
	case m.gate != nil:
		return show("y", "yes", "n", "no", m.arrows(), "scroll", "esc", "back")
	case m.find != nil:
		return show("enter", "find", "esc", "back")
	case m.answering() && m.leave == nil:
		return show("enter", "take it", m.st.Left, "back", "ctrl-u", "clear", "ctrl-c", "leave")
	case m.leave != nil && m.leave.sent != "":
		return show(m.arrows(), "choose", "enter", "ok", "ctrl-c", "detach now")
	case m.leave != nil:
		return show(m.arrows(), "choose", "enter", "ok", "esc", "stay", "q", "leave")
	}
	return m.bindings()
}
