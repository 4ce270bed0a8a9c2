package ui

import (
	"context"

	"ferry/flow"
	"ferry/flow/board"
)

// watchedMsg brings the release that is in the way.
type watchedMsg openedMsg

// inTheWay says whether a problem is that another release goes on.
func inTheWay(p *flow.Problem) bool {
	return p != nil && (p.Code == flow.CodeBranchInTheWay || p.Code == flow.CodeClaimed)
}

// othersRelease says whether what is shown is stopped by another's release.
func (m *model) othersRelease() bool {
	if m.screen != onHome {
		return inTheWay(m.shownProblem())
	}
	for _, r := range m.board.Rows {
		if r.Finding.Status == flow.Conflict && inTheWay(r.Finding.Problem) {
			return true
		}
	}
	return false
}

func (m *model) watchKey() binding {
	b := bind([]string{"f"}, "f", "follow", quietly((*model).openWatch)).
		offIf(m.s == nil || m.s.Watch == nil, "there is no other release to follow").offIf(!m.othersRelease(), "nobody else's release is in the way")
	return b.offIf(m.run.on, "the run has not ended")
}

// openWatch opens the release that is in the way. Nothing of it is changed from here.
func (m *model) openWatch() {
	from, open := m.here(), m.s.Watch
	m.prior = &from
	m.s, m.acts, m.pages, m.board, m.run = nil, nil, nil, board.Board{}, run{}
	m.screen, m.reading, m.note, m.pick = onRelease, true, "", 0
	m.body.Reset()
	m.d.watch(open)
}

func (d *driver) watch(open func(context.Context, Person) (*Session, error)) {
	d.do(func(ctx context.Context) {
		var msg openedMsg
		msg.err = guarded(func() error { return msg.open(ctx, d, open) })
		if ctx.Err() == nil {
			d.send(watchedMsg(msg))
		}
	})
}

func (m *model) watched(msg watchedMsg) {
	if m.prior == nil || m.s != nil {
		return
	}
	m.reading = false
	if msg.err != nil {
		m.goHome()
		m.note = "It cannot be followed: " + line(msg.err.Error())
		return
	}
	m.s, m.acts, m.pages = msg.s, msg.acts, msg.pages
	m.s.Restart, m.s.Cancel, m.s.Watch, m.s.Undo = offAct("it is another's release, and only followed"), offAct("it is another's release, and only followed"), nil, nil
	m.begin()
}

// offAct is an act that is not had here.
func offAct(why string) Act {
	return Act{Off: why, Run: func(context.Context, flow.Sink, string) error { return nil }}
}

// unwatch goes back to what stood here before another's release was followed.
func (m *model) unwatch() {
	m.d.end(errActed) // what it still says is of no use
	m.there(*m.prior)
	m.prior = nil
}
