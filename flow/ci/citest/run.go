package citest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// Push tells the server of a change of a ref, as a post-receive hook does. A
// new commit on a branch or tag starts what the CI files in it ask for. A
// deletion starts nothing, and jobs of Travis that start after it fail to clone.
func (s *Server) Push(ref, _, sha string) {
	s.mu.Lock()
	off := s.o.Script.HookOff || s.o.Script.NoPushes
	if strings.Trim(sha, "0") == "" {
		delete(s.refs, ref)
		for _, b := range s.builds {
			b.gone = b.gone || b.ref == ref
		}
		s.mu.Unlock()
		return
	}
	s.refs[ref] = sha
	s.mu.Unlock()
	if !off {
		s.Trigger("push", ref, sha)
	}
}

// Trigger starts what an event asks for: push, release or workflow_dispatch.
func (s *Server) Trigger(event, ref, sha string) { s.trigger(event, ref, sha, "") }

// trigger starts one file alone, where it is named.
func (s *Server) trigger(event, ref, sha, file string) {
	fsys, err := s.o.Checkout(sha)
	if err != nil {
		s.o.Log("checking out %s: %v", sha, err)
		return
	}
	files, err := rules.Scan(s.workflowsOf(fsys))
	if err != nil {
		s.o.Log("reading the CI files of %s: %v", sha, err)
		return
	}
	started := func(w rules.Workflow) bool { return starts(w, event, ref) }
	for _, w := range files.Workflows {
		if file != "" && w.File != file {
			continue
		}
		if w.Provider == onTravis && s.sleeps() {
			continue
		}
		if !started(w) {
			s.reject(w.Provider, ref, sha)
			continue
		}
		b := &build{provider: s.service(w.Provider), ref: ref, sha: sha, event: event, name: w.Name, path: w.File, by: "dana"}
		for _, d := range files.Deploys {
			own := d.File == w.File || !slices.ContainsFunc(files.Workflows, func(o rules.Workflow) bool { return o.File == d.File && started(o) })
			if d.Provider == w.Provider && own && starts(d, event, ref) {
				b.deploys = append(b.deploys, d)
			}
		}
		s.start(b)
	}
}

// starter is a Workflow or a Deploy.
type starter interface {
	OnBranch(name string) bool
	OnTag(name string) bool
	On(event string) bool
}

func starts(w starter, event, ref string) bool {
	if event != "push" {
		return w.On(event)
	}
	if branch, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return w.OnBranch(branch)
	}
	tag, ok := strings.CutPrefix(ref, "refs/tags/")
	return ok && w.OnTag(tag)
}

// start puts a new build into the queue.
func (s *Server) start(b *build) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.number, b.attempt = 1, 1
	for _, o := range s.builds {
		if o.provider == b.provider && o.path == b.path {
			b.number++
			if o.ref == b.ref {
				b.attempt += o.attempt
			}
		}
	}
	b.earlier = b.attempt - 1
	b.id, b.created = s.id(), s.o.Now()
	b.script = s.o.Script.attempt(b.attempt)
	if actions(b.provider) && len(b.deploys) == 0 { // a workflow beside the one that publishes
		b.script = Script{}.attempt(1)
	}
	for i, j := range b.script.Jobs {
		b.jobs = append(b.jobs, &job{id: s.id(), number: strconv.Itoa(b.number) + "." + strconv.Itoa(i+1), script: j})
	}
	s.builds = append(s.builds, b)
	s.queue(b, b.jobs)
}

// queue makes jobs wait for a machine, or first for a person. The caller holds
// the lock.
func (s *Server) queue(b *build, jobs []*job) {
	state := ci.StateQueued
	if b.provider == onGitHub {
		b.approval = b.script.Approval
	}
	if b.approval != nil {
		state = ci.StateApproval
	}
	b.state, b.started, b.ended = state, time.Time{}, time.Time{}
	for _, j := range jobs {
		j.state, j.started, j.ended, j.log, j.cuts, j.created = state, time.Time{}, time.Time{}, nil, nil, s.o.Now()
	}
	attempt := b.attempt
	switch {
	case b.approval == nil:
		s.schedule(b, jobs)
	case b.approval.After > 0:
		s.later(b.approval.After, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if b.attempt == attempt {
				s.approve(b)
			}
		})
	}
}

func (s *Server) schedule(b *build, jobs []*job) {
	attempt := b.attempt
	for _, j := range jobs {
		s.later(s.o.Script.Queue+j.script.Wait, func() { s.work(b, j, attempt) })
	}
}

// Approve lets everything go on that waits for a person.
func (s *Server) Approve() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.builds {
		s.approve(b)
	}
}

