package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
	"ferry/ui/widget"
)

// wayNames are the ways out in one or two words.
var wayNames = map[string]string{flow.WayResume: "Resume", flow.WayCleanUp: "Clean up", flow.WayRestart: "Rerun CI", flow.WayComplete: "Finish here",
	flow.WaySupersede: "Replace", flow.WayAbandon: "Give up", flow.WayWait: "Leave it"}

func wayName(id string) string { return orElse(wayNames[id], line(id)) }

// rescueLeft is how wide the left pane of a diagnosis is.
func (m *model) rescueLeft() int { return m.w * 11 / 20 }

// rescueBody draws a recovery; foot is where its bar meets the rule below it.
func (m *model) rescueBody(rows int) (out []string, foot int) {
	r := m.rec
	switch {
	case r.o == nil && r.stop == nil:
		return []string{"", " Opening " + line(m.opt.Dir) + " " + m.st.More}, 0
	case r.stop != nil:
		return m.body.View(m.st, m.problemBody(r.stop, m.w, rows), m.w, rows), 0
	case r.page == rescueNone:
		return m.body.View(m.st, m.nothingBody(m.w), m.w, rows), 0
	case r.page == rescueList:
		return m.inView(&r.focus, m.versionLines(m.w), 3+r.list.Cursor, 3+r.list.Cursor, m.w, rows), 0
	case r.d == nil:
		return []string{"", " Reading what is true of " + line(r.want) + " " + m.st.More}, 0
	case r.lines:
		return m.body.View(m.st, m.failedLines(m.w), m.w, rows), 0
	case r.page == rescuePlan:
		return m.body.View(m.st, m.wayPlan(m.w), m.w, rows), 0
	case m.w < wideFrom:
		return m.diagnosisBody(m.w, rows, true), 0
	}
	left := m.rescueLeft()
	side := r.side.View(m.st, m.sideBody(m.w-left-2), m.w-left-2, rows)
	return widget.Beside(m.st, m.diagnosisBody(left, rows, false), side, left, m.w), left
}

func (m *model) nothingBody(width int) []string {
	out := []string{"", " " + m.st.Bold("Nothing half done here.")}
	return append(out, widget.Under(" ", "Every release of "+m.rec.o.Project+" that was begun is finished, or was given up; "+
		m.rec.o.RemoteURL+", CI and "+m.rec.o.Index+" were read.", width)...)
}

func (m *model) versionLines(width int) []string {
	out := []string{"", " " + m.st.Bold(count(len(m.rec.o.Versions), "version")+" of "+m.rec.o.Project+" are in flight. Which one?"), ""}
	return append(out, m.rec.list.Lines(m.st, width)...)
}

// diagnosisBody: what is true stays at the top; the facts, what is there and what
// is not, and the ways out scroll under it.
func (m *model) diagnosisBody(width, rows int, all bool) []string {
	top := m.summaryLines(width)
	facts := m.factTable(width)
	if known := m.balance(width); len(known) > 0 {
		facts = append(append(facts, ""), known...)
	}
	ways, from, to := m.wayList(width, !all)
	var after []string
	if all {
		after = append(append(m.wayDetail(width), m.failingExcerpt(width, minShown)...), m.notOffered(width)...)
	}
	if len(top)+len(facts)+len(ways)+min(len(after), len(m.wayDetail(width))) > rows { // give up the air first
		top, facts = dense(top), dense(facts)
	} else {
		facts = append(facts, "")
	}
	top = top[:min(len(top), max(rows-6, 1))]
	from, to = from+len(facts), to+len(facts)
	view := m.inView(&m.rec.focus, slices.Concat(facts, ways, after), from, to, width, rows-len(top))
	return append(m.sayAbove(top, width), view...)
}

// sayAbove says at the end of the last line that stays how much is out of sight under it.
func (m *model) sayAbove(top []string, width int) []string {
	for i := len(top) - 1; i >= 0 && m.body.Above() > 0; i-- {
		if top[i] != "" {
			top[i] = widget.Ends(m.st, top[i], m.st.Faint(m.st.More+" "+itoa(m.body.Above())+" more above"), width-1)
			break
		}
	}
	return top
}

// wayList draws the ways out; from and to are what must be seen of them: all, where
// there is room.
func (m *model) wayList(width int, consequence bool) (out []string, from, to int) {
	for i := range m.rec.d.ways {
		at := len(out)
		out = append(out, m.wayLines(i, width, consequence)...)
		if i == m.rec.way {
			from, to = at, len(out)-1
		}
	}
	if !consequence && m.rec.way < mostWays {
		to = max(to, min(len(out)-1, from+mostWays-m.rec.way))
	}
	return out, from, to
}

func (m *model) summaryLines(width int) []string {
	d := m.rec.d
	out := []string{""}
	for _, l := range widget.Wrap(sentence(d.Summary), width-2) {
		out = append(out, " "+m.st.Bold(l))
	}
	if text := d.started(); text != "" {
		out = append(out, widget.Under(" ", text, width)...)
	}
	return append(out, "")
}

