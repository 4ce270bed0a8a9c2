package citest

import (
	"cmp"
	"strconv"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// The two services.
const (
	onTravis = "travis"
	onGitHub = "github"
)

// build is a build as the server keeps it. It is guarded by the server's lock.
type build struct {
	provider, ref, sha, event, by string
	id                            int64
	number, attempt               int
	earlier                       int    // attempts that were other builds of the same
	name, path                    string // of the workflow
	state                         ci.State
	created, started, ended       time.Time
	jobs                          []*job
	script                        Attempt
	approval                      *Approval // not given yet
	gone                          bool      // its ref was deleted
	placed                        bool      // by AddBuild
	cancelled                     int       // the attempt that was
	again                         time.Time // when it was restarted
	againBy                       string
	deploys                       []rules.Deploy
	lab                           gitlabBuild
	configuration                 string // of QuickBuild
	commands                      []string
	vars                          map[string]string
}

// job is a job as the server keeps it.
type job struct {
	id             int64
	number         string
	script         Job
	state          ci.State
	started, ended time.Time
	created        time.Time
	again          time.Time // when it was restarted
	log            []byte
	cuts           []int // where the parts of the log end
	steps          []ci.Step
}

// Build is a build that has already happened, for AddBuild. IDs are given by
// the server; states that are none of package ci's go out as they stand.
type Build struct {
	Provider string // travis or github
	ci.Build
	Logs map[string]string // by the name of the job
}

// AddBuild puts a build there, newer than all that are there, and gives its id.
func (s *Server) AddBuild(b Build) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &build{
		provider: b.Provider, ref: b.Ref, sha: b.SHA, event: b.Event, by: b.By, id: s.id(), number: len(s.builds) + 1,
		attempt: max(b.Attempt, 1), placed: true, again: b.Restarted, againBy: b.RestartedBy, name: b.Name, path: cmp.Or(b.File, ".github/workflows/release.yml"), state: b.State,
		created: b.Created, started: b.Started, ended: b.Ended,
	}
	if n.provider == "" {
		n.provider = onTravis
	}
	if n.event == "" {
		n.event = "push"
	}
	if n.created.IsZero() {
		n.created = s.o.Now()
	}
	for i, j := range b.Jobs {
		n.jobs = append(n.jobs, &job{
			id: s.id(), number: strconv.Itoa(n.number) + "." + strconv.Itoa(i+1), state: j.State, created: n.created,
			script: Job{Name: j.Name, Stage: j.Stage, AllowFailure: j.AllowFailure}, started: j.Started, ended: j.Ended,
			log: []byte(b.Logs[j.Name]), steps: j.Steps, again: b.Restarted,
		})
		n.jobs[i].cut()
	}
	s.builds = append(s.builds, n)
	return strconv.FormatInt(n.id, 10)
}

// report shows a build in the terms of package ci.
func (b *build) report() ci.Build {
	out := ci.Build{
		ID: strconv.FormatInt(b.id, 10), Number: strconv.Itoa(b.number), Name: b.name, Ref: b.ref, SHA: b.sha, Event: b.event,
		State: b.state, Created: b.created, Started: b.started, Ended: b.ended, By: b.by,
		Attempt: b.attempt, Restarted: b.again, RestartedBy: b.againBy,
	}
	for _, j := range b.jobs {
		out.Jobs = append(out.Jobs, ci.Job{
			ID: strconv.FormatInt(j.id, 10), Number: j.number, Name: j.script.Name, State: j.state,
			Stage: j.script.Stage, AllowFailure: j.script.AllowFailure, Started: j.started, Ended: j.ended,
		})
	}
	return out
}

// settle gives the build the state that its jobs amount to.
func (b *build) settle(now time.Time) {
	worst := ci.StatePassed
	for _, j := range b.jobs {
		if !j.state.Final() {
			return
		}
		if j.script.AllowFailure || j.state.Good() {
			continue
		}
		if worst == ci.StatePassed || j.state == ci.StateErrored || j.state == ci.StateCancelled && worst == ci.StateFailed {
			worst = j.state
		}
	}
	b.state, b.ended = worst, now
}
