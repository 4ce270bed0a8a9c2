// Package ci is what ferry knows of CI services: the questions it asks them, and
// what it reads in the logs of jobs. What the CI files of a repository say is the
// business of ferry/flow/ci/rules.
//
// A Provider answers one question: which builds are there on this ref? A Build
// has Jobs, and both have a State. What else a service can do (show a log, tell
// whether it knows the repository, say how to restart) is a capability of its
// own, found by a type assertion. Every answer is a reading of the moment;
// nothing is kept here, and nothing here retries.
//
// Uploads, Skips and Explain read a job's log. A log can be forged by what runs
// in the job, so all three give expectations and explanations, never evidence.
//
// Names, notes, URLs and log text come from outside and are given as they came.
package ci

import (
	"context"
	"time"
)

// Provider is a CI service as seen for one repository.
type Provider interface {
	Name() string // travis, github, …
	// Builds gives the builds on a ref, newest first: of every commit, unless
	// the query names one. An empty answer is a positive one; whatever keeps
	// the provider from being sure is an error.
	Builds(ctx context.Context, q Query) ([]Build, error)
}

// Query asks for builds.
type Query struct {
	Ref string // in full: refs/heads/pypi-release, refs/tags/v1.2.3, refs/releases/…
	SHA string // only builds of this commit; "" is any
	// ByHand asks for those that somebody started by hand alone. A provider that
	// cannot choose gives the others too.
	ByHand bool
}

// Build is one run of CI on a commit.
type Build struct {
	ID, Number, Name, URL   string
	Ref, SHA                string
	Workflow                string // which of several definitions it runs, if the provider has several
	File                    string // in which that stands, or its bare name; "" if the provider does not say
	Event                   string // push, api, release, workflow_dispatch, check, status …
	State                   State
	Note                    string // why it is in this state, if the provider says
	Created, Started, Ended time.Time
	Jobs                    []Job
	By                      string    // who set it going
	Attempt                 int       // 1 is the first, 2 the first restart …; 0 if the provider does not count
	RestartedBy             string    // who asked for this attempt, if the provider says
	Restarted               time.Time // when this attempt was asked for; zero for the first one, and if the provider does not say
}

// SameAttempt says whether two readings of a build are of one attempt: nobody has
// restarted it, or a job of it, between them.
func (b Build) SameAttempt(o Build) bool {
	return b.ID == o.ID && b.Attempt == o.Attempt && b.Restarted.Equal(o.Restarted)
}

// Job is a part of a build that runs on one machine.
type Job struct {
	ID, Number, Name, URL string
	State                 State
	Note                  string // e.g. "waits for review by @dana (environment pypi)"
	AllowFailure          bool   // its failure does not colour the build
	Stage                 string // "" where the provider has none
	Steps                 []Step // nil where the provider does not tell them apart
	Started, Ended        time.Time
}

// Step is a part of a job.
type Step struct {
	Name           string
	State          State
	Started, Ended time.Time
}

// State is what a build or a job is doing.
type State string

// The states. StateUnknown is one that the provider names and we do not know:
// it is not final, so nobody takes it for an end.
const (
	StateUnknown   State = "unknown"
	StateQueued    State = "queued"
	StateApproval  State = "approval" // waits for a person
	StateRunning   State = "running"
	StatePassed    State = "passed"
	StateFailed    State = "failed"
	StateErrored   State = "errored"
	StateCancelled State = "cancelled"
	StateSkipped   State = "skipped"
)

// Final says whether the state will not change unless somebody restarts it.
func (s State) Final() bool {
	switch s {
	case StatePassed, StateFailed, StateErrored, StateCancelled, StateSkipped:
		return true
	}
	return false
}

// Good says whether the state is a success. A skipped job did nothing, and did
// nothing wrong.
func (s State) Good() bool { return s == StatePassed || s == StateSkipped }

// Final says whether the build and every one of its jobs have ended.
func (b Build) Final() bool {
	for _, j := range b.Jobs {
		if !j.State.Final() {
			return false
		}
	}
	return b.State.Final()
}

// LastEnd is when the last job ended: the latest moment at which the build can
// have published anything. It is zero while a job goes on, and when the
// provider names no time.
func (b Build) LastEnd() time.Time {
	if !b.Final() {
		return time.Time{}
	}
	end := b.Ended
	for _, j := range b.Jobs {
		if j.Ended.After(end) {
			end = j.Ended
		}
	}
	return end
}
