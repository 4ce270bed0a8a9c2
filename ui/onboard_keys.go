package ui

import (
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
)

// wizardKeys are the keys while a repository is set up.
func (m *model) wizardKeys() []binding {
	w := m.wiz
	switch {
	case w.page == wizRun:
		return m.setupKeys()
	case w.stop != nil:
		return append(m.nextKeys(w.stop), bind([]string{"r"}, "r", "try again", quietly((*model).tryAgain)), m.backKey())
	case w.page == wizQuestion:
		return m.questionKeys()
	case w.page == wizFound || w.page == wizPlan:
		next, do := "go on", (*model).forward
		if w.page == wizPlan {
			next, do = "begin", (*model).setUp
		}
		return append(m.scrollKeys(), bind([]string{"enter"}, "enter", next, quietly(do)), m.backKey())
	}
	return []binding{m.backKey()}
}

// backKey goes back by one question; from the first page it goes home.
func (m *model) backKey() binding {
	w := m.wiz
	if w.page == wizOpening || w.page == wizFound {
		return bind([]string{"esc", "left"}, "esc", "home", quietly((*model).closeWizard)).offIf(m.s == nil, "there is no other screen: q leaves")
	}
	return bind([]string{"left", "esc"}, m.st.Left, "back", quietly((*model).backward))
}

func (m *model) questionKeys() []binding {
	out := []binding{
		bind([]string{"up", "k"}, m.arrows(), "move", quietly(func(m *model) { m.wiz.by(-1) })),
		bind([]string{"down", "j"}, "", "", quietly(func(m *model) { m.wiz.by(1) })).hide(),
	}
	for i := range m.wiz.q.Options[:min(len(m.wiz.q.Options), 9)] {
		out = append(out, bind([]string{itoa(i + 1)}, "1-"+itoa(min(len(m.wiz.q.Options), 9)), "choose", quietly(func(m *model) { m.wiz.point(i) })))
		out[len(out)-1].hidden = i > 0
	}
	return append(out, bind([]string{"enter"}, "enter", "take it", quietly((*model).takeOption)), m.backKey())
}

// nextKeys choose among the commands of a problem.
func (m *model) nextKeys(p *flow.Problem) []binding {
	out := m.scrollKeys()
	if m.wiz.page == wizRun {
		out = m.pickKeys()
	}
	for i := range p.Next[:min(len(p.Next), 9)] {
		out = append(out, bind([]string{itoa(i + 1)}, "1-"+itoa(min(len(p.Next), 9)), "choose", quietly(func(m *model) { m.pick = i })))
		out[len(out)-1].hidden = i > 0 || len(p.Next) < 2
	}
	return out
}

func (m *model) pickKeys() []binding {
	out := m.scrollKeys()
	out[0].do = quietly(func(m *model) { m.pickBy(-1) })
	out[1].do = quietly(func(m *model) { m.pickBy(1) })
	if len(m.items()) > 0 {
		out[0].SetHelp(m.arrows(), "value")
	}
	return out
}

// setupKeys are the keys of the run and of what came of it.
func (m *model) setupKeys() []binding {
	w := m.wiz
	out := m.pickKeys()
	if p := m.shownProblem(); p != nil {
		out = m.nextKeys(p)
	}
	on, why := m.run.on, m.undoOff()
	again := "look again"
	if w.stop != nil || w.back != "" {
		again = "go on"
	}
	esc := bind([]string{"esc"}, "esc", "questions", quietly((*model).backward)).offIf(on, "it is under way: q leaves")
	if w.look != "" {
		esc = bind([]string{"esc"}, "esc", "back", quietly(func(m *model) { m.wiz.look = ""; m.body.Reset() }))
	}
	return append(out,
		bind([]string{"R"}, "R", again, quietly((*model).setUp)).offIf(on, "the run has not ended").offIf(len(w.plan.Nodes) == 0, "there is no plan"),
		bind([]string{"u"}, "u", "take back", quietly((*model).takeBack)).offIf(why != "", why),
		bind([]string{"left", "[", "h"}, m.st.Left+m.st.Right, "step", quietly(func(m *model) { m.stepBy(-1) })).offIf(len(m.board.Rows) < 2, "there is no other step"),
		bind([]string{"right", "]"}, "", "", quietly(func(m *model) { m.stepBy(1) })).offIf(len(m.board.Rows) < 2, "there is no other step").hide(),
		esc)
}

// tryAgain opens the repository again, or makes the plan again.
func (m *model) tryAgain() {
	if m.wiz.o == nil {
		m.openWizard()
		return
	}
	m.makePlan()
}

// wizardName names the screen.
func (m *model) wizardName() string {
	return map[wizardPage]string{wizOpening: "Opening", wizFound: "What was found", wizQuestion: "Question", wizPlanning: "Making the plan", wizPlan: "Plan", wizRun: "Set-up"}[m.wiz.page]
}

func (m *model) wizardPlace() string {
	o := m.wiz.o
	if o == nil {
		return "onboard   " + line(m.opt.Dir)
	}
	out := "onboard " + o.Project
	if m.w >= wideFrom {
		out += "   " + o.Dir
	}
	return out
}

