package flow

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// Engine carries plans out. Its methods must not be called at the same time.
type Engine struct {
	Sink Sink
	Ask  Ask

	SecondLook time.Duration // after a Run that seems to have done nothing, how long until the look that decides
	Fresh      time.Duration // how old a finding may be, by the wall clock, for the engine to act on it
	Timeout    time.Duration // how long to wait in all; 0: as long as the nodes allow
	NoWait     bool          // stop where there is only waiting left

	seq    int
	waited time.Duration
}

// Survey observes every node at once and changes nothing. Needs order what is
// done, not what is looked at: the steps share one reading of the world, the
// caller's if ctx holds one. The findings come in the order of the plan's nodes.
func (e *Engine) Survey(ctx context.Context, p Plan) ([]Finding, error) {
	if _, ok := ctx.Value(readingKey{}).(*reading); !ok {
		ctx = WithReading(ctx)
	}
	return e.survey(ctx, p, func(Node, Finding) {})
}

type observed struct {
	i int
	f Finding
}

func (e *Engine) survey(ctx context.Context, p Plan, seen func(Node, Finding)) ([]Finding, error) {
	ch := make(chan observed, len(p.Nodes))
	for i, n := range p.Nodes {
		go func() { ch <- observed{i, observe(ctx, n.Step)} }()
	}
	fs := make([]Finding, len(p.Nodes))
	for range p.Nodes {
		o := <-ch
		fs[o.i] = o.f
		seen(p.Nodes[o.i], o.f)
	}
	if ctx.Err() != nil {
		return fs, context.Cause(ctx)
	}
	return fs, nil
}

// observe looks once. A step that panics has found out nothing.
func observe(ctx context.Context, s Step) (f Finding) {
	defer func() {
		if v := recover(); v != nil {
			f = Finding{Status: Unknown, Text: "cannot tell: a fault in this program", Problem: bug(v)}
		}
		if ctx.Err() != nil {
			f.Status = Unknown
		}
		if f.At.IsZero() {
			f.At = ReadAt(ctx)
		}
	}()
	return s.Observe(ctx)
}

func bug(v any) *Problem {
	return &Problem{Code: CodeBug, Class: ClassBug, Text: fmt.Sprintf("This program has a fault: %v", v), Now: []string{"what this step shows of the world is not known"},
		Retry: RetryUnknown, Next: []string{"ferry status"}, Err: fmt.Errorf("panic: %v", v)}
}

// wall is the wall clock alone: ages must grow while the machine sleeps, which
// Go's monotonic reading does not.
func wall() time.Time { return time.Now().Round(0) }

func (e *Engine) emit(ev Event) {
	e.seq++
	ev.Seq = e.seq
	if e.Sink != nil {
		e.Sink(ev)
	}
}

// Undo takes back the effect of one node, after a yes, if its step knows how.
func (e *Engine) Undo(ctx context.Context, p Plan, id ID) error {
	n, ok := p.Node(id)
	u, can := n.Step.(Undoer)
	if !ok || !can {
		return &Problem{Code: CodeUsage, Class: ClassUsage, Text: fmt.Sprintf("Step %q cannot be undone", id), Retry: RetrySafe}
	}
	r := newRun(e, p)
	f := r.look(ctx, n)
	if f.Status == Todo {
		return nil
	}
	if err := r.ask(ctx, Question{Plan: p.Title, Node: n, Finding: f}); err != nil {
		return err
	}
	e.emit(Event{Kind: KindRun, Step: id, Text: "undo"})
	err := u.Undo(WithReading(ctx), func(line string) { e.emit(Event{Kind: KindLine, Step: id, Line: line}) })
	e.emit(Event{Kind: KindRan, Step: id, Text: errText(err)})
	if f := r.look(ctx, n); f.Status != Todo {
		return notLanded(n, f, err, r.goOn())
	}
	return nil
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// same says whether two findings tell a person the same. When they were read
// does not count: looking again is no news.
func same(a, b Finding) bool {
	return reflect.DeepEqual(timeless(a), timeless(b))
}

func timeless(f Finding) Finding {
	f.At = time.Time{}
	facts := make([]Fact, len(f.Facts))
	for i, fact := range f.Facts {
		fact.ReadAt = time.Time{}
		facts[i] = fact
	}
	f.Facts = facts
	return f
}
