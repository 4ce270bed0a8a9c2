package ui

import (
	"fmt"

	"ferry/flow"
	"ferry/ui/widget"
)

// shownProblem is the problem that the screen shows; nil if it shows none.
func (m *model) shownProblem() *flow.Problem {
	switch {
	case m.screen == onProblem && m.openErr != nil:
		return cleanProblem(m.openErr)
	case m.screen == onProblem:
		return m.standing()
	case m.screen == onWizard && m.wiz.look == "" && m.gate == nil && m.leave == nil:
		return m.wiz.stop
	case m.screen == onRescue:
		return m.rec.stop
	case m.screen == onRelease && m.look == "" && m.gate == nil && m.leave == nil:
		return m.board.Problem
	}
	return nil
}

// problemBody: what happened, what is certainly true, whether to try again, the
// lines that show it, and the commands that go on.
func (m *model) problemBody(p *flow.Problem, width, height int) []string {
	var out []string
	for i, l := range widget.Under(" ", p.Text, width) {
		if i == 0 {
			l = " " + m.st.Bold(l[1:])
		}
		out = append(out, l)
	}
	out = append(out, " "+m.st.Faint("code  "+p.Code), "")
	now := p.Now
	if len(now) == 0 {
		now = []string{"nothing more is known than this"}
	}
	for i, t := range now {
		name := ""
		if i == 0 {
			name = "  True now"
		}
		out = append(out, label(m.st, name, 10, t, width)...)
	}
	out = append(out, label(m.st, "  Retry", 10, retryText(p, m.version()), width)...)
	next := m.nextLines(p, width)
	out = append(out, m.shownLines(p, width, height-len(out)-len(next)-2)...)
	return append(out, next...)
}

// The lines that explain most are shown: the last ones, unless the first one tells
// of a failure; as many as leave the ways out in view. The log has the rest.
const minShown, maxShown = 3, 24

func (m *model) shownLines(p *flow.Problem, width, room int) []string {
	if len(p.Lines) == 0 {
		return nil
	}
	show := min(max(minShown, min(room, maxShown)), len(p.Lines))
	from, which := len(p.Lines)-show, "last"
	if m.s != nil && m.s.Fails != nil && m.s.Fails(p.Lines[0]) { // what explains most comes first
		from, which = 0, "first"
	}
	title := count(len(p.Lines), "line")
	if show < len(p.Lines) {
		title = fmt.Sprintf("the %s %d of %s", which, show, title)
	}
	out := []string{"", " " + m.st.Faint(m.st.Rule+m.st.Rule+" "+title)}
	for _, l := range p.Lines[from : from+show] {
		out = append(out, widget.Cut(m.st, "   "+m.st.Plain(l), width))
	}
	return out
}

func (m *model) nextLines(p *flow.Problem, width int) []string {
	if len(p.Next) == 0 {
		return nil
	}
	out := []string{"", " " + m.st.Bold("What goes on from here")}
	for i, c := range p.Next {
		mark := "   "
		if i == m.pick {
			mark = " " + m.st.Cursor + " "
		}
		out = append(out, widget.Under(mark+itoa(i+1)+"  ", c, width)...)
	}
	return out
}

func (m *model) version() string {
	if m.s == nil {
		return "this version"
	}
	return m.s.Version
}

// problemMessage is true of what goes on, too: what waits, waits elsewhere.
func (m *model) problemMessage(p *flow.Problem) string {
	code := fmt.Sprintf("Exit code will be %d.", flow.ExitCode(p))
	switch {
	case m.screen == onRescue, m.screen == onProblem && m.openErr == nil:
		return "Reading only. Nothing has been changed."
	case p.Class == flow.ClassWaiting:
		return "Stopped waiting; it goes on elsewhere. " + code
	case p.Class == flow.ClassUnknown:
		return "Stopped: nobody can tell from here. " + code
	}
	return "Stopped. Nothing of ours runs in the background. " + code
}
