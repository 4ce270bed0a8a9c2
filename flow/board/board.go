// Package board turns a run's events into what a front end shows. It is a pure
// reducer: every face (full screen, lines, JSON) applies the same events and
// therefore says the same thing.
//
// A Row is a node with what was last seen of it. A Stage groups the rows that a
// maintainer thinks of as one: preflight, push, CI, index, clean-up. State is
// the one word for where the release stands.
package board

import (
	"time"

	"ferry/flow"
)

// Board is where a run stands. Its zero value is of no use; start with New.
type Board struct {
	Plan    flow.Plan
	Rows    []Row
	Problem *flow.Problem // why the plan stopped
	Asking  flow.ID       // the node before which a person is asked; "" if nobody is
	Ended   bool          // Done or Problem came
	Changed []flow.ID     // the nodes whose one attempt was made in this run, in order
}

// Row is one node and what was last seen of it.
type Row struct {
	Node    flow.Node
	Finding flow.Finding
	Seen    bool      // Finding is set
	Running bool      // its one attempt is being made
	Acted   bool      // its one attempt was made in this run
	Began   time.Time // first event of work on it in this run: run, or underway
	Ended   time.Time // when it was first seen done, failed or in conflict after that
}

// New makes a board on which nothing was seen yet.
func New(p flow.Plan) Board {
	b := Board{Plan: p, Rows: make([]Row, len(p.Nodes))}
	for i, n := range p.Nodes {
		b.Rows[i].Node = n
	}
	return b
}

// Apply gives the board after an event that came at the given time. The old
// board stays as it was.
func (b Board) Apply(ev flow.Event, at time.Time) Board {
	b.Rows = append([]Row(nil), b.Rows...)
	switch ev.Kind {
	case flow.KindAsk:
		b.Asking = ev.Step
	case flow.KindAnswer:
		b.Asking = ""
	case flow.KindProblem:
		b.Problem, b.Ended, b.Asking = ev.Problem, true, ""
	case flow.KindDone:
		b.Ended, b.Asking = true, ""
	case flow.KindRun:
		b.Changed = append(append([]flow.ID(nil), b.Changed...), ev.Step)
	}
	if r := b.row(ev.Step); r != nil {
		r.apply(ev, at)
	}
	return b
}

// WithFindings gives the board after a survey, in the order of the plan's nodes.
func (b Board) WithFindings(fs []flow.Finding) Board {
	b.Rows = append([]Row(nil), b.Rows...)
	for i := range fs {
		b.Rows[i].Finding, b.Rows[i].Seen = fs[i], true
	}
	return b
}

// Open gives the rows that still count and are not done, in order: what stands
// between here and the end.
func (b Board) Open() []Row {
	found := map[flow.ID]flow.Finding{}
	for _, r := range b.Rows {
		found[r.Node.ID] = r.Finding
	}
	counts := b.Plan.Counts(found)
	var out []Row
	for _, r := range b.Rows {
		if counts[r.Node.ID] && r.Finding.Status != flow.Done {
			out = append(out, r)
		}
	}
	return out
}

// Stop is the first problem among the open rows; nil if nothing is in the way.
func (b Board) Stop() *flow.Problem {
	for _, r := range b.Open() {
		if r.Finding.Problem != nil && r.Finding.Status != flow.Underway {
			return r.Finding.Problem
		}
	}
	return nil
}

// Warnings are what a person should know first, although it is done.
func (b Board) Warnings() (out []string) {
	for _, r := range b.Rows {
		if r.Finding.Warning != "" {
			out = append(out, r.Finding.Warning)
		}
	}
	return out
}

// Row finds a node's row; the zero Row if the plan has no such node.
func (b Board) Row(id flow.ID) Row {
	if r := b.row(id); r != nil {
		return *r
	}
	return Row{}
}

func (b Board) row(id flow.ID) *Row {
	for i := range b.Rows {
		if b.Rows[i].Node.ID == id {
			return &b.Rows[i]
		}
	}
	return nil
}

func (r *Row) apply(ev flow.Event, at time.Time) {
	switch ev.Kind {
	case flow.KindRun:
		r.Running, r.Acted = true, true
		r.begin(at)
	case flow.KindRan:
		r.Running = false
	case flow.KindObserved:
		r.observe(*ev.Finding, at)
	}
}

func (r *Row) observe(f flow.Finding, at time.Time) {
	r.Finding, r.Seen = f, true
	switch f.Status {
	case flow.Underway:
		r.begin(at)
	case flow.Done, flow.Failed, flow.Conflict:
		if !r.Began.IsZero() && r.Ended.IsZero() {
			r.Ended = at
		}
	}
}

func (r *Row) begin(at time.Time) {
	if r.Began.IsZero() {
		r.Began = at
	}
}

// Took is how long work on the row has gone on in this run, up to now while it
// is not over; 0 if none was done.
func (r Row) Took(now time.Time) time.Duration {
	switch {
	case r.Began.IsZero():
		return 0
	case r.Ended.IsZero():
		return now.Sub(r.Began)
	}
	return r.Ended.Sub(r.Began)
}