// sentence ends a text as a sentence.
func sentence(s string) string { return strings.TrimRight(s, ".") + "." }

// started says who began it and how long before this reading.
func (d *diagnosis) started() string {
	switch at := "at " + short(d.Commit); {
	case d.Who == "" && d.Since.IsZero():
		return "Nobody says who started it, " + at + "."
	case d.Since.IsZero():
		return "Started by " + d.Who + " " + at + "."
	default:
		return "Started by " + orElse(d.Who, "nobody who says so") + " " + span(d.at.Sub(d.Since)) + " ago, " + at + "."
	}
}

// span is a time as long as releases lie about.
func span(t time.Duration) string {
	hours := int(max(t, 0).Hours())
	switch {
	case hours >= 48:
		return count(hours/24, "day")
	case hours >= 2:
		return count(hours, "hour")
	}
	if t < time.Minute {
		return "less than a minute"
	}
	return count(int(t.Minutes()), "minute")
}

// factTable: each fact with its source and when it was read. The times do not move;
// row 1 has the age.
func (m *model) factTable(width int) []string {
	var out []string
	for _, f := range m.rec.d.Witnesses {
		head := "   " + widget.Pad(m.st, factAbout(f, m.rec.o.Index), min(14, width/5)) + "  "
		tail := widget.Pad(m.st, witnessName(f, m.rec.o.Remote), 8) + " " + m.readAt(f)
		lines := widget.Under(head, f.Says, max(width-widget.Width(tail)-2, 24))
		lines[0] = widget.Ends(m.st, lines[0], m.st.Faint(tail), width-1)
		out = append(out, lines...)
	}
	return out
}

func (m *model) readAt(f flow.Fact) string {
	if f.ReadAt.IsZero() {
		return "       -"
	}
	return clock(f.ReadAt, m.now)
}

// factAbout is what a fact is about, in a word.
func factAbout(f flow.Fact, index string) string {
	for prefix, name := range map[string]string{"refs/heads/": "branch", "refs/tags/": "tag", "refs/releases/": "claim"} {
		if strings.HasPrefix(f.About, prefix) && witnessKind(f) == "git" {
			return name
		}
	}
	switch witnessKind(f) {
	case "ci":
		return "CI"
	case "index":
		return index
	}
	return orElse(f.About, f.Witness)
}

// witnessKind is the first word of a witness: git, ci, index.
func witnessKind(f flow.Fact) string {
	kind, _, _ := strings.Cut(f.Witness, ".")
	return kind
}

func witnessName(f flow.Fact, remote string) string {
	kind, name, _ := strings.Cut(f.Witness, ".")
	switch {
	case kind == "git":
		return orElse(remote, kind)
	case name == flow.SurfaceJSON:
		return "JSON"
	case name == flow.SurfaceSimple:
		return "index"
	}
	return orElse(name, kind)
}

// balance is what is there, what is not, and until when it can come.
func (m *model) balance(width int) []string {
	d := m.rec.d
	var out []string
	row := func(sign, name string, texts []string) {
		if len(texts) > 0 {
			out = append(out, widget.Under(" "+sign+" "+pad(name, 9), strings.Join(texts, ", "), width)...)
		}
	}
	row(m.st.Good(m.st.OK), "done", d.Done)
	row(m.st.Faint(m.st.Wait), "not done", d.Missing)
	if text := d.deadline(m.rec.o.Index, m.now.Location()); text != "" {
		out = append(out, widget.Under("   time     ", text, width)...)
	}
	return out
}

// deadline is until when the index takes files of the version, from when it was read.
func (d *diagnosis) deadline(index string, in *time.Location) string {
	left := d.Deadline.Sub(d.at)
	until := d.Deadline.In(in).Format("2 Jan 15:04")
	switch {
	case d.Deadline.IsZero():
		return ""
	case left <= 0:
		return index + " takes no more files of " + d.Version + ", since " + until
	}
	return index + " takes files until " + until + ", " + span(left) + " more, then never again"
}

// wayLines are a way out: what it does, who feels it and, where there is room, what
// comes of it.
func (m *model) wayLines(i, width int, consequence bool) []string {
	w := m.rec.d.ways[i]
	mark, name := "   ", widget.Pad(m.st, wayName(w.ID), 11)
	if i == m.rec.way {
		mark, name = " "+m.st.Cursor+" ", m.st.Bold(name)
	}
	tail := m.effectWord(w.WayOut)
	lines := widget.Under(mark+itoa(i+1)+" "+name+" ", w.Text, width-widget.Width(tail)-2)
	lines[0] = widget.Ends(m.st, lines[0], tail, width-1)
	if consequence {
		lines = append(lines, widget.Under(strings.Repeat(" ", 17), w.Consequence, width)...)
	}
	return lines
}