func (s *Server) approve(b *build) {
	if b.approval == nil {
		return
	}
	b.approval, b.state = nil, ci.StateQueued
	var waiting []*job
	for _, j := range b.jobs {
		if j.state == ci.StateApproval {
			j.state = ci.StateQueued
			waiting = append(waiting, j)
		}
	}
	s.schedule(b, waiting)
}

// restart begins a build anew under its old number; only the jobs that did not
// pass, if so wished. The caller holds the lock.
func (s *Server) restart(b *build, failedOnly bool) {
	b.attempt++
	b.again, b.againBy = s.o.Now(), account
	b.script = s.o.Script.attempt(b.attempt)
	var again []*job
	for i, j := range b.jobs {
		if failedOnly && j.state.Good() {
			continue
		}
		if name := j.script.Name; i < len(b.script.Jobs) {
			if j.script = b.script.Jobs[i]; b.placed {
				j.script.Name = name
			}
		}
		j.again = b.again
		if b.provider == onGitHub {
			j.id = s.id()
		}
		again = append(again, j)
	}
	s.queue(b, again)
}

// cancel stops what has not ended. The caller holds the lock.
func (s *Server) cancel(b *build) {
	b.cancelled, b.approval = b.attempt, nil
	for _, j := range b.jobs {
		if !j.state.Final() {
			s.print(b, j, failing(b.provider, Job{End: ci.StateCancelled})...)
			j.state, j.ended = ci.StateCancelled, s.o.Now()
		}
	}
	b.state, b.ended = ci.StateCancelled, s.o.Now()
}

// Print lets a job print a line, whatever its script says.
func (s *Server) Print(id, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, j := s.named(id); j != nil && line != "" {
		j.log = append(append(j.log, strings.TrimSuffix(line, "\n")...), '\n')
		j.cut()
	}
}

// End ends a job now.
func (s *Server) End(id string, state ci.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, j := s.named(id); j != nil {
		j.state, j.ended = state, s.o.Now()
		b.settle(j.ended)
	}
}

// named gives a job by the name of its id, or by that of its build: QuickBuild
// tells no jobs apart. The caller holds the lock.
func (s *Server) named(id string) (*build, *job) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, nil
	}
	if b := s.find(n); b != nil && len(b.jobs) > 0 {
		return b, b.jobs[0]
	}
	return s.findJob(n)
}

// current runs f under the lock, if the job still belongs to this attempt.
func (s *Server) current(b *build, attempt int, f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.attempt != attempt || b.cancelled == attempt {
		return false
	}
	f()
	return true
}

// work starts a job.
func (s *Server) work(b *build, j *job, attempt int) {
	lost := false
	ok := s.current(b, attempt, func() {
		now := s.o.Now()
		j.state, j.started = ci.StateRunning, now
		if b.state = ci.StateRunning; b.started.IsZero() {
			b.started = now
		}
		s.print(b, j, opening(s.o.Slug, b)...)
		lost = b.gone && b.provider == onTravis
	})
	switch {
	case !ok:
	case lost:
		s.end(b, j, attempt, ci.StateErrored, cloneFailed(shortName(b.ref))...)
	default:
		s.tick(b, j, attempt, 0)
	}
}

// tick prints one line of a job and comes back for the next.
func (s *Server) tick(b *build, j *job, attempt, line int) {
	pause := j.script.For / time.Duration(j.script.Lines+1)
	s.later(pause, func() {
		if line == j.script.Lines {
			s.finish(b, j, attempt)
			return
		}
		if s.current(b, attempt, func() { s.print(b, j, testLine(j.script, line)) }) {
			s.tick(b, j, attempt, line+1)
		}
	})
}

// finish ends the work of a job: it fails, publishes or passes.
func (s *Server) finish(b *build, j *job, attempt int) {
	switch {
	case j.script.Stuck:
	case j.script.End != "" && j.script.End != ci.StatePassed:
		s.end(b, j, attempt, j.script.End, failing(b.provider, j.script)...)
	case len(b.commands) > 0:
		s.runs(b, j, attempt)
	case !b.script.deploying(j.script.Name):
		s.end(b, j, attempt, ci.StatePassed, passing(b.provider)...)
	default:
		s.publish(b, j, attempt)
	}
}

// end gives a job its final state.
func (s *Server) end(b *build, j *job, attempt int, state ci.State, lines ...string) {
	s.current(b, attempt, func() {
		s.print(b, j, lines...)
		j.state, j.ended = state, s.o.Now()
		b.settle(j.ended)
	})
}

// print adds lines to a log. The caller holds the lock.
func (s *Server) print(b *build, j *job, lines ...string) {
	for _, l := range lines {
		if actions(b.provider) {
			j.log = append(j.log, s.o.Now().UTC().Format("2006-01-02T15:04:05.0000000Z ")...)
		}
		j.log = append(append(j.log, l...), '\n')
	}
	j.cut()
}

func shortName(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
}
