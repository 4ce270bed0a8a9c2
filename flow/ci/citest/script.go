package citest

import (
	"time"

	"ferry/flow/ci"
)

// Script says how builds go. The zero Script lets every build pass: one job
// that takes a moment, and publishes where the CI files say so.
type Script struct {
	HookOff  bool // the hook is broken: no push is heard of
	NoPushes bool // the setting to build pushed branches is off
	Queue    time.Duration
	Attempts []Attempt // of the builds on one ref: the first, the second …; the last goes for all that follow
	Faults   []Fault
}

// Attempt is how one build goes.
type Attempt struct {
	Jobs     []Job
	Deploy   Deploy
	Approval *Approval // GitHub: a person must let it go on
}

// Job is how one job goes.
type Job struct {
	Name, Stage  string
	For          time.Duration
	Wait         time.Duration // how much longer than the queue it waits
	Lines        int           // of log, spread over the time
	Fail         string        // last line of a job that does not pass
	End          ci.State      // how it ends; passed if empty
	AllowFailure bool
	Hostile      bool // prints what a terminal must not get to see
	Stuck        bool // never ends
}

// Deploy is how publishing goes.
type Deploy struct {
	Job      string   // which job publishes; the last one if empty
	Files    []string // sdist, wheel; as the CI file says if empty
	Fail     string   // sdist or wheel: the upload breaks off before that file
	Skip     bool     // green, and nothing was published
	ThenFail bool     // everything is uploaded, then the job fails
	Slow     time.Duration
	Keep     string // the artifact that the job keeps what it built as, before it publishes
}

// Approval is a person who is waited for.
type Approval struct {
	By, Environment string
	After           time.Duration // when it is given; 0 is never
}

// attempt gives the script of the nth build of a ref, with defaults filled in.
func (s Script) attempt(n int) Attempt {
	var a Attempt
	if len(s.Attempts) > 0 {
		a = s.Attempts[min(n, len(s.Attempts))-1]
	}
	if len(a.Jobs) == 0 {
		a.Jobs = []Job{{Name: "py3", For: 300 * time.Millisecond, Lines: 8}}
	}
	return a
}

// deploying says whether the job publishes.
func (a Attempt) deploying(name string) bool {
	want := a.Deploy.Job
	if want == "" {
		want = a.Jobs[len(a.Jobs)-1].Name
	}
	return name == want
}