// wayDetail is what comes of the way that has the focus, why it is recommended, and
// its command.
func (m *model) wayDetail(width int) []string {
	w, ok := m.rec.chosen()
	if !ok {
		return nil
	}
	out := append([]string{""}, label(m.st, "  then", 8, w.Consequence, width)...)
	if w.Recommended && w.Why != "" { // the message begins with it
		out = append(out, label(m.st, "  why "+itoa(m.rec.way+1), 8, w.Why, width)...)
	}
	return append(out, label(m.st, "  type", 8, w.command, width)...)
}

func (m *model) effectWord(w flow.WayOut) string {
	switch w.Effect {
	case flow.Permanent:
		return m.st.Alarm("PERMANENT")
	case flow.Reads:
		return m.st.Faint("reads only")
	}
	return string(w.Effect)
}

func (m *model) notOffered(width int) []string {
	if len(m.rec.d.NotOffered) == 0 {
		return nil
	}
	out := []string{"", " " + m.st.Bold("Not offered")}
	for _, n := range m.rec.d.NotOffered {
		out = append(out, widget.Under("   "+widget.Pad(m.st, wayName(n.ID), 12)+" ", n.Why, width)...)
	}
	return out
}

// failingExcerpt are the lines that show why, the last ones first to be kept.
func (m *model) failingExcerpt(width, most int) []string {
	p := m.rec.d.Problem
	if p == nil || len(p.Lines) == 0 {
		return nil
	}
	return m.shownLines(p, width, most)
}

// sideBody is what belongs to the way that has the focus, and what is not offered.
func (m *model) sideBody(width int) []string {
	w, ok := m.rec.chosen()
	out := []string{""}
	if !ok {
		return append(out, m.notOffered(width)...)
	}
	title := fmt.Sprintf("%d %s", m.rec.way+1, wayName(w.ID))
	if w.Recommended {
		title = "Why " + itoa(m.rec.way+1) + " is recommended"
	}
	out = append(out, " "+m.st.Bold(title))
	out = append(out, widget.Under("   ", sentence(capital(orElse(w.Why, w.Consequence))), width)...)
	out = append(out, "", " "+m.st.Bold("The command for it"))
	out = append(out, widget.Under("   $ ", w.command, width)...)
	if p := m.rec.d.Problem; p != nil {
		out = append(append(out, "", " "+m.st.Bold("What stands in the way")), widget.Under("   ", p.Text+"  ("+p.Code+")", width)...)
		for _, t := range p.Now {
			out = append(out, widget.Under("   ", t, width)...)
		}
	}
	out = append(out, m.failingExcerpt(width, maxShown)...)
	return append(out, m.notOffered(width)...)
}

// failedLines are all lines of the failing log that are known.
func (m *model) failedLines(width int) []string {
	p := m.rec.d.Problem
	out := []string{" " + m.st.Bold(widget.Cut(m.st, m.st.Plain(p.Text), width-2)), ""}
	for _, l := range p.Lines {
		out = append(out, widget.Under("   ", m.st.Plain(l), width)...)
	}
	return out
}

// wayPlan: every step of a way, before anything is done, and which of them can be
// taken back. A way without steps is a person's.
func (m *model) wayPlan(width int) []string {
	w, _ := m.rec.chosen()
	d := m.rec.d
	out := []string{" " + m.st.Bold(wayName(w.ID)+": "+d.Project+" "+d.Version)}
	out = append(out, widget.Under("   ", sentence(capital(w.Text)), width)...)
	out = append(out, widget.Under("   ", sentence(capital(w.Consequence)), width)...)
	out = append(out, "")
	if len(w.Plan.Nodes) == 0 {
		out = append(out, " "+m.st.Bold("A person does this; nothing here does it alone"))
		return append(out, widget.Under("   $ ", w.command, width)...)
	}
	out = append(out, " "+m.st.Bold("The steps"))
	n := 0
	for _, node := range w.Plan.Nodes {
		if a := w.acts[node.ID]; inPlan(node) {
			n++
			out = append(out, m.planLine(n, a, width, true)...)
		}
	}
	return append(out, append([]string{""}, m.askedFor(w, width)...)...)
}

// askedFor says what the person is asked before the first step that others feel.
func (m *model) askedFor(w shownWay, width int) []string {
	text := "Each step that others feel is asked for, by y or n. What is done already is not done again."
	ahead := w.Effect == flow.Permanent || w.ID == flow.WayAbandon // else what leads there is done already
	for _, n := range w.Plan.Nodes {
		if ahead && (n.LeadsTo == flow.Permanent && n.Effect != flow.Reads || n.Effect == flow.Permanent) {
			text = "Before a step that leads to something permanent you type " + line(w.Plan.Confirm) + ". What is done already is not done again."
		}
	}
	return widget.Under(" ", text, width)
}
