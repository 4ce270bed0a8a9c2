package ui

import (
	"errors"
	"maps"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// wizardPage is where in the setting up of a repository the person stands.
type wizardPage int

const (
	wizOpening  wizardPage = iota
	wizFound               // what was found, before the first question
	wizQuestion            // one question
	wizPlanning            // the plan is made
	wizPlan                // what will be done
	wizRun                 // it is done, has stopped, or is at its end
)

// wizard sets a repository up. What its run shows is the root's board, run and gate.
type wizard struct {
	o    *Onboarding // nil until it is open
	page wizardPage

	path   []string          // the keys of the questions that were answered here, in order
	kept   map[string]string // the last answer to each, also to those that are ahead again
	all    []flow.Choice     // the questions that apply to the answers up to here
	q      flow.Choice       // the one that is asked
	total  int               // of the questions, as far as can be foreseen
	cursor int               // which of its options has the focus
	entry  widget.Entry

	command string // what has the same answers

	turn  int // of planning
	plan  flow.Plan
	acts  map[flow.ID]act
	deeds []deed
	look  flow.ID // the step that is looked at; "": the one under way
	pick  int     // which value has the focus; -1: none, the top is shown
	focus
	said  []string      // what came of it, for the scrollback, where the person went back after the end
	prior run           // the release that ran before, for when the person is home again
	stop  *flow.Problem // why it cannot go on
	undo  *undoing      // what is being taken back
	back  string        // what was taken back last
}

// deed is a step that ran here, and with which plan: only that one can undo it.
type deed struct {
	plan  flow.Plan
	turn  int
	id    flow.ID
	title string
	seen  bool // it was looked at after it ran
	in    bool // it is in effect, by that look
}

// undoing keeps what was shown, for where the person says no.
type undoing struct {
	deed  deed
	board board.Board
	run   run
	stop  *flow.Problem
	back  string
	ran   bool // the step was there to be taken back
}

// openWizard opens the repository for setting it up.
func (m *model) openWizard() {
	w := &wizard{kept: map[string]string{}, prior: m.run}
	if m.wiz != nil { // it was open before
		w.deeds, w.turn, w.said = m.wiz.deeds, m.wiz.turn+1, m.wiz.said
	}
	if m.screen == onWizard { // it is tried again
		w.prior = m.wiz.prior
	}
	m.wiz = w
	m.screen, m.reading, m.note, m.run, m.board = onWizard, true, "", run{}, board.Board{}
	m.body.Reset()
	m.d.onboard(m.opt.Onboard)
}

func (m *model) onboarded(msg onboardedMsg) {
	w := m.wiz
	if w == nil || m.screen != onWizard {
		return
	}
	m.reading = false
	if msg.err != nil {
		w.stop = cleanProblem(problemOf(msg.err))
		return
	}
	w.o, w.page, w.stop = msg.o, wizFound, nil
	w.refresh()
}

// answers are those that were given, and those from here up to where the person stands.
func (w *wizard) answers() map[string]string {
	out := map[string]string{}
	maps.Copy(out, w.o.Given)
	for _, k := range w.path {
		out[k] = w.kept[k]
	}
	return out
}

// refresh finds the question that is next; there is none if its key is "".
func (w *wizard) refresh() {
	answers := w.answers()
	w.all, w.q = w.o.Choices(answers), flow.Choice{}
	w.command = w.asCommand(answers)
	w.total = w.foreseen(answers)
	if c, ok := open(w.all, answers); ok {
		w.ask(c)
	}
}

// open is the first question that has no answer, or one that it does not take.
func open(all []flow.Choice, answers map[string]string) (flow.Choice, bool) {
	for _, c := range all {
		if v, ok := answers[c.Key]; c.Key != "" && (!ok || c.Takes(v) != "") {
			return c, true
		}
	}
	return flow.Choice{}, false
}

// mostQuestions is more than anybody asks.
const mostQuestions = 50

// foreseen is how many questions are asked here if the rest is answered as before,
// or by the defaults.
func (w *wizard) foreseen(answers map[string]string) (n int) {
	all, answers := w.all, maps.Clone(answers)
	for range mostQuestions {
		c, ok := open(all, answers)
		if !ok {
			break
		}
		answers[c.Key] = likely(c, w.kept[c.Key])
		all = w.o.Choices(answers)
	}
	for _, c := range all {
		if v, given := w.o.Given[c.Key]; !given || c.Takes(v) != "" {
			n++
		}
	}
	return n
}

// likely is an answer that the question takes.
func likely(c flow.Choice, kept string) string {
	for _, v := range []string{kept, c.Default} {
		if v != "" && c.Takes(v) == "" {
			return v
		}
	}
	for _, o := range c.Options {
		if o.Off == "" {
			return o.Value
		}
	}
	return c.Default
}

// asCommand is the command that has the answers.
func (w *wizard) asCommand(answers map[string]string) string {
	command := []string{"ferry", "onboard"}
	for _, c := range w.all {
		if v, ok := answers[c.Key]; ok {
			command = append(command, "--"+c.Key+"="+v)
		}
	}
	return line(flow.Shell(command))
}

// ask shows a question, with the last answer to it, or the default, under the focus.
func (w *wizard) ask(c flow.Choice) {
	value, ok := w.kept[c.Key]
	if !ok || c.Takes(value) != "" {
		value = c.Default
	}
	w.q, w.cursor, w.entry, w.moved = c, -1, widget.Entry{}, true
	w.entry.Press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(value)})
	if w.entry.Text() != value { // an entry cannot hold it; empty takes it as it is
		w.entry.Clear()
	}
	for i, o := range c.Options {
		if o.Off == "" && (o.Value == value || w.cursor < 0) {
			w.cursor = i
		}
	}
	w.cursor = max(w.cursor, 0)
}

