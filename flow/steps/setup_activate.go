package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// ActivateCI: the chosen CI knows the repository, builds it, and builds pushes.
type ActivateCI struct {
	yard  Yard
	setup Setup

	mu     sync.Mutex
	synced bool       // it has looked at the git host for us
	made   activation // what Run switched
}

// activation is what is to be switched, or was.
type activation struct{ sync, active, pushes bool }

// NewActivateCI makes the step.
func NewActivateCI(y Yard, s Setup) *ActivateCI { return &ActivateCI{yard: y, setup: s} }

// Observe asks CI how it has the repository.
func (s *ActivateCI) Observe(ctx context.Context) flow.Finding {
	f, _ := s.judge(ctx)
	return f
}

// judge gives besides what is to be switched.
func (s *ActivateCI) judge(ctx context.Context) (flow.Finding, activation) {
	inspector, ok := s.yard.Service.(ci.Inspector)
	if !ok {
		return conflict(s.yard.lacking("be asked about a repository")), activation{}
	}
	p, err := flow.Read(ctx, readingOf{"project", s.yard.service()}, inspector.Inspect)
	if err == nil {
		err = context.Cause(ctx)
	}
	var none *ci.NotFoundError
	switch {
	case errors.As(err, &none):
		return s.unknownThere(ctx, none)
	case err != nil:
		return foundProblem(s.yard.serviceProblem(err)), activation{}
	}
	return s.known(ctx, p)
}

