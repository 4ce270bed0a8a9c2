package ui

import (
	"fmt"
	"strconv"

	"ferry/flow"
	"ferry/ui/widget"
)

// jobs is what CI runs, and the logs that were followed.
type jobs struct {
	list   []flow.Job
	cursor int
	chosen bool // a person chose the job; else it is the one most worth a look
	logs   map[string]*tail
	on     string // the job whose log is followed
	turn   int
	full   bool // the log fills the screen
}

// tail is the log of one job.
type tail struct {
	widget.Log
	turn  int
	ended bool
	final bool // the job was over when its log was last asked for
	err   error
}

// set takes a new list in. The focus stays on the job that a person chose, and
// else goes to one that runs, or that failed.
func (j *jobs) set(list []flow.Job) {
	id := j.job().ID
	j.list, j.cursor = list, 0
	if at := index(list, func(x flow.Job) bool { return x.ID == id }); at >= 0 {
		j.cursor = at
		if j.chosen || list[at].State == flow.JobRunning {
			return
		}
	}
	for _, state := range []flow.JobState{flow.JobFailed, flow.JobRunning} {
		if at := index(list, func(x flow.Job) bool { return x.State == state }); at >= 0 {
			j.cursor = at
			return
		}
	}
}

func index(list []flow.Job, ok func(flow.Job) bool) int {
	for i, x := range list {
		if ok(x) {
			return i
		}
	}
	return -1
}

// job is the one that has the focus; the zero Job if there is none.
func (j *jobs) job() flow.Job {
	if j.cursor < len(j.list) {
		return j.list[j.cursor]
	}
	return flow.Job{}
}

// log is the log of the job that has the focus; nil if it was never followed.
func (j *jobs) log() *tail { return j.logs[j.job().ID] }

func (j *jobs) by(n int) {
	j.cursor = max(0, min(j.cursor+n, len(j.list)-1))
	j.chosen = true
}

func (j *jobs) take(msg logMsg) {
	t := j.logs[msg.job]
	if t == nil || t.turn != msg.turn {
		return
	}
	t.Append(msg.skipped, msg.lines)
	t.ended, t.err = msg.ended, msg.err
}

func (j *jobs) unfollow(d *driver) {
	d.tail()
	j.on, j.full = "", false
}

func over(s flow.JobState) bool {
	return s == flow.JobPassed || s == flow.JobFailed || s == flow.JobCancelled || s == flow.JobSkipped
}

// followJob keeps the log that is shown growing. A log that gave nothing is
// asked for once more when its job is over: some CIs show it only then.
func (m *model) followJob() {
	j := m.jobs.job()
	if m.s == nil || m.s.Follow == nil || j.ID == "" || !m.run.had || m.screen != onRelease || m.shown() != "ci" {
		return
	}
	t := m.jobs.logs[j.ID]
	again := t != nil && t.ended && t.Len() == 0 && !t.final && over(j.State)
	if m.jobs.on == j.ID && !again || t != nil && t.ended && !again || j.State == flow.JobQueued {
		return
	}
	m.jobs.turn++
	m.jobs.on = j.ID
	m.jobs.logs[j.ID] = &tail{turn: m.jobs.turn, final: over(j.State)}
	m.d.follow(m.s, j.ID, m.jobs.turn)
}

func (m *model) jobTable(width int) []string {
	t := widget.Table{Cursor: m.jobs.cursor, Columns: []widget.Column{
		{Title: "job", Max: 14}, {Title: "name", Max: 30}, {Title: "state"},
		{Title: "time", Min: 7, Drop: 2}, {Title: "note", Drop: 1, Max: 40}}}
	for _, j := range m.jobs.list {
		t.Rows = append(t.Rows, []string{j.Number, j.Name, jobWord(m.st, j.State), m.jobTime(j), j.Note})
	}
	return t.Lines(m.st, width)
}

func (m *model) jobTime(j flow.Job) string {
	switch {
	case j.Started.IsZero():
		return ""
	case j.Ended.IsZero():
		return minutes(m.now.Sub(j.Started))
	}
	return dur(j.Ended.Sub(j.Started))
}

// ciBody: what runs, and the log of the job that has the focus.
func (m *model) ciBody(width, height int) []string {
	if m.jobs.full {
		return m.logPane(width, height)
	}
	r := m.board.Row(flow.AwaitCI)
	out := m.rowHead(r, width)
	if len(m.jobs.list) == 0 {
		return append(out, m.rowTail(r, width)...)
	}
	table := m.jobTable(width)
	room := max(3, min(len(table), (height-len(out))/2))
	out = append(out, keep(m.st.More, table, m.jobs.cursor+1, room)...)
	if m.s.Follow == nil {
		return append(out, m.rowTail(r, width)...)
	}
	return append(out, m.logPane(width, height-len(out))...)
}

// keep shortens a table to room lines: its title line, and the rows about at.
func keep(more string, table []string, at, room int) []string {
	if len(table) <= room {
		return table
	}
	from := max(1, min(at-room/2, len(table)-room+1))
	out := append([]string{table[0]}, table[from:from+room-1]...)
	if from+room-1 < len(table) && at < from+room-2 {
		out[len(out)-1] = fmt.Sprintf("   %s %d more", more, len(table)-from-room+2)
	}
	return out
}

func (m *model) logPane(width, height int) []string {
	if height < 1 {
		return nil
	}
	t, j := m.jobs.log(), m.jobs.job()
	title := " log " + j.Number + " " + j.Name + "  " + m.logState(t, j)
	rule := m.st.Rule + m.st.Rule
	head := widget.Cut(m.st, " "+m.st.Faint(rule)+m.st.Bold(m.st.Plain(title)), width)
	if t == nil {
		return widget.Fit(m.st, []string{head}, width, height)
	}
	out := []string{head}
	for _, l := range t.View(m.st, width-1, height-1) {
		out = append(out, " "+l)
	}
	return out
}

func (m *model) logState(t *tail, j flow.Job) string {
	switch {
	case t == nil && j.State == flow.JobQueued:
		return "not started"
	case t == nil:
		return ""
	case t.err != nil:
		return "cannot be read: " + line(t.err.Error())
	case t.Len() == 0 && t.ended && !over(j.State):
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

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
