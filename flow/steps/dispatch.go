package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
)

// Dispatch: the workflow runs, or ran, at our commit, because somebody started it by
// hand. It is started once, by whoever made the newest claim: the claim is the lock.
type Dispatch struct {
	World  World
	Target Target

	// asked is set when the request of this step may have landed: it is sent once.
	asked *atomic.Bool
	// joined is set when this step was seen to wait for another run's start.
	joined *atomic.Bool
}

// NewDispatch makes the step.
func NewDispatch(w World, t Target) Dispatch {
	return Dispatch{w, t, new(atomic.Bool), new(atomic.Bool)}
}

// Observe reads all witnesses.
func (s Dispatch) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if e.buildsErr == nil && len(e.ours()) > 0 {
		return s.runs(e.ours())
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	switch {
	case e.published() && e.mine():
		return done("it was started at %s: its files are on %s", short(s.Target.Commit), s.World.Index.Label())
	case e.published():
		return conflict(s.World.taken(e))
	}
	if p := s.World.unsettled(ctx, e); p != nil {
		return conflict(p)
	}
	if s.asked.Load() {
		return flow.Finding{Status: flow.Underway, Text: "asked for; CI does not show the run yet", Problem: s.unseen()}
	}
	for _, p := range []*flow.Problem{s.World.notTip(e), s.World.rival(ctx, e)} {
		if p != nil {
			return conflict(p)
		}
	}
	return s.due(ctx, e)
}

// runs: somebody started it, whoever that was and whatever came of it.
func (s Dispatch) runs(ours []build) flow.Finding {
	b := ours[len(ours)-1]
	f := done("started at %s: %s #%s", short(s.Target.Commit), b.provider.Name(), b.Number)
	if b.By != "" {
		f.Text += ", by " + b.By
	}
	for _, o := range ours {
		f.Proof = append(f.Proof, flow.Proof{What: fmt.Sprintf("%s #%s of %s, started by hand", o.provider.Name(), o.Number, o.SHA), Where: o.URL})
	}
	return f
}

// due: nothing runs, and nothing stands in the way. Who did not make the newest claim
// waits for whoever did, until that is too long ago to come to anything.
func (s Dispatch) due(ctx context.Context, e evidence) flow.Finding {
	if c := e.claimAtCommit(); c != nil && !s.World.own(ctx, c) {
		p := s.World.awaited(ctx, s.Target, c)
		switch {
		case !s.World.lapsed(ctx, e, c):
			s.joined.Store(true)
			return flow.Finding{Status: flow.Underway, Text: p.Text, Problem: p}
		case s.joined.Load(): // the claim comes before this step, and is looked at by the next run
			p.Next = []string{"ferry release --by dispatch"}
			return failed(p)
		}
	}
	return todo("start %s on %s at %s", s.Target.Workflow(), s.Target.ShortRef(), short(s.Target.Commit))
}

func (s Dispatch) spec() ci.DispatchSpec { return s.Target.spec() }

// Run asks once. A request whose answer is lost is found by the next look, or is
// not made again by this run.
func (s Dispatch) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("dispatch: %s", f.Text)
	}
	if c := s.World.look(ctx, s.Target, theRefs).newest(); c == nil || c.commit != s.Target.Commit || !s.World.own(ctx, c) {
		return fmt.Errorf("dispatch: this run has no claim on %s", short(s.Target.Commit))
	}
	d := s.World.dispatcher(s.Target.Start.Provider)
	if d == nil || len(s.Target.Start.Files) != 1 || s.Target.Start.Unfit != nil || s.asked.Swap(true) {
		return errors.New("dispatch: it cannot be asked for")
	}
	log("asking " + s.Target.Start.Provider + " to start " + s.Target.Workflow() + " on " + s.Target.ShortRef())
	err := d.Dispatch(ctx, s.spec())
	if p := s.refused(err); p != nil {
		s.asked.Store(false)
		return p
	}
	return err
}

// Command is what a person would type.
func (s Dispatch) Command() []string {
	d := s.World.dispatcher(s.Target.Start.Provider)
	if d == nil || len(s.Target.Start.Files) != 1 {
		return nil
	}
	return d.DispatchCommand(s.spec())
}

// Reversal: what the run does not upload leaves nothing.
func (Dispatch) Reversal() flow.Reversal {
	return compensated("cancelling the run, until its upload starts")
}

// own says whether a claim was made by this very run of ferry.
func (w World) own(ctx context.Context, c *claim) bool {
	t, err := flow.Read(ctx, readingOf{"tag", c.tag}, func(ctx context.Context) (gitops.Tag, error) {
		return w.Remote.Tag(ctx, c.tag)
	})
	if err != nil || w.RunID == "" {
		return false
	}
	for line := range strings.Lines(t.Message) {
		if strings.TrimSpace(line) == "run "+w.RunID {
			return true
		}
	}
	return false
}

// lapsed says whether a claim for a dispatch came to nothing: its time of grace is
// over, and no run of its commit was ever seen. Then the next number is taken, which
// only one can have.
func (w World) lapsed(ctx context.Context, e evidence, c *claim) bool {
	if e.target.By != ByDispatch || e.buildsErr != nil || len(e.ours()) > 0 || e.published() || e.indexErr() != nil || w.own(ctx, c) {
		return false
	}
	_, when := w.holder(ctx, c)
	return !w.inGrace(when)
}
