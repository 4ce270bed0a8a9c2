package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	"ferry/flow"
)

// Recovering is a project of which releases may be half done. Its texts may come
// from outside.
type Recovering struct {
	Project, Dir, Remote, RemoteURL string
	Index                           string   // what people call it
	Versions                        []string // in flight, newest first; empty: nothing to recover

	// Diagnose says what is true of a version and which ways lead out. It only
	// reads, and takes no longer than a reading of the world may.
	Diagnose func(ctx context.Context, version string) (flow.Recovery, error)
	// Run carries out the plan of a way; calling it again is how to resume.
	Run    func(ctx context.Context, r flow.Recovery, way flow.WayOut, sink flow.Sink, ask flow.Ask) error
	Follow func(ctx context.Context, job string, log flow.Log) error // the log of a job of the way that was begun last; nil: none

	Trigger func(version string) string            // what started it, "branch pypi-release"
	Links   func(version string) map[string]string // pages by name: "project", "ci", "simple"
	Fails   func(line string) bool                 // whether a line of a log tells of a failure
}

// What the driver sends of a project that is recovered.
type (
	recoveringMsg struct {
		o   *Recovering
		err error
	}
	diagnosedMsg struct {
		turn int // which diagnosis; what an earlier one sends is dropped
		d    *diagnosis
		err  error
	}
)

// diagnosis is a recovery, ready to be drawn. What goes back is as it came.
type diagnosis struct {
	flow.Recovery
	raw     flow.Recovery
	ways    []shownWay
	pages   []string // that a browser may open
	trigger string
	at      time.Time // when it was read
}

// shownWay is a way out as it is shown; its commands were asked for once.
type shownWay struct {
	flow.WayOut
	command string
	acts    map[flow.ID]act
}

func (d *driver) recovering(open func(context.Context, Person) (*Recovering, error)) {
	d.do(func(ctx context.Context) {
		var msg recoveringMsg
		msg.err = guarded(func() error { return msg.open(ctx, d, open) })
		if ctx.Err() == nil {
			d.send(msg)
		}
	})
}

func (msg *recoveringMsg) open(ctx context.Context, d *driver, open func(context.Context, Person) (*Recovering, error)) error {
	o, err := open(ctx, d)
	if err != nil {
		return err
	}
	if o == nil || o.Diagnose == nil || o.Run == nil {
		return errors.New("nothing to recover")
	}
	c := *o
	for _, t := range []*string{&c.Project, &c.Dir, &c.Remote, &c.RemoteURL, &c.Index} {
		*t = line(*t)
	}
	if c.Index == "" {
		c.Index = "index"
	}
	msg.o = &c
	return nil
}

func (d *driver) diagnose(o *Recovering, version string, turn int) {
	d.do(func(ctx context.Context) {
		msg := diagnosedMsg{turn: turn}
		msg.err = guarded(func() (err error) { msg.d, err = diagnose(ctx, o, version, d.now); return err })
		if ctx.Err() == nil {
			d.send(msg)
		}
	})
}

func diagnose(ctx context.Context, o *Recovering, version string, now func() time.Time) (*diagnosis, error) {
	r, err := o.Diagnose(ctx, version)
	if err != nil {
		return nil, err
	}
	out := &diagnosis{Recovery: cleanRecovery(r), raw: r, at: now(), pages: pagesOf(r), trigger: r.Plan}
	if o.Trigger != nil {
		out.trigger = o.Trigger(version)
	}
	out.trigger = line(out.trigger)
	if o.Links != nil {
		for _, name := range []string{"ci", "project"} {
			if u := o.Links(version)[name]; isPage(u) {
				out.pages = append(out.pages, line(u))
			}
		}
	}
	for i, w := range r.Options {
		s := shownWay{WayOut: out.Options[i], command: line(flow.Shell(w.Command)), acts: map[flow.ID]act{}}
		for _, n := range w.Plan.Nodes {
			s.acts[n.ID] = actOf(n)
		}
		out.ways = append(out.ways, s)
	}
	return out, nil
}

// pagesOf are the pages where the witnesses can be read again: CI's come first.
func pagesOf(r flow.Recovery) (out []string) {
	for _, f := range slices.Concat(witnessed(r, "ci"), witnessed(r, "index")) {
		if isPage(f.Where) {
			out = append(out, line(f.Where))
		}
	}
	return out
}

func witnessed(r flow.Recovery, kind string) (out []flow.Fact) {
	for _, f := range r.Witnesses {
		if witnessKind(f) == kind {
			out = append(out, f)
		}
	}
	return out
}

// mostWays bounds what is chosen by a digit.
const mostWays = 9

// cleanRecovery gives one whose texts can be drawn.
func cleanRecovery(r flow.Recovery) flow.Recovery {
	for _, t := range []*string{&r.Project, &r.Version, &r.Commit, &r.State, &r.Summary, &r.Who} {
		*t = line(*t)
	}
	f := cleanFinding(flow.Finding{Facts: r.Witnesses, Files: r.Files, Problem: r.Problem})
	r.Witnesses, r.Files, r.Problem = f.Facts, f.Files, f.Problem
	r.Done, r.Missing = lines(r.Done), lines(r.Missing)
	r.Options = slices.Clone(r.Options)
	for i := range r.Options {
		w := &r.Options[i]
		w.Effect = flow.Effect(line(string(w.Effect)))
		w.Text, w.Consequence, w.Why, w.Plan = line(w.Text), line(w.Consequence), line(w.Why), cleanPlan(w.Plan)
	}
	r.NotOffered = slices.Clone(r.NotOffered)
	for i := range r.NotOffered {
		r.NotOffered[i] = flow.NotOffered{ID: line(r.NotOffered[i].ID), Why: line(r.NotOffered[i].Why)}
	}
	return r
}
