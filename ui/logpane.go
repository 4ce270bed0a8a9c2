package ui

import (
	"errors"
	"strconv"

	"ferry/flow"
	"ferry/ui/widget"
)

func (m *model) logPane(width, height int) []string {
	if height < 1 {
		return nil
	}
	t, j := m.jobs.log(), m.jobs.job()
	title := " log " + j.Number + " " + j.Name + "  " + m.logState(t, j)
	rule := m.st.Rule + m.st.Rule
	head := widget.Cut(m.st, " "+m.st.Faint(rule)+m.st.Bold(m.st.Plain(title)), width)
	if t == nil || t.Len() == 0 {
		return widget.Fit(m.st, append([]string{head}, m.insteadOfLog(t, j, width)...), width, height)
	}
	out := []string{head}
	for _, l := range t.View(m.st, width-1, height-1) {
		out = append(out, " "+l)
	}
	return out
}

// insteadOfLog is what is known of a job whose log is not to be had: how to come to
// it, and the steps.
func (m *model) insteadOfLog(t *tail, j flow.Job, width int) (out []string) {
	var p *flow.Problem
	if t != nil && errors.As(t.err, &p) {
		p = cleanProblem(p)
		out = append(out, widget.Under(" ", p.Text, width)...)
		for _, next := range p.Next {
			out = append(out, "   "+m.st.Bold(next))
		}
	}
	for _, s := range j.Steps {
		out = append(out, widget.Cut(m.st, "   "+jobWord(m.st, s.State)+"  "+s.Name, width))
	}
	return out
}

func (m *model) logState(t *tail, j flow.Job) string {
	switch {
	case t == nil && j.State == flow.JobQueued:
		return "not started"
	case t == nil:
		return ""
	case t.err != nil && errors.As(t.err, new(*flow.Problem)):
		return "needs a token"
	case t.err != nil:
		return "cannot be read: " + line(t.err.Error())
	case t.Len() == 0 && t.ended && !j.State.Over():
		return "comes when the job ends"
	case t.Len() == 0 && t.ended:
		return "empty"
	case t.Len() == 0:
		return "is being read"
	}
	state := thousands(t.Len()) + " lines"
	if !t.ended {
		state = "live, " + state
	}
	if t.Following() && !t.ended {
		state += ", following"
	}
	if f := t.Finding(); f != "" {
		state += ", found: " + line(f)
	}
	return state
}

// failing goes to the next line that tells of a failure, or to the one before.
func (m *model) failing(dir int) {
	t := m.jobs.log()
	switch {
	case t == nil:
	case t.Finding() != "":
		m.findNext(dir)
	case !t.Fail(dir):
		m.note = "no further line tells of a failure"
	}
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
