// Package plain holds the faces without a screen: records of text for logs,
// sentences for screen readers, JSON Lines for programs, and the questions that
// such a face can ask. All of them are fed by the events of the engine.
//
// Nothing is ever written twice or over something else, every record is one
// write, and all text from outside goes through package visible. A face whose
// output is closed remembers the first error and stays quiet: a release does
// not fail because nobody reads along.
package plain

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/visible"
)

// LinesOptions says how Lines speaks.
type LinesOptions struct {
	Plan       flow.Plan
	Accessible bool             // sentences instead of columns
	Index      string           // what the index is called: "pypi"
	Now        func() time.Time // as time.Now
	Silence    time.Duration    // how long nothing may be said while waiting; 0: a minute, half of one in sentences
}

// Lines writes a run as lines of text. Its methods may be called at the same time.
type Lines struct {
	mu    sync.Mutex
	out   *output
	voice voice
	now   func() time.Time

	silence time.Duration
	start   time.Time
	last    time.Time // when something was said last
	held    []flow.ID // bad findings of the survey that were not said yet
	board   board.Board
	step    flow.ID // the node of which something was heard last
	stage   map[flow.ID]string
	said    map[flow.ID]string // the last record of each node
	jobs    map[string]flow.JobState
	warned  string // what CI's finding last warned of
	excused string // what was said of why no build came
}

// NewLines makes a face that writes to out.
func NewLines(out io.Writer, o LinesOptions) *Lines {
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Lines{
		out: &output{w: out}, now: o.Now, silence: silence(o), start: o.Now(),
		board: board.New(o.Plan), said: map[flow.ID]string{}, jobs: map[string]flow.JobState{},
	}
	l.stage = stages(l.board, o.Index)
	l.voice = columns{l.out}
	if o.Accessible {
		l.voice = sentences{l.out}
	}
	return l
}

// silence is how long a person goes without a word. Who hears and does not see
// needs one sooner.
func silence(o LinesOptions) time.Duration {
	if o.Accessible {
		return cmp.Or(o.Silence, 30*time.Second)
	}
	return cmp.Or(o.Silence, time.Minute)
}

// stages names the stage of each node. A node of no stage goes by its own name.
func stages(b board.Board, index string) map[flow.ID]string {
	names := map[flow.ID]string{}
	for _, r := range b.Rows {
		names[r.Node.ID] = string(r.Node.ID)
	}
	for _, s := range b.Stages() {
		for _, r := range s.Rows {
			names[r.Node.ID] = s.Name
			if s.Name == "index" && index != "" {
				names[r.Node.ID] = index
			}
		}
	}
	return names
}

// Err is the first error of writing.
func (l *Lines) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.err
}

// Event writes what an event says. It is a flow.Sink.
func (l *Lines) Event(ev flow.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.now()
	before := l.board.Row(ev.Step)
	l.board = l.board.Apply(ev, at)
	if ev.Step != "" {
		l.step = ev.Step
	}
	switch ev.Kind {
	case flow.KindObserved:
		l.seen(at, before, l.board.Row(ev.Step))
	case flow.KindAsk:
		l.record(at, ev.Step, "ask", warning(l.board.Row(ev.Step).Node))
	case flow.KindAnswer:
		if ev.Text == "yes" {
			l.record(at, ev.Step, "ask", "answered yes")
		}
	case flow.KindRun:
		l.record(at, ev.Step, "run", doing(l.board.Row(ev.Step).Node, ev.Text))
	case flow.KindRan:
		if ev.Text != "" {
			l.record(at, ev.Step, "warn", "the attempt ended with an error, so its effect is looked for: "+ev.Text)
		}
	case flow.KindLine:
		l.quote(ev.Line)
	case flow.KindProblem:
		l.release(at)
		l.problem(at, ev.Problem)
	}
}

// seen says what a step found. In a survey a bad finding is held back until
// every step was looked at: only then is it known whether it still counts.
func (l *Lines) seen(at time.Time, before, row board.Row) {
	if !before.Seen && bad(row.Finding.Status) {
		l.held = append(l.held, row.Node.ID)
	} else {
		l.observed(at, before, row)
	}
	if !slices.ContainsFunc(l.board.Rows, func(r board.Row) bool { return !r.Seen }) {
		l.release(at)
	}
}

func bad(s flow.Status) bool { return s == flow.Failed || s == flow.Conflict || s == flow.Unknown }

// release says what was held back. What does not count any more is past.
func (l *Lines) release(at time.Time) {
	open := l.board.Open()
	said := map[string]bool{} // one cause, such as a silent remote, is said once
	for _, id := range l.held {
		row := l.board.Row(id)
		if said[row.Finding.Text] {
			continue
		}
		said[row.Finding.Text] = true
		if slices.ContainsFunc(open, func(r board.Row) bool { return r.Node.ID == id }) {
			l.observed(at, board.Row{Node: row.Node}, row)
		} else {
			l.record(at, id, "past", row.Finding.Text)
		}
	}
	l.held = nil
}

// warning is the one sentence that says why a person is asked.
func warning(n flow.Node) string {
	if n.ID == flow.AbandonBranch {
		return n.Title + ": the attempt cannot be taken up again"
	}
	if n.Effect == flow.Permanent || n.LeadsTo == flow.Permanent {
		return n.Title + ": leads to an upload that cannot be undone"
	}
	return n.Title
}

