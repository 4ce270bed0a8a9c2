package ui

import (
	"context"
	"errors"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// takingBack is a step of a release that is being undone. It keeps what was shown,
// for where the person says no.
type takingBack struct {
	id    flow.ID
	board board.Board
	run   run
}

// lastStep is the last step that ran here and is in effect; ok is false if none is.
// One that can be undone exactly comes before all others.
func (m *model) lastStep() (a act, ok bool) {
	for i := len(m.board.Changed) - 1; i >= 0; i-- {
		r := m.board.Row(m.board.Changed[i])
		this := m.actFor(r.Node.ID)
		switch in := r.Finding.Status == flow.Done || r.Finding.Status == flow.Underway; {
		case in && this.undo.Kind == flow.ReversalExact:
			return this, true
		case in && !ok:
			a, ok = this, true
		}
	}
	return a, ok
}

// undoReleaseOff is why nothing is undone; "" if something can be.
func (m *model) undoReleaseOff() string {
	a, ok := m.lastStep()
	switch {
	case m.run.on && !m.board.Ended:
		return "the run has not ended"
	case !ok:
		return "nothing was done here"
	case a.undo.Kind == flow.ReversalExact && m.s != nil && m.s.Undo != nil:
		return ""
	case m.compensates(a):
		return ""
	}
	return a.title + ": " + orElse(a.undo.String(), "nobody can say how it is taken back")
}

// compensates: giving the release up makes up for the push, and the recovery asks.
func (m *model) compensates(a act) bool {
	return a.id == flow.PushBranch && a.undo.Kind == flow.ReversalCompensated && m.opt.Recover != nil && m.rec == nil && m.prior == nil
}

func (m *model) undoKey() binding {
	why := m.undoReleaseOff()
	return bind([]string{"u"}, "u", "undo", quietly((*model).undoRelease)).offIf(why != "", why)
}

// undoRelease takes the last step back, after a yes, or leads to what makes up for it.
func (m *model) undoRelease() {
	a, _ := m.lastStep()
	if a.undo.Kind != flow.ReversalExact {
		m.openRescueOf(m.s.Version, flow.WayAbandon)
		return
	}
	m.taking = &takingBack{a.id, m.board, m.run}
	m.board.Ended, m.board.Problem = false, nil
	m.run = run{on: true, had: true, began: m.now, lines: map[flow.ID]*widget.Log{}}
	m.body.Reset()
	m.d.undo(m.s, a.id)
}

func (d *driver) undo(s *Session, id flow.ID) {
	d.do(func(ctx context.Context) {
		d.ran(ctx, guarded(func() error { return s.Undo(ctx, id, func(ev flow.Event) { d.sink(s, ev) }, d.ask) }))
	})
}

// tookBack: it was undone, it could not be, or the person said no. done is false
// where the problem is still to be shown.
func (m *model) tookBack(err error) (done bool) {
	t := m.taking
	m.taking = nil
	switch {
	case errors.Is(err, flow.ErrDeclined):
		m.board, m.run = t.board, t.run
		m.note = "Not taken back: " + m.titleOf(t.id)
		return true
	case err != nil:
		return false
	}
	title := m.titleOf(t.id)
	m.run.err = &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Taken back: " + title,
		Now: []string{"what was done before it stays"}, Retry: flow.RetrySafe, Next: []string{"ferry status"}, Err: flow.ErrDeclined}
	m.goHome()
	m.note = "Taken back: " + title
	return true
}
