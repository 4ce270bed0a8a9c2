package ui

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
)

// What the driver sends. Every text in them can be drawn.
type (
	openedMsg struct {
		s     *Session
		acts  map[flow.ID]act
		pages map[string]string
		err   error
	}
	surveyedMsg struct {
		survey Survey
		err    error
	}
	eventMsg struct {
		ev    flow.Event
		at    time.Time
		pages map[string]string // nil: as before
	}
	askMsg struct {
		q     question
		reply chan<- flow.Answer // buffered; the zero Answer is no
	}
	endedMsg struct{ err error }
	stopMsg  struct{ cause error } // a signal, or the caller's context ended
)

// question is what a gate asks, ready to be drawn. Confirm is compared as it
// is, and made visible only when it is shown.
type question struct {
	title, finding string
	confirm        string
	covers, leads  []act
	notes          []string // what is published with them
	read           []string // what must have been read, where that is the question
	change         *change  // what would be written, where that is the question; nil: nothing is shown
}

// driver does the work: one thing at a time, in one goroutine. Only following a
// log goes on beside it.
type driver struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	send   func(tea.Msg)
	now    func() time.Time
	jobs   chan func(context.Context)
	ended  chan struct{}

	asking sync.Mutex // held while a secret is asked for

	stop func(error) // ends the work under way
	tail func()      // ends the log that is followed
}

func newDriver(ctx context.Context, now func() time.Time) *driver {
	ctx, cancel := context.WithCancelCause(ctx)
	return &driver{ctx: ctx, cancel: cancel, now: now, jobs: make(chan func(context.Context), 4),
		ended: make(chan struct{}), stop: func(error) {}, tail: func() {}}
}

// loop is the worker. It ends with the driver's context.
func (d *driver) loop() {
	defer close(d.ended)
	for {
		select {
		case <-d.ctx.Done():
			return
		case job := <-d.jobs:
			job(d.ctx)
		}
	}
}

// do queues work behind what is under way, which is asked to end. It does not block.
func (d *driver) do(work func(context.Context)) {
	d.stop(context.Canceled)
	ctx, cancel := context.WithCancelCause(d.ctx)
	select {
	case d.jobs <- func(context.Context) { defer cancel(nil); work(ctx) }:
		d.stop = cancel
	default:
		cancel(nil)
	}
}

// end asks the work under way to end.
func (d *driver) end(cause error) { d.stop(cause) }

func (d *driver) open(open func(context.Context, Person) (*Session, error)) {
	d.do(func(ctx context.Context) {
		var msg openedMsg
		msg.err = guarded(func() error { return msg.open(ctx, d, open) })
		if ctx.Err() == nil {
			d.send(msg)
		}
	})
}

func (msg *openedMsg) open(ctx context.Context, d *driver, open func(context.Context, Person) (*Session, error)) error {
	s, err := open(ctx, d)
	if err != nil {
		return err
	}
	if s == nil {
		return errors.New("no session")
	}
	msg.acts = map[flow.ID]act{}
	for _, n := range s.Plan.Nodes {
		msg.acts[n.ID] = actOf(n)
	}
	msg.s, msg.pages = cleanSession(*s), s.pages()
	return nil
}

func (d *driver) survey(s *Session) {
	d.do(func(ctx context.Context) {
		var v Survey
		err := guarded(func() (err error) { v, err = s.Survey(ctx); return err })
		if ctx.Err() != nil {
			return
		}
		v.Findings, v.Latest, v.InFlight = cleanFindings(v.Findings, len(s.Plan.Nodes)), line(v.Latest), lines(v.InFlight)
		d.send(surveyedMsg{v, err})
	})
}

func (d *driver) run(s *Session) {
	d.do(func(ctx context.Context) {
		err := guarded(func() error { return s.Run(ctx, func(ev flow.Event) { d.sink(s, ev) }, d.ask) })
		d.ran(ctx, err)
	})
}

func (d *driver) sink(s *Session, ev flow.Event) {
	msg := eventMsg{ev: cleanEvent(ev), at: d.now()}
	if ev.Kind == flow.KindObserved || ev.Kind == flow.KindDone {
		msg.pages = s.pages()
	}
	d.send(msg)
}

// ask waits for the person, or for the run to end.
func (d *driver) ask(ctx context.Context, q flow.Question) (flow.Answer, error) {
	reply := make(chan flow.Answer, 1)
	d.send(askMsg{question{title: line(q.Node.Title), finding: line(q.Finding.Text), confirm: q.Confirm,
		covers: acts(q.Covers), leads: acts(q.Leads), notes: notes(q), read: toRead(q), change: changeOf(q)}, reply})
	select {
	case a := <-reply:
		if !a.Yes {
			return a, flow.ErrDeclined
		}
		return a, nil
	case <-ctx.Done():
		return flow.Answer{}, context.Cause(ctx)
	}
}

func notes(q flow.Question) (out []string) {
	for _, f := range q.Notes {
		out = append(out, line(f.Says))
	}
	return out
}

// maxDiff bounds the lines of a diff that is read in a gate.
const maxDiff = 1000

// toRead is a finding that a person must have read, with its diff.
func toRead(q flow.Question) []string {
	if !q.Reading() {
		return nil
	}
	out := []string{line(q.Finding.Warning)}
	if q.Finding.Diff != nil {
		diff := strings.Split(strings.TrimRight(q.Finding.Diff.Text, "\n"), "\n")
		out = append(out, lines(diff[:min(len(diff), maxDiff)])...)
	}
	return out
}

// guarded turns a panic into a Problem: the terminal must be restored first.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fault(v)
		}
	}()
	return f()
}

func fault(v any) *flow.Problem {
	return &flow.Problem{Code: flow.CodeBug, Class: flow.ClassBug, Text: fmt.Sprintf("This program has a fault: %v", v),
		Now: []string{"what was sent before is on the servers; nothing else was done"}, Retry: flow.RetryUnknown,
		Lines: lines(strings.Split(string(debug.Stack()), "\n")), Next: []string{"ferry status"}, Err: fmt.Errorf("panic: %v", v)}
}
