package plain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"

	"ferry/flow"
	"ferry/flow/board"
)

// JSONOptions says what a stream is about.
type JSONOptions struct {
	Tool    string // version of this program
	Act     string // the command: "release"
	Project string
	Release string // the version that is released
	Commit  string
	World   string // what is acted on: "pypi"
	Mode    string // which face a person sees beside this one: "plain", "tui", "json"

	LogLines bool              // whether output of attempts and jobs is in the stream
	URLs     map[string]string // for the result: what they are of, and where
	Now      func() time.Time  // as time.Now
}

// JSON writes a run as JSON Lines: hello first, result last, as docs/json.md
// has them. Its methods may be called at the same time.
type JSON struct {
	mu     sync.Mutex
	out    *output
	o      JSONOptions
	seq    int
	start  time.Time
	closed bool
	board  board.Board
	told   map[string]any // what was last told of each job, fact and file
}

// NewJSON writes hello.
func NewJSON(out io.Writer, o JSONOptions) *JSON {
	if o.Now == nil {
		o.Now = time.Now
	}
	j := &JSON{out: &output{w: out}, o: o, start: o.Now(), told: map[string]any{}}
	j.write("hello", helloEvent{"ferry", o.Tool, o.Act, o.Project, o.Release, o.Commit, o.World, o.Mode})
	return j
}

// Err is the first error of writing.
func (j *JSON) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.err
}

// Plan says what is about to be done. Later events are about its steps.
func (j *JSON) Plan(p flow.Plan) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.board = board.New(p)
	ev := planEvent{Name: p.Name, Title: p.Title, Confirm: p.Confirm, Steps: []planStep{}}
	for _, n := range p.Nodes {
		needs := make([]string, len(n.Needs))
		for i, id := range n.Needs {
			needs[i] = string(id)
		}
		ev.Steps = append(ev.Steps, planStep{string(n.ID), n.Title, n.Effect, n.LeadsTo, needs, list(n.Command()), n.Reversal().String()})
	}
	j.write("plan", ev)
}

// Event writes what an event says. It is a flow.Sink.
func (j *JSON) Event(ev flow.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.board = j.board.Apply(ev, j.o.Now())
	step := string(ev.Step)
	switch ev.Kind {
	case flow.KindObserved:
		j.observed(step, *ev.Finding)
	case flow.KindAsk:
		need := "--yes"
		if ev.Text != "" {
			need += "=" + ev.Text
		}
		j.write("ask", askEvent{step, ev.Text, need})
	case flow.KindAnswer:
		j.write("answer", answerEvent{step, ev.Text})
	case flow.KindRun:
		j.write("run", runEvent{step, list(j.board.Row(ev.Step).Node.Command()), ev.Text})
	case flow.KindRan:
		j.write("ran", ranEvent{step, ev.Text})
	case flow.KindLine:
		if j.o.LogLines {
			j.write("line", lineEvent{step, ev.Line})
		}
	case flow.KindProblem:
		j.write("problem", problemOf(ev.Problem))
	}
}

// Note says something about a step that no event of the engine says.
func (j *JSON) Note(step flow.ID, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.write("note", noteEvent{string(step), text})
}

// observed writes the finding if it says something new, then what is new in it.
func (j *JSON) observed(step string, f flow.Finding) {
	ev := stepEvent{Step: step, Status: f.Status, Text: f.Text, Warn: f.Warning}
	if f.Problem != nil {
		ev.Code = f.Problem.Code
	}
	j.news("step", step, ev, ev)
	for _, x := range f.Jobs {
		ev := jobEvent{step, x.ID, x.Number, x.Name, x.State, x.Note, x.URL, timeText(x.Started), timeText(x.Ended), x.Stage, x.Publishes, x.Why, stepName(x)}
		j.news("job", step+" "+x.ID, ev, ev)
	}
	for _, x := range f.Facts {
		ev := factOf(x)
		ev.Step, ev.MaxAge = step, int(x.MaxAge/time.Second)
		said := ev
		said.ReadAt = "" // reading it again is no news
		j.news("fact", x.Witness+" "+x.About, said, ev)
	}
	for _, x := range f.Files {
		ev := fileOf(x)
		ev.Step = step
		j.news("file", x.Name, ev, ev)
	}
}

// news writes an object unless the same was told of this thing before.
func (j *JSON) news(kind, about string, said, object any) {
	key := kind + " " + about
	if reflect.DeepEqual(j.told[key], said) {
		return
	}
	j.told[key] = said
	j.write(kind, object)
}

// Close writes the result, once. A caller calls it when the run returns, and
// again from a deferred function and where signals arrive: the first one counts.
func (j *JSON) Close(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	r := resultEvent{Status: statusOf(err), State: j.state(), Exit: flow.ExitCode(err), Warn: j.board.Warnings(), Files: []fileEvent{}}
	r.Elapsed = int(j.o.Now().Sub(j.start).Round(time.Second) / time.Second)
	for _, f := range files(j.board) {
		r.Files = append(r.Files, fileOf(f))
	}
	var p *flow.Problem
	if errors.As(err, &p) {
		r.Code = p.Code
	}
	r.URLs = j.board.Links()
	maps.Copy(r.URLs, j.o.URLs)
	j.write("result", r)
	j.closed = true
}

// state is unknown where nothing was looked at.
func (j *JSON) state() board.State {
	for _, r := range j.board.Rows {
		if r.Seen {
			return j.board.State()
		}
	}
	return board.UnknownState
}

// statusOf is the outcome in one word: done, interrupted, or the problem's class.
func statusOf(err error) string {
	var p *flow.Problem
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, flow.ErrInterrupted), errors.Is(err, flow.ErrTerminated):
		return "interrupted"
	case errors.As(err, &p):
		return string(p.Class)
	case errors.Is(err, flow.ErrDeclined):
		return string(flow.ClassDeclined)
	}
	return string(flow.ClassBug)
}

func (j *JSON) write(kind string, fields any) {
	if j.closed {
		return
	}
	j.seq++
	head, err := marshal(headEvent{1, j.seq, timeText(j.o.Now()), kind})
	if err == nil {
		var body []byte
		body, err = marshal(fields)
		head = append(append(bytes.TrimSuffix(head, []byte("}")), ','), bytes.TrimPrefix(body, []byte("{"))...)
	}
	if err != nil && j.out.err == nil {
		j.out.err = fmt.Errorf("writing %s: %w", kind, err)
	}
	j.out.line(string(head))
}

// writeDocument writes what a command answers with: one document on one line.
func writeDocument(w io.Writer, doc any) error {
	text, err := marshal(doc)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// marshal gives JSON that does nothing to a terminal: what is not printable is
// escaped, which changes the text for no reader of JSON.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	var out []byte
	for _, r := range string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))) {
		switch {
		case unicode.IsPrint(r):
			out = append(out, string(r)...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out, nil
}
