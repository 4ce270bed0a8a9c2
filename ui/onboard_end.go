package ui

import (
	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// item is a value that a person needs elsewhere, or a warning without one.
type item struct {
	head        string // the warning it stands under; only at the first item of a step
	name, value string
	where       string // the page that wants it
}

// itemRows are the steps of which values are shown: the one that is looked at, or
// those that leave something for the person.
func (m *model) itemRows() (out []board.Row) {
	over := m.wiz.look == "" && (m.wiz.stop != nil || m.board.Ended)
	if !over {
		return []board.Row{m.board.Row(m.shownStep())}
	}
	for _, r := range m.board.Rows {
		blames := m.wiz.stop != nil && r.Finding.Problem != nil && r.Finding.Problem.Code == m.wiz.stop.Code
		if r.Finding.Warning != "" || blames {
			out = append(out, r)
		}
	}
	return out
}

func (m *model) items() (out []item) {
	for _, r := range m.itemRows() {
		head := r.Finding.Warning
		for _, f := range r.Finding.Facts {
			out = append(out, item{head: head, name: factName(f), value: f.Says, where: pageOf(f, r)})
			head = ""
		}
		if len(r.Finding.Facts) == 0 && head != "" {
			out = append(out, item{head: head, where: pageOf(flow.Fact{}, r)})
		}
	}
	return out
}

// pageOf is the page that a fact belongs to: its own, or its step's.
func pageOf(f flow.Fact, r board.Row) string {
	if isPage(f.Where) {
		return f.Where
	}
	for _, p := range r.Finding.Proof {
		if isPage(p.Where) {
			return p.Where
		}
	}
	return ""
}

// picked is the value that has the focus.
func (m *model) picked() item {
	if all := m.items(); m.wiz.pick >= 0 && m.wiz.pick < len(all) {
		return all[m.wiz.pick]
	}
	return item{}
}

// pickBy moves the focus among the values; without any it scrolls.
func (m *model) pickBy(n int) {
	all := m.items()
	if len(all) == 0 {
		m.body.By(n)
		return
	}
	m.wiz.pick, m.wiz.moved = max(-1, min(m.wiz.pick+n, len(all)-1)), true
}

// withItems draws lines and the values below them; the one in focus comes into view.
func (m *model) withItems(lines []string, width, height int) []string {
	out := lines
	all := m.items()
	if len(all) == 0 {
		return m.body.View(m.st, out, width, height)
	}
	m.wiz.pick = min(m.wiz.pick, len(all)-1)
	from, to := 0, 0
	for i, it := range all {
		at := len(out)
		out = append(out, m.itemLines(it, i == m.wiz.pick, width)...)
		if i == m.wiz.pick {
			from, to = at, len(out)-1
		}
	}
	return m.inView(&m.wiz.focus, out, from, to, width, height)
}

func (m *model) itemLines(it item, focus bool, width int) []string {
	var out []string
	if it.head != "" {
		out = append(out, "")
		out = append(out, widget.Under(" "+m.st.Warn(m.st.Alert)+" ", it.head, width)...)
		if it.where != "" {
			out = append(out, widget.Under("   ", it.where, width)...)
		}
	}
	if it.name == "" && it.value == "" {
		return out
	}
	mark := "   "
	if focus {
		mark = " " + m.st.Cursor + " "
	}
	room := min(max(12, width/4), 20)
	return append(out, widget.Under(mark+widget.Pad(m.st, m.st.Plain(it.name), room)+"  ", it.value, width)...)
}

// setUpDone says whether the last run came to its end.
func (m *model) setUpDone() bool {
	w := m.wiz
	return w.page == wizRun && w.undo == nil && m.run.had && m.board.Ended && m.board.Problem == nil && w.stop == nil && w.back == ""
}

func (m *model) setUpText() string { return m.wiz.o.Project + " is set up." }

// endBody: that it is set up, what was done here, what is left for the person, and
// what comes next.
func (m *model) endBody(width, height int) []string {
	out := []string{" " + m.st.Bold(m.setUpText())}
	if r := m.board.Row(flow.CheckSetup); r.Finding.Text != "" {
		out = append(out, widget.Under(" "+status(m.st, r.Finding, r.Seen, false)+"  ", r.Finding.Text, width)...)
	}
	out = append(append(out, ""), m.didLines(width)...)
	out = append(out, "", " "+m.st.Bold("Next"), "   ferry release")
	if len(m.items()) > 0 {
		out = append(out, "", " "+m.st.Bold("Left for you"))
	}
	return m.withItems(out, width, height)
}

func (m *model) didLines(width int) []string {
	out := []string{" " + m.st.Bold("What was done here")}
	for _, d := range m.wiz.deeds {
		if d.in {
			out = append(out, widget.Under("   "+m.st.Good(m.st.OK)+" ", d.title, width)...)
		}
	}
	if len(out) == 1 {
		out = append(out, "   nothing: it was all there")
	}
	return out
}

// backBody: what was taken back, and what stays.
func (m *model) backBody(width int) []string {
	out := widget.Under(" ", m.st.Bold("Taken back: "+m.wiz.back), width)
	out = append(out, "")
	for _, t := range m.wiz.standing() {
		out = append(out, widget.Under("   ", t, width)...)
	}
	return append(out, "", " "+m.st.Bold("To set it up again"), "   "+m.st.Plain(m.setupCommand()))
}

// wizardGateTop says what is asked, of which repository.
func (m *model) wizardGateTop(width int) []string {
	w := m.wiz
	title := "Go on and " + m.gate.q.title + "?"
	switch {
	case w.undo != nil:
		title = "Take this back: " + m.gate.q.title + "?"
	case m.gate.q.read != nil:
		title = "Before " + w.o.Project + " is set up: have you read this?"
	}
	out := []string{""}
	for _, l := range widget.Wrap(title, width-1) {
		out = append(out, " "+m.st.Bold(l))
	}
	out = append(append(out, ""), m.field("project", w.o.Project, width)...)
	out = append(out, m.field("remote", w.o.RemoteURL, width)...)
	return append(out, "")
}
