package ui

import (
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// current is the stage where the release stands: what is under way, else what
// stopped, else what comes after the last thing that is done. It is read from
// the end, as the engine does.
func (m *model) current() string {
	stages := m.board.Stages()
	for i := len(stages) - 1; i >= 0; i-- {
		switch s := stages[i]; s.Status() {
		case flow.Underway:
			return s.Name
		case flow.Done:
			return stages[min(i+1, len(stages)-1)].Name
		case flow.Failed, flow.Conflict, flow.Unknown:
			return s.Name
		}
	}
	if len(stages) > 0 {
		return stages[0].Name
	}
	return ""
}

// shown is the stage that is looked at.
func (m *model) shown() string {
	if m.look != "" {
		return m.look
	}
	return m.current()
}

// lookBy looks at another stage; the one under way is shown again by going back to it.
func (m *model) lookBy(n int) {
	stages := m.board.Stages()
	for i, s := range stages {
		if s.Name == m.shown() {
			m.look = stages[max(0, min(i+n, len(stages)-1))].Name
			break
		}
	}
	if m.look == m.current() {
		m.look = ""
	}
	m.body.Reset()
}

func (m *model) stageName(name string) string {
	switch name {
	case "preflight":
		return "Preflight"
	case "push":
		return "Push"
	case "ci":
		return "CI"
	case "index":
		return m.s.Index
	case "clean":
		return "Clean up"
	}
	return name
}

func (m *model) steps() widget.Steps {
	stages := m.board.Stages()
	out := widget.Steps{Items: make([]widget.Step, len(stages))}
	later := false // something after this stage is done, so what it did not meet is history
	for i := len(stages) - 1; i >= 0; i-- {
		s := stages[i]
		out.Items[i] = widget.Step{Name: m.stageName(s.Name), Mark: mark(s, later), Time: m.stageTime(s), Detail: m.stageDetail(s)}
		later = later || s.Status() == flow.Done
		if s.Name == m.shown() {
			out.Cursor = i
		}
	}
	return out
}

func mark(s board.Stage, later bool) widget.Mark {
	switch s.Status() {
	case flow.Done:
		if s.Red() { // the colour is a fact; what it means, the index says
			return widget.MarkFail
		}
		return widget.MarkOK
	case flow.Underway:
		return widget.MarkRun
	case flow.Failed, flow.Conflict:
		if later {
			return widget.MarkPast
		}
		return widget.MarkFail
	case flow.Unknown:
		if later {
			return widget.MarkPast
		}
		return widget.MarkUnknown
	}
	return widget.MarkWait
}

// stageTime goes by the minute while a stage is under way; row 1 has the seconds.
func (m *model) stageTime(s board.Stage) string {
	switch {
	case s.Took(m.now) == 0:
		return ""
	case s.Status() == flow.Underway && m.run.on:
		return minutes(s.Took(m.now))
	}
	return dur(s.Took(m.stopped()))
}

// stopped is when the clocks of this run stand still: now, or when it was over.
func (m *model) stopped() time.Time {
	if m.run.over.IsZero() {
		return m.now
	}
	return m.run.over
}

func (m *model) stageDetail(s board.Stage) []string {
	if s.Name == "preflight" {
		return []string{checksText(s)}
	}
	var out []string
	for _, r := range s.Rows {
		switch {
		case r.Seen && r.Finding.Status != flow.Todo && r.Finding.Text != "":
			out = append(out, r.Finding.Text)
		case r.Node.Title != "":
			out = append(out, r.Node.Title)
		}
	}
	return out
}

// checksText sums the checks up.
func checksText(s board.Stage) string {
	n := map[flow.Status]int{}
	seen := 0
	for _, r := range s.Rows {
		if r.Seen {
			n[r.Finding.Status]++
			seen++
		}
	}
	if len(s.Rows) == 0 {
		return ""
	}
	t := count(len(s.Rows), "check")
	if seen < len(s.Rows) {
		return t + ", reading"
	}
	parts := []string{}
	add := func(k int, word string) {
		if k > 0 {
			parts = append(parts, itoa(k)+" "+word)
		}
	}
	add(n[flow.Done], "ok")
	add(n[flow.Failed]+n[flow.Conflict], "FAILED")
	add(n[flow.Unknown], "unknown")
	add(n[flow.Todo]+n[flow.Underway], "open")
	return t + ": " + strings.Join(parts, ", ")
}

func (m *model) releaseBody(width, height int) []string {
	switch {
	case m.leave != nil:
		return m.leaveBody(width, height)
	case m.gate != nil:
		return m.gateBody(width, height)
	case m.s == nil:
		return []string{"", " Opening " + line(m.opt.Dir) + " " + m.st.More}
	case m.look != "":
	case m.board.Problem != nil:
		return m.body.View(m.st, m.problemBody(m.board.Problem, width, height), width, height)
	case m.board.Ended || m.run.had && !m.run.on:
		return m.body.View(m.st, m.doneBody(width), width, height)
	}
	return m.stageBody(width, height)
}

func (m *model) stageBody(width, height int) []string {
	switch m.shown() {
	case "preflight":
		return m.body.View(m.st, m.preflightBody(width), width, height)
	case "ci":
		return m.ciBody(width, height)
	case "index":
		return m.body.View(m.st, m.indexBody(width), width, height)
	}
	return m.body.View(m.st, m.pushBody(width), width, height)
}

func (m *model) stage(name string) board.Stage {
	for _, s := range m.board.Stages() {
		if s.Name == name {
			return s
		}
	}
	return board.Stage{}
}

// preflightBody: every check with what it found, then what would happen.
func (m *model) preflightBody(width int) []string {
	s := m.stage("preflight")
	out := []string{" " + m.st.Bold("Preflight") + "   " + checksText(s)}
	for _, r := range s.Rows {
		text := r.Node.Title
		if r.Seen {
			text = r.Finding.Text
		}
		out = append(out, m.statusLine(r, nodeName(r.Node.ID, m.s.Index), text, width)...)
	}
	return append(append(out, "", " "+m.st.Bold("Plan")), m.planLines(width, true)...)
}

func (m *model) statusLine(r board.Row, name, text string, width int) []string {
	head := "   " + status(m.st, r.Finding, r.Seen, r.Running) + "  " + widget.Pad(m.st, name, 9) + " "
	return widget.Under(head, text, width)
}

// planLines lists the plan with its effects, and with its commands if asked.
func (m *model) planLines(width int, commands bool) []string {
	var out []string
	n := 0
	for _, r := range m.board.Rows {
		if !inPlan(r.Node) {
			continue
		}
		n++
		out = append(out, m.planLine(n, m.actFor(r.Node.ID), width, commands)...)
	}
	return out
}

// inPlan says whether a node is shown in a plan: what only looks is not, but for
// what proves the release.
func inPlan(n flow.Node) bool {
	return n.Effect != flow.Reads || n.LeadsTo != "" || n.ID == flow.ConfirmIndex
}

func (m *model) planLine(n int, a act, width int, command bool) []string {
	word := widget.Pad(m.st, a.word, 9)
	if a.permanent {
		word = m.st.Alarm(word)
	}
	head := "   " + widget.Pad(m.st, itoa(n), 2) + word + "  "
	title := a.title
	if a.leads && !a.permanent {
		title += ", leads to " + m.st.Alarm("PERMANENT")
	}
	out := widget.Under(head, title, width)
	if !command {
		return out
	}
	for _, t := range []struct{ label, text string }{{"$ ", a.command}, {"undo: ", a.undo.String()}} {
		if t.text == "" {
			continue
		}
		for _, l := range widget.Under(strings.Repeat(" ", 16)+t.label, t.text, width) {
			out = append(out, m.st.Faint(l))
		}
	}
	return out
}

// pushBody: what is pushed where, and what the server says. The clean-up looks the same.
func (m *model) pushBody(width int) []string {
	var out []string
	for _, r := range m.stage(m.shown()).Rows {
		out = append(out, m.rowHead(r, width)...)
		if c := m.actFor(r.Node.ID).command; c != "" {
			for _, l := range widget.Under("   $ ", c, width) {
				out = append(out, m.st.Faint(l))
			}
		}
		out = append(out, m.rowTail(r, width)...)
		out = append(out, "")
	}
	return append(out, m.field("to", m.s.RemoteURL+"  ("+m.s.Remote+")", width)...)
}

// rowHead is what a row is and where it stands.
func (m *model) rowHead(r board.Row, width int) []string {
	out := widget.Under(" "+status(m.st, r.Finding, r.Seen, r.Running)+"  ", m.st.Bold(r.Node.Title), width)
	if r.Seen && r.Finding.Text != "" {
		out = append(out, widget.Under("   ", r.Finding.Text, width)...)
	}
	for _, p := range r.Finding.Proof {
		if isPage(p.Where) {
			return append(out, widget.Under("   ", p.Where, width)...)
		}
	}
	return out
}

// rowTail is what it waits for, and what was said about it.
func (m *model) rowTail(r board.Row, width int) []string {
	var out []string
	if p := r.Finding.Problem; p != nil && p.Text != r.Finding.Text {
		out = append(out, widget.Under("   ", m.st.Warn(m.st.Alert)+" "+p.Text, width)...)
		for _, t := range p.Now {
			out = append(out, widget.Under("     ", t, width)...)
		}
	}
	if l := m.run.lines[r.Node.ID]; l != nil {
		for _, t := range l.View(m.st, width-5, min(l.Len(), 200)) {
			out = append(out, "   "+m.st.Faint(m.st.Bar)+" "+t)
		}
	}
	return out
}
