package flow

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// answerTime bounds how long an attempt that others feel may go on after its
// context was cancelled: cutting it at once would leave its outcome unseen.
const answerTime = 10 * time.Second

// run is one walk through a plan.
type run struct {
	*Engine
	plan    Plan
	found   map[ID]Finding
	acted   []Node
	covered bool // the one gate was passed
	moved   bool // something ran since the survey, so its findings are old
}

func newRun(e *Engine, p Plan) *run {
	return &run{Engine: e, plan: p, found: map[ID]Finding{}}
}

// Run brings the plan about from wherever the world stands. Calling it again
// is how to resume. It returns nil when nothing is left to do, a *Problem where
// the plan stopped, or the cause with which ctx was cancelled.
func (e *Engine) Run(ctx context.Context, p Plan) error {
	e.waited = 0
	r := newRun(e, p)
	if _, err := e.survey(WithReading(ctx), p, r.saw); err != nil {
		return err
	}
	if err := r.walk(ctx); err != nil {
		return r.stop(ctx, err)
	}
	e.emit(Event{Kind: KindDone})
	return r.settle(ctx)
}

func (r *run) stop(ctx context.Context, err error) error {
	var p *Problem
	switch {
	case errors.As(err, &p):
		r.emit(Event{Kind: KindProblem, Problem: p})
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return err
}

// saw takes a finding in and tells of it if it is news.
func (r *run) saw(n Node, f Finding) {
	old, seen := r.found[n.ID]
	r.found[n.ID] = f
	if !seen || !same(old, f) {
		r.emit(Event{Kind: KindObserved, Step: n.ID, Finding: &f})
	}
}

// look observes a node in a reading of its own.
func (r *run) look(ctx context.Context, n Node) Finding {
	f := observe(WithReading(ctx), n.Step)
	r.saw(n, f)
	return f
}

func (r *run) walk(ctx context.Context) error {
	counts := r.plan.Counts(r.found)
	if err := r.blocked(counts); err != nil {
		return err
	}
	for _, n := range r.plan.Nodes {
		if !counts[n.ID] {
			continue
		}
		if err := r.node(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// blocked stops before anything runs if a later node is known to fail: a push
// must not happen when the survey already shows why it would be in vain.
func (r *run) blocked(counts map[ID]bool) error {
	for _, n := range r.plan.Nodes {
		f := r.found[n.ID]
		if counts[n.ID] && (f.Status == Failed || f.Status == Conflict) {
			return problem(n, f)
		}
		if counts[n.ID] && f.Status == Unknown && !waits(n) {
			return problem(n, f)
		}
	}
	return nil
}

// waits says whether the node is one that is looked at again and again.
func waits(n Node) bool { return n.Every > 0 }

func (r *run) node(ctx context.Context, n Node) error {
	f := r.found[n.ID]
	if r.moved || r.stale(f) || r.waited > 0 && f.Status == Todo { // what was waited for may have settled it
		f = r.look(ctx, n)
	}
	if f.Status == Todo {
		var err error
		if f, err = r.act(ctx, n, f); err != nil {
			return err
		}
	}
	return r.await(ctx, n, f)
}

// act makes the node's one attempt and says what was seen after it.
func (r *run) act(ctx context.Context, n Node, f Finding) (Finding, error) {
	f, err := r.agreed(ctx, n, f)
	if err != nil || f.Status != Todo {
		return f, err
	}
	ranErr := r.attempt(ctx, n)
	f = r.outcome(ctx, n)
	switch {
	case ctx.Err() != nil:
		r.lastLook(ctx, n)
		return f, context.Cause(ctx)
	case f.Status == Todo:
		return f, notLanded(n, f, ranErr, r.goOn())
	}
	return f, nil
}

// agreed asks, and reads again what the answer stood on. Who agreed to a diff is
// asked again for another one.
func (r *run) agreed(ctx context.Context, n Node, f Finding) (Finding, error) {
	for {
		if err := r.gate(ctx, n, f); err != nil {
			return f, err
		}
		now, err := r.freshen(ctx, n)
		if err != nil || now.Status != Todo || sameDiff(f.Diff, now.Diff) {
			return now, err
		}
		f = now
	}
}

func sameDiff(a, b *Diff) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// outcome looks after an attempt: twice, if nothing has come of it at first.
func (r *run) outcome(ctx context.Context, n Node) Finding {
	if ctx.Err() != nil {
		return r.found[n.ID]
	}
	f := r.look(ctx, n)
	if f.Status == Todo && pause(ctx, r.SecondLook) == nil {
		f = r.look(ctx, n)
	}
	return f
}

// freshen reads again, last thing before the attempt, everything the node needs
// that is too old to act on, and the node itself, whatever its age.
func (r *run) freshen(ctx context.Context, n Node) (Finding, error) {
	ctx = WithReading(ctx)
	for _, id := range n.Needs {
		need, _ := r.plan.Node(id)
		if f := r.found[id]; f.Status == Done && !r.stale(f) {
			continue
		}
		f := observe(ctx, need.Step)
		r.saw(need, f)
		if f.Status != Done {
			return r.found[n.ID], problem(need, f)
		}
	}
	f := observe(ctx, n.Step)
	r.saw(n, f)
	return f, nil
}

// stale says whether a finding is too old to act on. One from a time to come is
// of no known age: somebody turned the clock.
func (r *run) stale(f Finding) bool {
	age := wall().Sub(f.At)
	return age < 0 || age > r.Fresh
}

// attempt calls the step's Run once. What others feel is not cut off in the
// middle when ctx is cancelled; it gets answerTime for the answer to come.
func (r *run) attempt(ctx context.Context, n Node) (err error) {
	r.moved, r.acted = true, append(r.acted, n)
	r.emit(Event{Kind: KindRun, Step: n.ID})
	if n.Effect == Shared || n.Effect == Permanent {
		var cancel func()
		ctx, cancel = lingering(ctx)
		defer cancel()
	}
	defer func() {
		if v := recover(); v != nil {
			err = bug(v)
		}
		r.emit(Event{Kind: KindRan, Step: n.ID, Text: errText(err)})
	}()
	return n.Step.Run(WithReading(ctx), func(line string) {
		r.emit(Event{Kind: KindLine, Step: n.ID, Line: line})
	})
}

// lingering is a context that ends answerTime after its parent does.
func lingering(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		t := time.NewTimer(answerTime)
		defer t.Stop()
		select {
		case <-t.C:
			cancel(context.Cause(parent))
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel(nil) }
}

// lastLook says whether an attempt landed, where ctx was cancelled before the
// look after it was over.
func (r *run) lastLook(ctx context.Context, n Node) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
	defer cancel()
	r.look(ctx, n)
}

// settle looks once more, some time later, at what this run changed: a request
// that was thought lost can still arrive. The plan is done by then; a cancelled
// wait leaves it done.
func (r *run) settle(ctx context.Context) error {
	for _, n := range r.acted {
		if n.Settle == 0 {
			continue
		}
		if pause(ctx, n.Settle) != nil {
			return nil
		}
		f := r.look(ctx, n)
		if f.Status != Done && f.Status != Unknown && ctx.Err() == nil {
			return r.stop(ctx, cameBack(n, f))
		}
		if f.Status == Done {
			r.emit(Event{Kind: KindLine, Step: n.ID, Line: fmt.Sprintf("looked again after %v: %s", n.Settle, f.Text)})
		}
	}
	return nil
}

// cameBack: what was done is undone again, by a request that arrived late or by
// somebody else.
func cameBack(n Node, f Finding) *Problem {
	if f.Status != Todo {
		return problem(n, f)
	}
	return &Problem{Code: CodeGhost, Class: ClassConflict, Text: n.Title + ": it was done, and is undone again",
		Now: []string{"everything else is done and proved", f.Text}, Retry: RetrySafe,
		Next: []string{"ferry status", Shell(n.Command())}}
}

// problem is the finding's own, or the plainest true one.
func problem(n Node, f Finding) *Problem {
	if f.Problem != nil {
		return f.Problem
	}
	p := &Problem{Code: string(n.ID), Text: f.Text, Now: []string{"nothing was done on a guess"}, Retry: RetryUnknown, Next: []string{"ferry status"}}
	switch f.Status {
	case Conflict:
		p.Class = ClassConflict
	case Failed:
		p.Class = ClassFailed
	case Underway:
		p.Class = ClassWaiting
	default:
		p.Class = ClassUnknown
	}
	return p
}

// notLanded is what a step ends with that is still to do after its attempt and
// one more look. If the attempt said why, that is the problem.
func notLanded(n Node, f Finding, err error, goOn string) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	text := fmt.Sprintf("%s: it did not land", n.Title)
	if err != nil {
		text = fmt.Sprintf("%s: it did not land: %v", n.Title, err)
	}
	return &Problem{Code: CodeNotLanded, Class: ClassFailed, Text: text, Now: []string{f.Text},
		Retry: RetrySafe, Next: []string{goOn}, Err: err}
}