// forward goes on to the next question, or to the plan.
func (m *model) forward() {
	m.body.Reset()
	if m.wiz.q.Key != "" {
		m.wiz.page = wizQuestion
		return
	}
	m.makePlan()
}

// backward goes back by one; what was answered is kept.
func (m *model) backward() {
	w := m.wiz
	if m.setUpDone() {
		w.said = m.setUpLines()
	}
	if m.reading { // the plan that is being made is of no use any more
		m.d.end(errors.New("gone back"))
	}
	m.body.Reset()
	m.reading, w.stop, w.back, m.run = false, nil, "", run{}
	w.turn++
	if len(w.path) == 0 {
		w.page = wizFound
		w.refresh()
		return
	}
	w.path, w.page = w.path[:len(w.path)-1], wizQuestion
	w.refresh()
	if w.q.Key == "" { // the questions are others by now
		w.path, w.page = nil, wizFound
		w.refresh()
	}
}

// take takes an answer, unless it is none.
func (m *model) take(value string) {
	w := m.wiz
	if why := w.q.Takes(value); why != "" {
		m.note = "Not taken: " + line(why)
		return
	}
	w.kept[w.q.Key] = value
	w.path = append(w.path, w.q.Key)
	w.refresh()
	m.forward()
}

func (m *model) makePlan() {
	w := m.wiz
	w.turn++
	w.page, w.stop, m.reading, m.run = wizPlanning, nil, true, run{}
	m.d.planSetup(w.o, w.answers(), w.turn)
}

func (m *model) planned(msg plannedMsg) {
	w := m.wiz
	if w == nil || m.screen != onWizard || msg.turn != w.turn {
		return
	}
	m.reading, w.page = false, wizPlan
	m.body.Reset()
	if msg.err != nil {
		w.stop = cleanProblem(problemOf(msg.err))
		return
	}
	w.plan, w.acts = msg.plan, msg.acts
	m.board = board.New(cleanPlan(w.plan))
}

// setUp lets the engine go on from wherever the world stands.
func (m *model) setUp() {
	w := m.wiz
	m.start(cleanPlan(w.plan))
	m.screen, w.page, w.look, w.pick, w.stop, w.back, w.undo, w.said = onWizard, wizRun, "", -1, nil, "", nil, nil
	m.d.setUp(w.o, w.plan)
}

// heard takes in what an event says of the steps that ran here.
func (w *wizard) heard(ev flow.Event, title string) {
	if w.undo != nil {
		w.unheard(ev)
		return
	}
	if n, _ := w.plan.Node(ev.Step); n.Effect == flow.Reads { // what only looks did nothing
		return
	}
	at := -1
	for i, d := range w.deeds {
		if d.turn == w.turn && d.id == ev.Step {
			at = i
		}
	}
	switch {
	case ev.Kind == flow.KindRun && at < 0:
		w.deeds = append(w.deeds, deed{plan: w.plan, turn: w.turn, id: ev.Step, title: title})
	case ev.Kind == flow.KindRun: // it ran again: it is the last one now
		d := w.deeds[at]
		d.seen = false
		w.deeds = append(append(w.deeds[:at:at], w.deeds[at+1:]...), d)
	case ev.Kind == flow.KindObserved && at >= 0:
		w.deeds[at].seen, w.deeds[at].in = true, ev.Finding.Status != flow.Todo
	}
}

// did are the titles of what was done here and is in effect.
func (w *wizard) did() (out []string) {
	for _, d := range w.deeds {
		if d.in {
			out = append(out, d.title)
		}
	}
	return out
}

// setUpEnded: the run came to its end, or stopped.
func (m *model) setUpEnded(err error) {
	w := m.wiz
	m.leave, m.board.Ended, w.look, w.pick = nil, true, "", -1
	m.body.Reset()
	if w.undo != nil {
		m.undone(err)
		return
	}
	if err != nil {
		w.stop = m.explained(err)
		m.run.err, m.board.Problem = w.stop, w.stop
	}
}

// explained says what was done before it stopped, and names the command that goes
// on from there: what the engine says of itself speaks of a release.
func (m *model) explained(err error) *flow.Problem {
	p := *cleanProblem(problemOf(err))
	p.Next = append([]string(nil), p.Next...)
	for i, c := range p.Next {
		if rest, ok := strings.CutPrefix(c, "ferry release"); ok && ofTheEngine(p.Code) {
			p.Next[i] = "ferry onboard" + rest
		}
	}
	p.Now = append([]string(nil), p.Now...)
	for _, t := range m.wiz.did() {
		p.Now = append(p.Now, "done before: "+t)
	}
	return &p
}

func ofTheEngine(code string) bool {
	return code == flow.CodeDeclined || code == flow.CodeNeedsPerson || code == flow.CodeNotLanded
}

// closeWizard goes home.
func (m *model) closeWizard() {
	m.board, m.survey, m.run = board.New(m.s.Plan), Survey{}, m.wiz.prior
	if len(m.wiz.deeds) == 0 && m.wiz.said == nil {
		m.wiz = nil
	}
	m.goHome()
}
