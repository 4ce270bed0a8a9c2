package ui

import (
	"errors"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// lastDeed is the last thing that was done here and can be taken back.
func (w *wizard) lastDeed() (deed, bool) {
	for i := len(w.deeds) - 1; i >= 0; i-- {
		n, _ := w.deeds[i].plan.Node(w.deeds[i].id)
		if _, can := n.Step.(flow.Undoer); can && w.deeds[i].in {
			return w.deeds[i], true
		}
	}
	return deed{}, false
}

// undoOff is why nothing can be taken back; "" if something can.
func (m *model) undoOff() string {
	w := m.wiz
	switch {
	case m.run.on:
		return "the run has not ended"
	case w.o == nil || w.o.Undo == nil || len(w.did()) == 0:
		return "nothing was done here"
	}
	if _, ok := w.lastDeed(); !ok {
		return "what was done here cannot be taken back"
	}
	return ""
}

// takeBack asks the engine to undo the last deed. It asks before it does.
func (m *model) takeBack() {
	w := m.wiz
	d, _ := w.lastDeed()
	w.undo = &undoing{deed: d, board: m.board, run: m.run, stop: w.stop, back: w.back}
	w.page, w.stop, w.look, w.back, w.said = wizRun, nil, "", "", nil
	if d.turn != w.turn || len(m.board.Rows) == 0 {
		m.board = board.New(cleanPlan(d.plan))
	}
	m.board.Ended, m.board.Problem = false, nil
	m.run = run{on: true, had: true, began: m.now, lines: map[flow.ID]*widget.Log{}}
	m.body.Reset()
	m.d.takeBack(w.o, d.plan, d.id)
}

// undone: it was taken back, it could not be, or the person said no.
func (m *model) undone(err error) {
	w := m.wiz
	u := w.undo
	w.undo = nil
	switch {
	case errors.Is(err, flow.ErrDeclined):
		m.board, m.run, w.stop, w.back = u.board, u.run, u.stop, u.back
		m.note = "Not taken back: " + u.deed.title
	case err != nil:
		w.stop = m.explained(err)
		m.run.err, m.board.Problem = w.stop, w.stop
	case !u.ran:
		m.board, m.run, w.stop, w.back = u.board, u.run, u.stop, u.back
		w.forget(u.deed)
		m.note = "Not there any more: " + u.deed.title
	default:
		w.back = u.deed.title
		w.forget(u.deed)
		m.run.err = &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Taken back: " + u.deed.title,
			Now: m.wiz.standing(), Retry: flow.RetrySafe, Next: []string{"ferry onboard"}, Err: flow.ErrDeclined}
	}
}

func (w *wizard) forget(gone deed) {
	for i, d := range w.deeds {
		if d.turn == gone.turn && d.id == gone.id {
			w.deeds = append(w.deeds[:i:i], w.deeds[i+1:]...)
			return
		}
	}
}

// standing says what of this session is in effect.
func (w *wizard) standing() []string {
	did := w.did()
	if len(did) == 0 {
		return []string{"nothing that was done here is left"}
	}
	out := make([]string, len(did))
	for i, t := range did {
		out[i] = "done: " + t
	}
	return out
}

// unheard takes in what an event says of the step that is being taken back.
func (w *wizard) unheard(ev flow.Event) {
	w.undo.ran = w.undo.ran || ev.Kind == flow.KindRun
	for i, d := range w.deeds {
		if ev.Kind == flow.KindObserved && d.turn == w.undo.deed.turn && d.id == ev.Step && ev.Step == w.undo.deed.id {
			w.deeds[i].in = ev.Finding.Status != flow.Todo
		}
	}
}