// wizardWhere is how far it is, for row 1.
func (m *model) wizardWhere() []string {
	w := m.wiz
	switch n := len(m.board.Rows); {
	case w.page == wizQuestion && m.prompt == nil:
		return []string{fmt.Sprintf("question %d of %d", len(w.path)+1, max(w.total, len(w.path)+1))}
	case w.page == wizPlan && w.stop == nil:
		return []string{count(n, "step")}
	case w.page == wizRun && n > 0 && !m.board.Ended:
		return []string{fmt.Sprintf("step %d of %d", m.stepIndex(m.atStep())+1, n)}
	}
	return nil
}

func (m *model) wizardMessage() string {
	w := m.wiz
	switch {
	case w.page == wizQuestion:
		return "Nothing is changed by an answer. The plan is shown before anything is done."
	case w.page == wizPlan:
		return m.unchanged() + " Each diff and each shared step is asked for."
	case w.page != wizRun:
		return "Reading only. " + m.unchanged()
	case w.back != "":
		return "Taken back. " + m.unchanged()
	case m.setUpDone():
		return "Done. Next: ferry release"
	}
	r := m.board.Row(m.atStep())
	switch {
	case !m.run.on:
		return m.unchanged()
	case m.phase() == sending:
		return "Sent: " + m.sentRow().Node.Title + ". Waiting for the server's answer."
	case r.Running:
		return "Under way: " + r.Node.Title
	case r.Finding.Status == flow.Underway:
		return "Waiting. You may leave: ferry onboard goes on from here."
	}
	return "Reading. " + m.unchanged()
}

// unchanged is said only where it is true.
func (w *wizard) unchanged() string {
	did := w.did()
	switch n := len(w.deeds); {
	case n > 0 && !w.deeds[n-1].seen:
		return "What came of the last step is not seen yet."
	case len(did) == 0:
		return "Nothing has been changed."
	}
	return "Done so far: " + strings.Join(did, ", ") + "."
}

// wizardLink is the page of what has the focus.
func (m *model) wizardLink() string {
	w := m.wiz
	if w.o == nil {
		return ""
	}
	if w.page == wizRun {
		if p := m.picked().where; p != "" {
			return p
		}
		if p := pageOf(flow.Fact{}, m.board.Row(m.shownStep())); p != "" {
			return p
		}
	}
	if isPage(w.o.RemoteURL) {
		return w.o.RemoteURL
	}
	return ""
}

// wizardCommand is the command that does what the screen shows.
func (m *model) wizardCommand() string {
	if m.setUpDone() && m.wiz.look == "" {
		return "ferry release"
	}
	if m.wiz.page == wizRun {
		return orElse(m.actFor(m.shownStep()).command, m.setupCommand())
	}
	return m.setupCommand()
}

// wizardValue is the value that has the focus, or the text of what is shown.
func (m *model) wizardValue() string {
	w := m.wiz
	if w.page == wizRun {
		if v := m.picked().value; v != "" {
			return v
		}
	}
	switch p := m.shownProblem(); {
	case p != nil:
		return problemText(p)
	case w.page == wizPlan:
		var out []string
		for _, n := range m.board.Plan.Nodes {
			out = append(out, m.actFor(n.ID).word+"  "+n.Title)
		}
		return strings.Join(out, "\n")
	case m.setUpDone() && w.look == "":
		return strings.Join(append([]string{m.setUpText()}, w.did()...), "\n")
	case w.page == wizRun:
		return m.board.Row(m.shownStep()).Finding.Text
	}
	return ""
}

// wizardOutcome is what leaving now comes to.
func (m *model) wizardOutcome(cause error) error {
	switch {
	case m.run.had && m.board.Ended:
		return m.run.err
	case m.wiz.stop != nil:
		return m.wiz.stop
	case cause != nil:
		return cause
	case m.wiz.said != nil:
		return nil
	case m.opt.Start != StartOnboard && !m.run.on && len(m.wiz.deeds) == 0:
		return nil
	}
	return m.leftSetup()
}

// leftSetup says what is done and how to come back.
func (m *model) leftSetup() *flow.Problem {
	p := &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Left before the set-up was done; ferry onboard goes on from here",
		Retry: flow.RetrySafe, Next: []string{"ferry onboard"}, Err: flow.ErrDeclined}
	for _, d := range m.wiz.deeds {
		switch {
		case !d.seen:
			p.Now = append(p.Now, "begun: "+d.title+"; what came of it is not seen yet")
		case d.in:
			p.Now = append(p.Now, "done: "+d.title)
		}
	}
	if len(p.Now) == 0 {
		p.Now = []string{"nothing has been changed"}
	}
	return p
}

// wizardFarewell is what stays in the scrollback.
func (m *model) wizardFarewell(err error) []string {
	w := m.wiz
	var p *flow.Problem
	switch {
	case len(m.quit.said) > 0 && w.o != nil:
		return append([]string{w.o.Project}, m.quit.said...)
	case errors.As(err, &p):
		return problemLines(err)
	case err == nil && w.said != nil:
		return w.said
	case err == nil && m.setUpDone():
		return m.setUpLines()
	case err == nil && len(w.deeds) == 0:
		return nil
	}
	return problemLines(m.leftSetup())
}

func (m *model) setUpLines() []string {
	out := []string{m.setUpText()}
	for _, t := range m.wiz.did() {
		out = append(out, "  done    "+t)
	}
	for _, it := range m.items() {
		if it.head != "" {
			out = append(out, "  left    "+it.head)
			if it.where != "" {
				out = append(out, "          "+it.where)
			}
		}
		if it.value != "" {
			out = append(out, "            "+it.name+": "+it.value)
		}
	}
	return append(out, "  next    ferry release")
}
