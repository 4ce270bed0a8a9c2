package ui

import (
	"fmt"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// jobTable lists the jobs. Stage and deploy stand there only if there is one.
func (m *model) jobTable(width int) []string {
	t := widget.Table{Cursor: m.jobs.cursor, Columns: []widget.Column{
		{Title: "job", Max: 14}, {Title: "name", Max: 30}, {Title: "state"}, {Title: "time", Min: 7, Drop: 3}}}
	stage := index(m.jobs.list, func(j flow.Job) bool { return j.Stage != "" }) >= 0
	deploy := index(m.jobs.list, func(j flow.Job) bool { return j.Publishes != flow.PublishUnknown }) >= 0
	if stage {
		t.Columns = append(t.Columns, widget.Column{Title: "stage", Max: 14, Drop: 2})
	}
	if deploy {
		t.Columns = append(t.Columns, widget.Column{Title: "deploy"})
	}
	t.Columns = append(t.Columns, widget.Column{Title: "note", Drop: 1, Max: m.noteRoom()})
	for _, j := range m.jobs.list {
		row := []string{j.Number, j.Name, jobWord(m.st, j.State), m.jobTime(j)}
		if stage {
			row = append(row, j.Stage)
		}
		if deploy {
			row = append(row, publishWord(j))
		}
		t.Rows = append(t.Rows, append(row, noteOf(j)))
	}
	return t.Lines(m.st, width)
}

// noteRoom is how wide a note may be: on a narrow screen the rest goes first.
func (m *model) noteRoom() int {
	if m.w >= wideFrom {
		return 40
	}
	return 24
}

// publishWord is what the CI files make a job do.
func publishWord(j flow.Job) string {
	switch {
	case j.Publishes == flow.PublishNo:
		return "skips deploy"
	case j.Publishes == flow.PublishYes && j.State.Over():
		return "deploys"
	case j.Publishes == flow.PublishYes:
		return "test, then deploys"
	}
	return ""
}

func noteOf(j flow.Job) string {
	switch {
	case j.Note != "":
		return j.Note
	case j.Why != "":
		return j.Why
	}
	if at := stepAt(j); at >= 0 && j.State == flow.JobRunning {
		return j.Steps[at].Name
	}
	return ""
}

// stepAt is the step that a job is at, or failed in; -1 if none is known.
func stepAt(j flow.Job) int {
	for _, state := range []flow.JobState{flow.JobFailed, flow.JobRunning} {
		for i, s := range j.Steps {
			if s.State == state {
				return i
			}
		}
	}
	return -1
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
	r := m.ciRow()
	out := append(m.warningLines(width), m.rowHead(r, width)...)
	if len(m.jobs.list) == 0 {
		if !noBuild(r) {
			return append(out, m.rowTail(r, width)...)
		}
		return m.body.View(m.st, append(out, m.noBuildLines(r, width)...), width, height)
	}
	table := m.jobTable(width)
	room := max(3, min(len(table), max((height-len(out))/2, height-len(out)-leastLog)))
	out = append(out, keep(m.st.More, table, m.jobs.cursor+1, room)...)
	if m.s.Follow == nil {
		return append(out, m.rowTail(r, width)...)
	}
	return append(out, m.logPane(width, height-len(out))...)
}

// ciRow is what is waited for: what CI was asked for, until it shows that, else the build.
func (m *model) ciRow() board.Row {
	for _, id := range []flow.ID{flow.RestartCI, flow.CancelCI} {
		if r := m.board.Row(id); r.Running || r.Seen && r.Finding.Status == flow.Underway {
			return r
		}
	}
	return m.board.Row(flow.AwaitCI)
}

// patience is how long a build may take to appear before its absence is explained.
const patience = time.Minute

// leastLog is the least room of a log beside the table.
const leastLog = 5

func noBuild(r board.Row) bool {
	return r.Finding.Status == flow.Underway && r.Finding.Problem != nil && r.Finding.Problem.Code == flow.CodeNoBuild
}

// noBuildLines are what is true while CI shows no build, and, after a while, the
// likely causes. Row 1 counts the time.
func (m *model) noBuildLines(r board.Row, width int) (out []string) {
	p := r.Finding.Problem
	for _, l := range p.Now {
		out = append(out, widget.Under("   ", l, width)...)
	}
	if r.Took(m.now) < patience {
		return out
	}
	out = append(out, "", " "+m.st.Bold("No build for "+minutes(r.Took(m.now))))
	for _, l := range p.Lines {
		out = append(out, widget.Under("   ", l, width)...)
	}
	return out
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
