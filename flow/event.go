package flow

import "context"

// Kind says what an event tells.
type Kind string

// The kinds of events, in the order in which a run can show them.
const (
	KindObserved Kind = "observed" // Finding changed
	KindAsk      Kind = "ask"      // a person is asked; Text is the question
	KindAnswer   Kind = "answer"   // Text is "yes" or "no"
	KindRun      Kind = "run"      // the step's one attempt starts
	KindRan      Kind = "ran"      // the attempt ended; Text is its error, if any
	KindLine     Kind = "line"     // Line is output of the attempt, or of what it waits for
	KindProblem  Kind = "problem"  // the plan stopped; Problem says why
	KindDone     Kind = "done"     // nothing is left to do
)

// Event is one thing that happened. It is flat: fields that do not apply are
// empty. Line and parts of Finding and Problem hold text from outside, which a
// front end must make visible before it shows it.
type Event struct {
	Seq     int // 1, 2, 3 … within one engine
	Kind    Kind
	Step    ID // "" for the plan as a whole
	Finding *Finding
	Line    string // one line of output, without its newline
	Text    string
	Problem *Problem
}

// Sink takes events in order, on the engine's goroutine. It must not block for long.
type Sink func(Event)

// Question is what a gate asks.
type Question struct {
	Plan    string // the plan's title
	Node    Node   // the node before which the gate stands
	Finding Finding
	Confirm string // what must be typed; "" for a plain yes or no
	Covers  []Node // the nodes that this one answer lets run
	Leads   []Node // nodes that nobody runs but the world, once set going
	Notes   []Fact // what is published with the covered nodes, for people to read before
}

// Reading says whether the question is whether somebody has read a finding, and
// not whether something may be done.
func (q Question) Reading() bool { return q.Confirm != "" && q.Confirm == q.Finding.Confirm }

// Answer is what the person said.
type Answer struct {
	Yes   bool
	Typed string // what was typed where Confirm was asked for
}

// Ask puts a question to a person. ErrDeclined means no; a *Problem of class
// Waiting means that nobody can be asked. Secrets are never asked this way.
type Ask func(context.Context, Question) (Answer, error)
