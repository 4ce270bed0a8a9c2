package ui

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/style"
	"ferry/ui/widget"
)

type screen int

const (
	onHome screen = iota
	onRelease
	onProblem // a problem that no run of ours met: opening failed, or home shows one
	onWizard  // a repository is set up
	onRescue  // what is half done, and the ways out of it
)

// model is the root: it knows where the program stands and routes what comes.
//
// It has many fields because it is the only state there is; what belongs
// together has a struct of its own.
type model struct {
	opt  Options
	st   style.Style
	d    *driver
	copy func(text string) error // puts a text on the clipboard
	w, h int
	now  time.Time

	s       *Session // nil until it is open
	openErr *flow.Problem
	board   board.Board // of the survey on home, of the run on the release screen
	survey  Survey
	acts    map[flow.ID]act   // the plan's nodes as they are shown
	pages   map[string]string // links that a browser may open
	surveyP *flow.Problem     // why the last survey failed
	reading bool              // the world is being opened or read
	screen  screen

	run    run
	gate   *gate
	prompt *prompt
	leave  *leaving
	help   *helping
	wiz    *wizard // where a repository is set up, or was and something was done; else nil
	rec    *rescue // where a recovery stands; nil if none is open
	prior  *prior  // what stood here before another's release was followed; else nil
	past   *past
	taking *takingBack
	home   widget.Choices
	jobs   jobs
	body   widget.Scroll // of the body, or of its right pane
	note   string        // what the last key did; the next key clears it
	look   string        // the stage that is looked at; "": the one under way
	pick   int           // which of a list of commands has the focus
	tick   bool          // the clock runs
	frame  int           // of the spinner
	ctrlC  time.Time     // the last ctrl-c
	find   *widget.Entry // a text to find is being typed
	quit   quitting
}

// run is one run of the engine.
type run struct {
	on    bool // it has not returned
	began time.Time
	over  time.Time // when it was done or had stopped; it may go on looking after that
	err   error
	had   bool // there was one
	lines map[flow.ID]*widget.Log
	board board.Board // as it was when the run returned
}

// quitting is how the program ends.
type quitting struct {
	err  error
	left bool
	said []string // lines for the scrollback that only the leaving knows
	now  bool
}

func newModel(o Options, d *driver) *model {
	m := &model{opt: o, st: style.New(o.ASCII, o.Color), d: d, now: o.Now(), reading: true,
		copy: func(string) error { return nil }}
	m.jobs.logs = map[string]*tail{}
	switch o.Start {
	case StartRelease:
		m.screen = onRelease
	case StartOnboard:
		m.screen, m.wiz = onWizard, &wizard{}
	case StartRecover:
		m.screen, m.rec = onRescue, &rescue{}
	}
	return m
}

// Init opens the checkout; the first frame does not wait for it.
func (m *model) Init() tea.Cmd {
	switch m.opt.Start {
	case StartOnboard:
		m.openWizard()
		return m.clock()
	case StartRecover:
		m.openRescue()
		return m.clock()
	}
	m.d.open(m.opt.Open)
	return m.clock()
}

// Update routes. Every branch is one call.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.now = m.opt.Now()
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case tea.KeyMsg:
		cmd = m.key(msg)
	case tea.ResumeMsg:
		cmd = m.resumed()
	case openedMsg:
		m.opened(msg)
	case onboardedMsg:
		m.onboarded(msg)
	case plannedMsg:
		m.planned(msg)
	case recoveringMsg:
		m.rescued(msg)
	case diagnosedMsg:
		m.diagnosed(msg)
	case watchedMsg:
		m.watched(msg)
	case surveyedMsg:
		m.surveyed(msg)
	case eventMsg:
		m.event(msg)
	case askMsg:
		m.ask(msg)
	case promptMsg:
		m.prompted(msg)
	case promptOverMsg:
		m.promptOver(msg)
	case endedMsg:
		cmd = m.ended(msg)
	case logMsg:
		m.jobs.take(msg)
	case tickMsg:
		m.tick, m.frame = false, m.frame+1
	case waitedMsg:
		cmd = m.waited()
	case noteMsg:
		m.note = string(msg)
	case stopMsg:
		cmd = m.stop(msg.cause, nil)
	case crashMsg:
		cmd = m.stop(msg.err, nil)
	}
	m.followJob()
	return m, tea.Batch(cmd, m.clock())
}

func (m *model) opened(msg openedMsg) {
	m.reading = false
	if msg.err != nil {
		m.openErr, m.screen = problemOf(msg.err), onProblem
		return
	}
	m.s, m.openErr = msg.s, nil
	m.acts, m.pages = msg.acts, msg.pages
	m.board = board.New(m.s.Plan)
	if m.screen == onRelease {
		m.begin()
		return
	}
	m.screen = onHome
	m.read()
}

// read reads the world again for home. It is always harmless.
func (m *model) read() {
	m.reading, m.surveyP = true, nil
	m.d.survey(m.s)
}

