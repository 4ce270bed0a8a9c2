package flow

import "time"

// Red says whether a job failed, or was cancelled, that may not.
func (f Finding) Red() bool {
	for _, j := range f.Jobs {
		if !j.MayFail && (j.State == JobFailed || j.State == JobCancelled) {
			return true
		}
	}
	return false
}

// JobState is what a CI job is doing.
type JobState string

// The states of a job. JobUnknown is a state that the provider named and we do not know.
const (
	JobUnknown   JobState = "unknown"
	JobQueued    JobState = "queued"
	JobApproval  JobState = "approval" // waits for a person
	JobRunning   JobState = "running"
	JobPassed    JobState = "passed"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
	JobSkipped   JobState = "skipped"
)

// Job is one CI job as screens show it. Name, Note and URL are text from outside.
type Job struct {
	ID, Number, Name string
	State            JobState
	Note             string // e.g. who must approve
	MayFail          bool   // its failure does not colour the build
	URL              string
	Stage            string // "" where the provider has none
	Started, Ended   time.Time
	Steps            []JobStep  // nil where the provider does not tell them apart
	Publishes        Publishing // by the CI files of the commit
	Why              string     // why it does not publish
}

// JobStep is a part of a job. Its name is text from outside.
type JobStep struct {
	Name           string
	State          JobState
	Started, Ended time.Time
}

// Publishing says what the CI files make a job do once it has passed its tests.
type Publishing string

// What is not decided by the files, or not certain to be of this job, is nothing.
const (
	PublishUnknown Publishing = ""
	PublishYes     Publishing = "yes"
	PublishNo      Publishing = "no" // it has a part that publishes, and leaves it out
)

// Over says whether the state is one that only a restart changes.
func (s JobState) Over() bool {
	return s == JobPassed || s == JobFailed || s == JobCancelled || s == JobSkipped
}

// Over says whether there are jobs, and all of them have ended.
func (f Finding) Over() bool {
	for _, j := range f.Jobs {
		if !j.State.Over() {
			return false
		}
	}
	return len(f.Jobs) > 0
}

// What a person may ask of CI while a release is watched. They are no part of the
// plan of a release, but plans of their own.
const (
	RestartCI ID = "restart-ci"
	CancelCI  ID = "cancel-ci"
)
