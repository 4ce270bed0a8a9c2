package cli

import (
	"context"
	"slices"
	"sync"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/plans"
	"ferry/ui"
)

// salvage is what the screen of a recovery stands on. Following a log goes on beside
// the rest, hence the lock.
type salvage struct {
	Desk
	mu      sync.Mutex
	targets []plans.Target
	plan    flow.Plan // of the way that was begun last
	state   string    // as it was found last
	took    bool      // a way was carried out
}

// showRescue shows what is half done on the screen. Left without a way taken, the
// exit code is that of the state, as without a screen.
func (c *commands) showRescue(ctx context.Context, version string) error {
	s := &screen{version: version}
	err := c.screen(ctx, s, ui.StartRecover)
	if s.salvage == nil || err != nil {
		return err
	}
	s.salvage.mu.Lock()
	defer s.salvage.mu.Unlock()
	if code := board.State(s.salvage.state).ExitCode(); s.salvage.state != "" && !s.salvage.took && code != 0 {
		return exitCode(code)
	}
	return nil
}

// recovering opens the project for what is half done of it.
func (s *screen) recovering(ctx context.Context, ask ui.Person) (*ui.Recovering, error) {
	s.ask = ask
	ctx = flow.WithReading(ctx)
	d, err := s.commands.open(ctx)
	if err != nil {
		return nil, asProblem(err)
	}
	w := &salvage{Desk: d}
	if _, err := s.search(ctx, w); err != nil {
		return nil, asProblem(err)
	}
	s.salvage = w
	out := &ui.Recovering{Dir: s.tilde(d.Root), Remote: d.Remote, RemoteURL: d.RemoteURL, Index: d.IndexLabel, Versions: w.versions(s.version), Fails: plans.LogFails,
		Diagnose: func(ctx context.Context, version string) (flow.Recovery, error) { return s.diagnose(ctx, w, version) },
		Run: func(ctx context.Context, r flow.Recovery, way flow.WayOut, sink flow.Sink, ask flow.Ask) error {
			return s.takeOut(ctx, w, r, way, sink, ask)
		},
		Follow:  w.follow,
		Trigger: func(version string) string { return w.voyage(version, flow.Plan{}).trigger() },
		Links:   func(version string) map[string]string { return w.voyage(version, flow.Plan{}).links() },
	}
	out.Project = s.nameOf(ctx, w)
	return out, nil
}

// nameOf is the project's name: of what is in flight, else of the checked-out commit.
func (s *screen) nameOf(ctx context.Context, w *salvage) string {
	if len(w.targets) > 0 {
		return w.targets[0].Name
	}
	t, _ := w.World.Aim(ctx, s.intent(w.Config, ""), w.Head) // without a name nothing was looked for
	return t.Name
}

// search finds what is in flight. What was found before stays known: a release that
// was just finished is looked at once more.
func (s *screen) search(ctx context.Context, w *salvage) (found []plans.Target, err error) {
	found, err = w.World.InFlight(ctx, s.intent(w.Config, ""), w.Head)
	if err != nil {
		return nil, err
	}
	now := slices.Clone(found)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.targets {
		if !slices.ContainsFunc(found, func(n plans.Target) bool { return n.Version == t.Version }) {
			found = append(found, t)
		}
	}
	w.targets = found
	return now, nil
}

// versions are those in flight, or only the one that was named if it is.
func (w *salvage) versions(named string) (out []string) {
	for _, t := range w.targets {
		if t.Version == named {
			return []string{named}
		}
		out = append(out, t.Version)
	}
	return out
}

func (w *salvage) voyage(version string, p flow.Plan) voyage {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := voyage{Desk: w.Desk, plan: p}
	if i := slices.IndexFunc(w.targets, func(t plans.Target) bool { return t.Version == version }); i >= 0 {
		v.target = w.targets[i]
	}
	return v
}

