package ui

import (
	"strings"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// wizardBody draws what is shown of the setting up; foot is where its bar meets the
// rule below it.
func (m *model) wizardBody(rows int) (out []string, foot int) {
	w := m.wiz
	switch {
	case w.page == wizRun:
		return m.runBody(rows)
	case w.stop != nil:
		return m.body.View(m.st, m.problemBody(w.stop, m.w, rows), m.w, rows), 0
	case w.page == wizFound:
		return m.body.View(m.st, m.foundBody(m.w), m.w, rows), 0
	case w.page == wizPlan:
		return m.body.View(m.st, m.planBody(m.w), m.w, rows), 0
	case w.page == wizQuestion && m.w >= wideFrom:
		left := widget.Fit(m.st, m.besideQuestion(leftWidth), leftWidth, rows)
		return widget.Beside(m.st, left, m.questionBody(m.w-leftWidth-2, rows), leftWidth, m.w), leftWidth
	case w.page == wizQuestion:
		return m.questionBody(m.w, rows), 0
	case w.page == wizPlanning:
		return []string{"", " Making the plan " + m.st.More}, 0
	}
	return []string{"", " Opening " + line(m.opt.Dir) + " " + m.st.More}, 0
}

// runBody: the steps, and the one that is under way, or what came of it all.
func (m *model) runBody(rows int) (out []string, foot int) {
	if m.w >= wideFrom {
		left := widget.Fit(m.st, m.setupColumn(rows), leftWidth, rows)
		return widget.Beside(m.st, left, m.runPane(m.w-leftWidth-2, rows), leftWidth, m.w), leftWidth
	}
	full := m.gate != nil && !m.gate.showsChange() || m.leave != nil
	if full || rows < 13 && m.gate != nil { // it needs the room
		return m.runPane(m.w, rows), 0
	}
	top := m.setupStrip(m.w)
	if rows > 14 {
		top = append(top, "")
	}
	return append(top, m.runPane(m.w, rows-len(top))...), 0
}

func (m *model) runPane(width, height int) []string {
	w := m.wiz
	switch {
	case m.leave != nil:
		return m.leaveBody(width, height)
	case m.gate != nil:
		return m.gateBody(width, height)
	case w.look != "":
	case w.stop != nil:
		return m.withItems(m.problemBody(w.stop, width, height), width, height)
	case w.back != "":
		return m.body.View(m.st, m.backBody(width), width, height)
	case m.board.Ended && m.board.Problem == nil:
		return m.endBody(width, height)
	}
	return m.withItems(m.stepBody(width), width, height)
}

// atStep is the step where the setting up stands.
func (m *model) atStep() flow.ID {
	switch rows := m.board.Rows; {
	case m.wiz.undo != nil:
		return m.wiz.undo.deed.id
	case m.board.Asking != "":
		return m.board.Asking
	case len(rows) == 0:
		return ""
	default:
		for _, r := range rows {
			if r.Running {
				return r.Node.ID
			}
		}
		if open := m.board.Open(); len(open) > 0 {
			return open[0].Node.ID
		}
		return rows[len(rows)-1].Node.ID
	}
}

// shownStep is the step that is looked at.
func (m *model) shownStep() flow.ID {
	if m.wiz.look != "" {
		return m.wiz.look
	}
	return m.atStep()
}

func (m *model) stepIndex(id flow.ID) int {
	for i, r := range m.board.Rows {
		if r.Node.ID == id {
			return i
		}
	}
	return 0
}

// stepBy looks at another step; the one under way is shown again by going back to it.
func (m *model) stepBy(n int) {
	rows := m.board.Rows
	if len(rows) == 0 {
		return
	}
	w := m.wiz
	w.look = rows[max(0, min(m.stepIndex(m.shownStep())+n, len(rows)-1))].Node.ID
	if w.look == m.atStep() && m.run.on {
		w.look = ""
	}
	w.pick = -1
	m.body.Reset()
}

// setupSteps are the plan's nodes, one step each.
func (m *model) setupSteps() widget.Steps {
	found := map[flow.ID]flow.Finding{}
	for _, r := range m.board.Rows {
		found[r.Node.ID] = r.Finding
	}
	counts := m.board.Plan.Counts(found)
	out := widget.Steps{Cursor: m.stepIndex(m.shownStep())}
	for _, r := range m.board.Rows {
		s := board.Stage{Name: setupName(r.Node.ID), Rows: []board.Row{r}}
		sign := mark(s, !counts[r.Node.ID])
		if r.Node.ID == m.board.Asking {
			sign = widget.MarkRun
		}
		out.Items = append(out.Items, widget.Step{Name: s.Name, Mark: sign, Time: m.stageTime(s), Detail: m.stageDetail(s)})
	}
	return out
}

// setupColumn is the list beside the step: with every detail where there is room,
// else with that of the step that is shown.
func (m *model) setupColumn(rows int) []string {
	s := m.setupSteps()
	out := s.Column(m.st, leftWidth)
	if len(out) > rows {
		for i := range s.Items {
			if i != s.Cursor {
				s.Items[i].Detail = nil
			}
		}
		out = s.Column(m.st, leftWidth)
	}
	if len(out) > rows {
		s.Dense = true
		out = s.Column(m.st, leftWidth)
	}
	from := max(0, min(s.Cursor-rows/2, len(out)-rows))
	return out[from:]
}

// setupStrip is the list in two lines at most.
func (m *model) setupStrip(width int) []string {
	s := m.setupSteps()
	if out := s.Line(m.st, width); len(out) <= 2 {
		return out
	}
	signs := ""
	for _, it := range s.Items {
		signs += it.Mark.Glyph(m.st)
	}
	return []string{widget.Cut(m.st, " "+signs, width), widget.Cut(m.st, " "+m.st.Bold(s.Items[s.Cursor].Name), width)}
}

// stepBody: what the step is, what was found, and what it says while it runs.
func (m *model) stepBody(width int) []string {
	r := m.board.Row(m.shownStep())
	if r.Node.ID == "" {
		return []string{" nothing is to be done"}
	}
	out := m.rowHead(r, width)
	if c := m.actFor(r.Node.ID).command; c != "" {
		for _, l := range widget.Under("   $ ", c, width) {
			out = append(out, m.st.Faint(l))
		}
	}
	return append(out, m.rowTail(r, width)...)
}

// setupName is the one word for what a step of a set-up is about.
func setupName(id flow.ID) string {
	for _, n := range []struct {
		id   flow.ID
		name string
	}{
		{flow.CheckProject, "project"}, {flow.StoreToken, "token"}, {flow.WritePypirc, "~/.pypirc"}, {flow.Register, "name"},
		{flow.ActivateCI, "CI on"}, {flow.SetVariable, "setting"}, {flow.WriteCI, "CI file"}, {flow.MakeGate, "environment"},
		{flow.TrustPublisher, "publisher"}, {flow.CheckSetup, "proof"}, {flow.SaveRecipe, "configuration"}, {flow.RehearseRecipe, "trial"},
		{flow.CommitSetup, "commit"}, {flow.PushSetup, "push"}, {flow.OpenRequest, "request"},
	} {
		if id == n.id {
			return n.name
		}
		if of, ok := strings.CutPrefix(string(id), string(n.id)+"-"); ok {
			return n.name + " " + line(of)
		}
	}
	return nodeName(id, "index")
}