func doing(n flow.Node, note string) string {
	text := n.Title
	if note != "" {
		text = note + ": " + text
	}
	if c := n.Command(); len(c) > 0 && note == "" {
		text += ": " + flow.Shell(c)
	}
	return text
}

func (l *Lines) observed(at time.Time, before, row board.Row) {
	f := row.Finding
	if f.Status != flow.Todo || row.Node.Effect == flow.Shared || row.Node.Effect == flow.Permanent {
		word := stateWord(before, row)
		text := f.Text
		if f.Status != flow.Underway { // what it waits for is no problem yet
			text = withCode(f.Problem, text)
		}
		if said := word + " " + text; l.said[row.Node.ID] != said {
			l.said[row.Node.ID] = said
			l.record(at, row.Node.ID, word, text)
		}
	}
	if row.Node.ID == flow.AwaitCI && f.Warning != l.warned { // of an attempt that somebody else asked for
		if l.warned = f.Warning; f.Warning != "" {
			l.record(at, row.Node.ID, "warn", f.Warning)
		}
	}
	for _, j := range f.Jobs {
		l.job(at, row.Node.ID, j)
	}
}

func withCode(p *flow.Problem, text string) string {
	if p == nil {
		return text
	}
	return p.Code + "  " + text
}

// job says what became of a job. That it exists and waits is no news: the
// record before counts the jobs.
func (l *Lines) job(at time.Time, step flow.ID, j flow.Job) {
	old, known := l.jobs[j.ID]
	l.jobs[j.ID] = j.State
	if known && old == j.State || !known && j.State == flow.JobQueued {
		return
	}
	l.last = at
	l.voice.job(at, l.stageOf(step), jobWord(j.State), visible.Line(jobText(j)))
}

// Tick says that it still waits, if nothing else was said for long. Call it
// every few seconds.
func (l *Lines) Tick(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	row, ok := waiting(l.board)
	if !ok || l.board.Ended || at.Sub(l.last) < l.silence {
		return
	}
	took := row.Took(at)
	if began := row.Finding.Started; !began.IsZero() {
		took = at.Sub(began) // it may go on for longer than this run looks at it
	}
	l.last = at
	l.voice.still(at, l.stageOf(row.Node.ID), took, counts(row.Finding.Jobs))
	if p := row.Finding.Problem; p != nil && p.Code == flow.CodeNoBuild && took >= patience && l.excused != strings.Join(p.Lines, "\n") {
		l.excused = strings.Join(p.Lines, "\n")
		for _, line := range p.Lines {
			l.quote(line)
		}
	}
}

// patience is how long a build may take to appear before its absence is explained.
const patience = time.Minute

// waiting finds the row that the run waits for: the first one on which work is
// not over.
func waiting(b board.Board) (board.Row, bool) {
	for _, r := range b.Rows {
		if r.Running || r.Seen && !r.Began.IsZero() && r.Ended.IsZero() && r.Finding.Status != flow.Todo {
			return r, true
		}
	}
	return board.Row{}, false
}

func (l *Lines) record(at time.Time, step flow.ID, word, text string) {
	l.last = at
	l.voice.record(at, l.stageOf(step), word, visible.Line(text))
}

func (l *Lines) stageOf(step flow.ID) string { return cmp.Or(l.stage[step], "ferry") }

func (l *Lines) quote(text string) {
	for _, line := range visible.Log(text) {
		l.voice.quote(line)
	}
}

func (l *Lines) row(label, text string) { l.voice.row(label, visible.Line(text)) }

// problem says why the plan stopped, what is true now, and what goes on. What
// the node itself has said already is not said again.
func (l *Lines) problem(at time.Time, p *flow.Problem) {
	step := l.culprit(p)
	text := withCode(p, p.Text)
	if f := l.board.Row(step).Finding; f.Problem == nil || f.Problem.Code != p.Code || f.Text != p.Text {
		l.record(at, step, classWord(p.Class), text)
	}
	for _, line := range p.Lines {
		for _, shown := range visible.Log(line) { // colours of a log say nothing here
			l.quote(shown)
		}
	}
	for _, now := range p.Now {
		l.row("now", now)
	}
	if p.Retry != "" {
		l.row("retry", retryWords(p.Retry))
	}
	for i, next := range p.Next {
		label := "next"
		if i > 0 {
			label = "or"
		}
		l.row(label, next)
	}
}

// culprit finds the node that a problem comes from: the one whose finding
// carries it, else the one that the run had come to.
func (l *Lines) culprit(p *flow.Problem) flow.ID {
	for _, r := range l.board.Rows {
		if q := r.Finding.Problem; q == p || q != nil && q.Code == p.Code {
			return r.Node.ID
		}
	}
	return l.step
}

// Final writes the one line that a script wants to have.
func Final(out io.Writer, project, version, url string) error {
	_, err := fmt.Fprintln(out, visible.Line(project), visible.Line(version), visible.Line(url))
	return err
}

// Note says something about a step that no event of the engine says.
func (l *Lines) Note(step flow.ID, text string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(at, step, "note", text)
}