// unknownThere: the repository is not known, or not shown to who asks.
func (s *ActivateCI) unknownThere(ctx context.Context, none *ci.NotFoundError) (flow.Finding, activation) {
	syncer, ok := s.yard.Service.(ci.Syncer)
	if !ok {
		return foundProblem(s.yard.serviceProblem(none)), activation{}
	}
	if _, err := syncer.Account(ctx); err != nil {
		return foundProblem(s.yard.serviceProblem(err)), activation{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.synced {
		return failed(s.unseen(none)), activation{}
	}
	return todo("have %s look at the git host for the repository, then build it, and its pushes", s.yard.service()), activation{sync: true}
}

// unseen: not even a look at the git host has shown the repository.
func (s *ActivateCI) unseen(none *ci.NotFoundError) *flow.Problem {
	p := s.yard.serviceProblem(none)
	p.Text += ", also after a look at the git host: let its app see the repository there"
	p.Now = []string{"it has looked at the git host; nothing else was changed"}
	return p
}

// known judges a repository that CI shows.
func (s *ActivateCI) known(ctx context.Context, p ci.Project) (flow.Finding, activation) {
	var words []string
	need := activation{active: !p.Active, pushes: p.PushBuilds != nil && !*p.PushBuilds}
	if need.active {
		words = append(words, "have "+s.yard.service()+" build "+p.Slug)
	}
	if need.pushes {
		words = append(words, `switch "Build pushed branches" on`)
	}
	if len(words) > 0 {
		if p := s.mayAct(ctx); p != nil {
			return foundProblem(p), activation{}
		}
		return todo("%s; from then on it builds every push", strings.Join(words, ", and ")), need
	}
	f := done("%s builds %s, and its pushes", s.yard.service(), p.Slug)
	f.Proof = []flow.Proof{{What: "the repository is active", Where: p.URL}}
	if p.PushBuilds == nil {
		f.Text = s.yard.service() + " builds " + p.Slug + `; not checked: "Build pushed branches"`
		f.Warning = `whether "Build pushed branches" is on is not shown; it has to be, in ` + s.yard.page("")
	}
	return f, activation{}
}

// mayAct says why nothing can be switched, as far as the account tells.
func (s *ActivateCI) mayAct(ctx context.Context) *flow.Problem {
	if _, ok := s.yard.Service.(ci.Activator); !ok {
		return s.yard.lacking("be switched on")
	}
	syncer, ok := s.yard.Service.(ci.Syncer)
	if !ok {
		return nil
	}
	if _, err := syncer.Account(ctx); err != nil {
		return s.yard.serviceProblem(err)
	}
	return nil
}

// Run switches what is off.
func (s *ActivateCI) Run(ctx context.Context, log flow.Log) error {
	f, need := s.judge(ctx)
	if f.Status != flow.Todo {
		return undone("switched", f)
	}
	if need.sync {
		if err := s.sync(ctx, log); err != nil {
			return s.yard.serviceProblem(err)
		}
		if f, need = s.judge(flow.WithReading(ctx)); f.Status != flow.Todo {
			return undone("switched", f)
		}
	}
	if need.active {
		if err := s.activate(ctx, log); err != nil {
			return s.yard.serviceProblem(err)
		}
		_, need = s.judge(flow.WithReading(ctx)) // whether pushes are built is told only now
	}
	if need.pushes {
		return s.buildPushes(ctx, log)
	}
	return nil
}

// undone is why a step did nothing: the problem of what it found, if that has one.
func undone(what string, f flow.Finding) error {
	if f.Problem != nil {
		return f.Problem
	}
	return fmt.Errorf("nothing is %s: %s", what, f.Text)
}

func (s *ActivateCI) activate(ctx context.Context, log flow.Log) error {
	if err := s.yard.Service.(ci.Activator).SetActive(ctx, true); err != nil {
		return err
	}
	s.mu.Lock()
	s.made.active = true
	s.mu.Unlock()
	log(s.yard.service() + " builds the repository from now on")
	return nil
}

func (s *ActivateCI) buildPushes(ctx context.Context, log flow.Log) error {
	if err := s.yard.Service.(ci.Activator).SetPushBuilds(ctx, true); err != nil {
		return s.yard.serviceProblem(err)
	}
	s.mu.Lock()
	s.made.pushes = true
	s.mu.Unlock()
	log(`"Build pushed branches" is on`)
	return nil
}

// syncLimit is how long a look at the git host is waited for.
const syncLimit = 2 * time.Minute

// sync has CI look at the git host, and waits until it has.
func (s *ActivateCI) sync(ctx context.Context, log flow.Log) error {
	syncer := s.yard.Service.(ci.Syncer)
	var busy *ci.ConflictError
	if err := syncer.Sync(ctx); err != nil && !errors.As(err, &busy) {
		return err
	}
	log(s.yard.service() + " looks at the git host")
	for began := time.Now(); ; {
		a, err := syncer.Account(ctx)
		switch {
		case err != nil:
			return err
		case !a.Syncing:
			s.mu.Lock()
			s.synced = true
			s.mu.Unlock()
			log(s.yard.service() + " has looked, as " + a.Login)
			return nil
		case time.Since(began) > syncLimit:
			return s.stillLooks()
		}
		if err := waitFor(ctx, s.yard.Waits.Every); err != nil {
			return err
		}
	}
}

func (s *ActivateCI) stillLooks() *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupCILooks, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: s.yard.service() + " still looks at the git host", Now: []string{"nothing else was changed"}, Next: []string{"ferry onboard"}}
}

// waitFor waits for a while, or until ctx ends.
func waitFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Undo switches off what Run switched on. A look at the git host changed nothing.
func (s *ActivateCI) Undo(ctx context.Context, log flow.Log) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.made.active && !s.made.pushes {
		return elsewhere("That "+s.yard.service()+" builds the repository", s.yard.open(""))
	}
	a := s.yard.Service.(ci.Activator)
	if s.made.pushes {
		if err := a.SetPushBuilds(ctx, false); err != nil {
			return s.yard.serviceProblem(err)
		}
		s.made.pushes = false
		log(`"Build pushed branches" is off again`)
	}
	if s.made.active {
		if err := a.SetActive(ctx, false); err != nil {
			return s.yard.serviceProblem(err)
		}
		s.made.active = false
		log(s.yard.service() + " no longer builds the repository")
	}
	return nil
}