func (m *model) surveyed(msg surveyedMsg) {
	if m.screen == onWizard || m.rec != nil || m.prior != nil { // it came too late
		return
	}
	m.reading = false
	if msg.err != nil {
		m.surveyP = cleanProblem(problemOf(msg.err))
		return
	}
	m.survey = msg.survey
	if m.survey.At.IsZero() {
		m.survey.At = m.now
	}
	if msg.survey.Latest != "" {
		m.s.Latest = msg.survey.Latest
	}
	m.board = board.New(m.s.Plan).WithFindings(msg.survey.Findings)
	m.home.Cursor = m.firstChoice()
}

// begin starts the engine, or joins what is under way: to it that is the same.
func (m *model) begin() {
	m.start(m.s.Plan)
	m.d.run(m.s)
}

// start clears the release screen for a run of a plan.
func (m *model) start(p flow.Plan) {
	m.screen, m.reading, m.look, m.note, m.past = onRelease, false, "", "", nil
	m.board = board.New(p)
	m.run = run{on: true, had: true, began: m.now, lines: map[flow.ID]*widget.Log{}}
	m.jobs = jobs{logs: map[string]*tail{}, turn: m.jobs.turn, seen: m.jobs.seen}
	m.body.Reset()
	m.pick = 0
}

func (m *model) event(msg eventMsg) {
	before := m.current()
	if msg.pages != nil {
		m.pages = msg.pages
	}
	m.board = m.board.Apply(msg.ev, msg.at)
	if msg.ev.Kind == flow.KindLine {
		m.outLine(msg.ev)
	}
	if m.screen == onWizard {
		m.wiz.heard(msg.ev, m.titleOf(msg.ev.Step))
		return
	}
	if msg.ev.Kind == flow.KindObserved && msg.ev.Step == flow.AwaitCI {
		m.jobs.set(msg.ev.Finding.Jobs)
		m.warned(*msg.ev.Finding)
	}
	if m.board.Ended && m.run.over.IsZero() {
		m.run.over, m.jobs.full, m.look = msg.at, false, ""
	}
	if m.current() != before {
		m.body.Reset()
	}
}

func (m *model) outLine(ev flow.Event) {
	l := m.run.lines[ev.Step]
	if l == nil {
		l = &widget.Log{}
		m.run.lines[ev.Step] = l
	}
	l.Append(0, []string{ev.Line})
}

func (m *model) ended(msg endedMsg) tea.Cmd {
	if m.run.had && !m.run.on { // of what was left behind
		return nil
	}
	m.run.on, m.run.err, m.gate = false, msg.err, nil
	m.jobs.unfollow(m.d)
	if m.run.over.IsZero() {
		m.run.over = m.now
	}
	if m.leave != nil && m.leave.sent != "" {
		return m.answered()
	}
	if m.screen == onHome || m.screen == onRescue { // it was only looking once more
		return nil
	}
	if m.taking != nil && m.tookBack(msg.err) {
		return nil
	}
	if m.screen == onWizard {
		m.setUpEnded(msg.err)
		return nil
	}
	m.run.board, m.leave = m.board, nil
	if errors.Is(msg.err, flow.ErrDeclined) {
		m.goHome()
		m.note = "Declined. " + m.unchanged()
		return nil
	}
	if msg.err != nil && m.board.Problem == nil {
		m.board.Problem, m.board.Ended = cleanProblem(problemOf(msg.err)), true
	}
	m.body.Reset()
	return nil
}

// goHome goes home, or to what this was opened from.
func (m *model) goHome() {
	if m.rec != nil {
		m.toDiagnosis()
		return
	}
	if m.prior != nil {
		m.unwatch()
	}
	m.screen, m.note, m.gate, m.leave = onHome, "", nil, nil
	m.body.Reset()
	m.jobs.unfollow(m.d)
	m.read()
}

// resumed: what was read before the program was suspended may be old.
func (m *model) resumed() tea.Cmd {
	if m.screen == onHome && m.s != nil && !m.reading {
		m.read()
	}
	if m.screen == onRescue && m.rec.page == rescueFound && m.rec.o != nil && !m.reading {
		m.lookAgainAt()
	}
	return nil
}

// unchanged is said only where it is true.
func (m *model) unchanged() string {
	if m.screen == onWizard {
		return m.wiz.unchanged()
	}
	if m.screen == onRescue {
		return m.rescueUnchanged()
	}
	if len(m.board.Changed) == 0 {
		return "Nothing has been changed."
	}
	return "What was done before stays: " + m.changedNames() + "."
}

// problemOf gives any error a way out.
func problemOf(err error) *flow.Problem {
	var p *flow.Problem
	if errors.As(err, &p) {
		return p
	}
	return &flow.Problem{Code: flow.CodeBug, Class: flow.ClassBug, Text: err.Error(), Retry: flow.RetryUnknown,
		Next: []string{"ferry status"}, Err: err}
}