// diagnose reads everything anew: others may have gone on.
func (s *screen) diagnose(ctx context.Context, w *salvage, version string) (flow.Recovery, error) {
	ctx = flow.WithReading(ctx)
	found, err := s.search(ctx, w)
	if err != nil {
		return flow.Recovery{}, asProblem(err)
	}
	r, err := plans.Recover(ctx, w.World, w.voyage(version, flow.Plan{}).target, s.recoverLogin(w.Desk))
	if err != nil {
		return r, asProblem(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = r.State
	if !slices.ContainsFunc(found, func(t plans.Target) bool { return t.Version == version }) {
		r = over(r)
	}
	return r, nil
}

// over is a release that was in flight and is not any more: no way is left to take.
func over(r flow.Recovery) flow.Recovery {
	r.Options, r.NotOffered, r.Missing, r.Problem, r.Deadline = nil, nil, nil, nil, time.Time{}
	if board.State(r.State) != board.AllDone {
		r.Summary = "Nothing of " + r.Version + " is half done any more"
	}
	return r
}

// takeOut carries a way out, and tells the events and the journal of it.
func (s *screen) takeOut(ctx context.Context, w *salvage, r flow.Recovery, way flow.WayOut, sink flow.Sink, ask flow.Ask) error {
	v := w.voyage(r.Version, way.Plan)
	f, err := s.told(v)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.plan, w.took = way.Plan, true
	w.mu.Unlock()
	return s.engine(v, func(ev flow.Event) { f.sink(ev); sink(ev) }, ask).Run(ctx, way.Plan)
}

// told opens what is told of the runs of this screen, or turns it to another release.
func (s *screen) told(v voyage) (*faces, error) {
	if s.faces != nil {
		if s.faces.journal != nil {
			_ = s.faces.journal.Close()
		}
		for _, j := range s.faces.json {
			j.About(v.target.Commit, v.links())
			j.Plan(v.plan)
		}
		s.faces.record(v)
		return s.faces, nil
	}
	f, err := s.commands.faces(v, v.plan, "recover", faceTUI)
	if err == nil {
		f.record(v)
		s.faces = f
	}
	return f, err
}

// follow is the log of a job of the way that was begun last.
func (w *salvage) follow(ctx context.Context, job string, log flow.Log) error {
	w.mu.Lock()
	n, _ := w.plan.Node(flow.AwaitCI)
	w.mu.Unlock()
	if f, ok := n.Step.(flow.Follower); ok {
		return f.Follow(ctx, job, log)
	}
	return nil
}

// mostInFlight bounds what home says of what is half done.
const mostInFlight = 3

// halfDone is what home says of it: each in a line. It reads what the survey read.
func (s *screen) halfDone(ctx context.Context) (lines []string, searched bool) {
	found, err := s.v.World.InFlight(ctx, s.intent(s.v.Config, ""), s.v.Head)
	if err != nil {
		return nil, false
	}
	for _, t := range found[:min(len(found), mostInFlight)] {
		r, err := s.v.World.Diagnose(ctx, t)
		if err != nil {
			return nil, false
		}
		lines = append(lines, r.Summary)
	}
	return lines, true
}

// watch opens the release that is in the way, as status --follow does. Its run only
// looks.
func (s *screen) watch(ctx context.Context, _ ui.Person) (*ui.Session, error) {
	v, err := s.find(flow.WithReading(ctx))
	if err != nil {
		return nil, asProblem(err)
	}
	v.plan = plans.Follow(v.plan)
	v = v.patient()
	run := func(ctx context.Context, sink flow.Sink, _ flow.Ask) error {
		return s.engine(v, sink, nil).Run(ctx, v.plan)
	}
	return s.sessionOf(v, run), nil
}

// sessionOf is what every release on the screen has.
func (s *screen) sessionOf(v voyage, run func(context.Context, flow.Sink, flow.Ask) error) *ui.Session {
	out := &ui.Session{Project: v.target.Name, Version: v.target.Version, Commit: v.target.Commit, Subject: v.target.Subject, Branch: v.Branch, Dir: s.tilde(v.Root),
		Remote: v.Remote, RemoteURL: v.RemoteURL, Index: v.IndexLabel, Trigger: v.trigger(), Plan: v.plan, Run: run, Links: v.links, Fails: plans.LogFails}
	if n, ok := v.plan.Node(flow.AwaitCI); ok {
		if f, ok := n.Step.(flow.Follower); ok {
			out.Follow = f.Follow
		}
	}
	return out
}

// undo takes a step of the release back, if its step can.
func (s *screen) undo(ctx context.Context, id flow.ID, sink flow.Sink, ask flow.Ask) error {
	if err := s.opened(); err != nil {
		return err
	}
	return s.engine(s.v, func(ev flow.Event) { s.faces.sink(ev); sink(ev) }, ask).Undo(ctx, s.v.plan, id)
}
