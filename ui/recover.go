package ui

import (
	"context"
	"errors"
	"slices"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// rescuePage is where in a recovery the person stands. While a way is carried out
// the release screen is shown.
type rescuePage int

const (
	rescueOpening rescuePage = iota
	rescueList               // several versions are in flight
	rescueFound              // the diagnosis, or, before the first one, the wait for it
	rescuePlan               // the steps of the way that was chosen
	rescueNone               // nothing is in flight
)

// rescue is a recovery.
type rescue struct {
	o    *Recovering // nil until it is open
	page rescuePage
	list widget.Choices // of versions
	want string         // the version that is looked at
	d    *diagnosis     // what was found last; nil until it is
	turn int            // of looking
	way  int            // which way out has the focus
	focus
	side  widget.Scroll // of the right pane
	lines bool          // the lines that failed fill the screen
	stop  *flow.Problem // why there is nothing to show, or why the last look found nothing
	from  prior

	version, aim string   // which version and which way were asked for first; "": none
	began        shownWay // the way that is carried out, or was last
}

// prior is the home that a person comes back to.
type prior struct {
	s      *Session
	acts   map[flow.ID]act
	pages  map[string]string
	board  board.Board
	survey Survey
	run    run
}

func (m *model) here() prior { return prior{m.s, m.acts, m.pages, m.board, m.survey, m.run} }

// there goes back to it. What was read then is read again.
func (m *model) there(p prior) {
	m.s, m.acts, m.pages, m.board, m.survey, m.run = p.s, p.acts, p.pages, p.board, p.survey, p.run
}

// openRescue opens the project for recovering.
func (m *model) openRescue() { m.openRescueOf("", "") }

// openRescueOf goes on to one version, if it is in flight, and to one way out of it,
// if it is offered.
func (m *model) openRescueOf(version, way string) {
	from := m.here()
	if m.rec != nil { // it is looked for again
		from = m.rec.from
	}
	m.rec = &rescue{from: from, turn: m.rec.nextTurn(), version: version, aim: way}
	m.screen, m.reading, m.note = onRescue, true, ""
	m.body.Reset()
	m.d.recovering(m.opt.Recover)
}

func (r *rescue) nextTurn() int {
	if r == nil {
		return 1
	}
	return r.turn + 1
}

func (m *model) rescued(msg recoveringMsg) {
	if m.rec == nil || m.screen != onRescue {
		return
	}
	m.reading = false
	if msg.err != nil {
		m.rec.stop = cleanProblem(problemOf(msg.err))
		return
	}
	r := m.rec
	r.o = msg.o
	switch at := max(0, slices.Index(r.o.Versions, r.version)); {
	case len(r.o.Versions) == 0:
		r.page = rescueNone
	case len(r.o.Versions) == 1, r.o.Versions[at] == r.version:
		m.lookAt(at)
	default:
		r.page = rescueList
		for _, v := range r.o.Versions {
			r.list.Items = append(r.list.Items, widget.Choice{Name: line(v), Text: "begun, and not finished"})
		}
	}
}

// lookAt reads what is true of one of the versions.
func (m *model) lookAt(i int) {
	m.rec.want, m.rec.d, m.rec.stop = m.rec.o.Versions[i], nil, nil
	m.lookAgainAt()
}

// lookAgainAt reads it again; what was found before stands until then.
func (m *model) lookAgainAt() {
	r := m.rec
	r.turn++
	r.page, r.lines, m.reading, m.note = rescueFound, false, true, ""
	m.body.Reset()
	r.side.Reset()
	m.d.diagnose(r.o, r.want, r.turn)
}

func (m *model) diagnosed(msg diagnosedMsg) {
	r := m.rec
	if r == nil || m.screen != onRescue || msg.turn != r.turn {
		return
	}
	m.reading = false
	if msg.err != nil {
		r.d, r.stop = nil, cleanProblem(problemOf(msg.err))
		return
	}
	r.d, r.stop, r.way, r.moved = msg.d, nil, 0, true
	for i, w := range r.d.ways {
		if w.Recommended && r.aim == "" || w.ID == r.aim {
			r.way = i
		}
	}
	r.aim = ""
}

// chosen is the way that has the focus; ok is false where there is none.
func (r *rescue) chosen() (w shownWay, ok bool) {
	if r.d == nil || r.way >= len(r.d.ways) {
		return shownWay{}, false
	}
	return r.d.ways[r.way], true
}

// point gives a way the focus.
func (r *rescue) point(i int) {
	if r.d != nil {
		r.way, r.moved = max(0, min(i, len(r.d.ways)-1)), true
		r.side.Reset()
	}
}

// plan shows the steps of the way that has the focus; one that a person goes has none.
func (m *model) planWay() {
	w, ok := m.rec.chosen()
	switch {
	case !ok || w.ID == flow.WayWait:
	default:
		m.rec.page = rescuePlan
		m.body.Reset()
	}
}

// goWay carries the way out. The engine asks before anything that others feel.
func (m *model) goWay() {
	r := m.rec
	w, _ := r.chosen()
	r.began = w
	m.s, m.acts, m.pages = r.session(w), w.acts, nil
	m.begin()
}

// wayUnderGate is the way that the gate's version is typed for; nil if it is for
// something else.
func (m *model) wayUnderGate() *shownWay {
	if m.rec == nil || m.gate == nil || m.gate.Want == "" || m.taking != nil {
		return nil
	}
	return &m.rec.began
}

// session is what the release screen shows of a way that is carried out.
func (r *rescue) session(w shownWay) *Session {
	o, d := r.o, r.d
	raw := d.raw.Options[r.way]
	elsewhere := offAct("the diagnosis offers it, if it leads out")
	s := &Session{Project: d.Project, Version: d.Version, Commit: d.Commit, Dir: o.Dir, Remote: o.Remote, RemoteURL: o.RemoteURL, Index: o.Index,
		Trigger: d.trigger, Plan: w.Plan, Follow: o.Follow, Fails: o.Fails, Restart: elsewhere, Cancel: elsewhere}
	s.Run = func(ctx context.Context, sink flow.Sink, ask flow.Ask) error {
		return o.Run(ctx, d.raw, raw, sink, ask)
	}
	if o.Links != nil {
		s.Links = func() map[string]string { return o.Links(d.raw.Version) }
	}
	return s
}

// toDiagnosis goes back from a way that was carried out, and looks what is true now.
func (m *model) toDiagnosis() {
	m.d.end(errActed) // what it still says is of no use
	m.run.on = false
	m.screen, m.s, m.acts, m.pages = onRescue, m.rec.from.s, m.rec.from.acts, m.rec.from.pages
	m.gate, m.leave, m.look = nil, nil, ""
	m.jobs.unfollow(m.d)
	m.lookAgainAt()
}

// backFromRescue goes one level up.
func (m *model) backFromRescue() {
	r := m.rec
	m.body.Reset()
	switch {
	case r.lines:
		r.lines = false
	case r.page == rescuePlan:
		r.page, r.moved = rescueFound, true
	case r.page == rescueFound && len(r.o.Versions) > 1:
		if m.reading {
			m.d.end(errGoneBack)
		}
		r.turn++
		m.reading, r.page, r.stop, r.d = false, rescueList, nil, nil
	case r.from.s != nil:
		m.closeRescue()
	}
}

// closeRescue goes home. What was carried out here stays the outcome.
func (m *model) closeRescue() {
	if m.run.had && m.rec.began.ID != "" {
		m.past = &past{m.run.err, m.rescueFarewell(m.run.err)}
	}
	m.there(m.rec.from)
	m.rec = nil
	m.goHome()
}

// past is what was carried out before the person went home, as long as nothing
// else is.
type past struct {
	err   error
	lines []string
}

var errGoneBack = errors.New("gone back")
