package rules

import (
	"io/fs"
	"slices"
)

// Event is what starts CI, with what is known of the repository around it. What
// is not known stays empty, and a rule that asks for it is undecided.
type Event struct {
	What          string    // push · release · workflow_dispatch
	Ref           string    // in full: refs/heads/pypi-release, refs/tags/v1.2.3
	Slug          string    // owner/name
	DefaultBranch string    // of the repository on its host
	Message       string    // of the commit at the ref
	Changed       *[]string // paths that the push changes
	ByJob         bool      // made with the token of a CI job, which starts no workflow
	Host          string    // of the remote; on Gitea's and Forgejo's, .github/workflows may be theirs
	Prerelease    *bool     // whether the release is marked as a pre-release
	ByAPI         *ByAPI    // of a workflow_dispatch; nil is whatever a person can start
}

// Answer says whether something happens, as far as the files decide it.
type Answer string

// The answers.
const (
	Yes       Answer = "yes"
	No        Answer = "no"
	Undecided Answer = "undecided"
)

// Reason is why, and the place in a file that says so.
type Reason struct {
	Text, File string
	Line       int // 0 where no single line says it
}

// Job is one job, as the matrix of a CI file is expanded.
type Job struct {
	Provider, File string
	Line           int
	Name           string // as the service shows it
	Matrix         string // the values that make it this cell: "python 3.12, TOXENV=py312"
	Stage          string
	Runs           Answer
	Why            []Reason // of Runs
	Uploads        []Upload // the places of the job that publish
}

// Upload is a place in a job that publishes.
type Upload struct {
	File        string
	Line        int
	Index       string // upload URL, or what stands in its place in the file; "" is PyPI
	Trusted     bool   // without a stored token (OIDC)
	Environment string // deployment environment, which may want a reviewer
	// Distributions are what it builds and uploads (sdist, bdist_wheel); empty if
	// the file does not say.
	Distributions []string
	SkipExisting  bool // takes a file that is there already for success, so that several may upload it

	Happens Answer // given that the job runs and all before it passes
	Why     []Reason
}

// Prediction is what CI does with an event.
type Prediction struct {
	Jobs      []Job
	Undecided []Reason // what concerns no single job
	Problems  []FileProblem
}

// Deploying gives the jobs that publish: for sure with Yes, perhaps with Undecided.
func (p Prediction) Deploying(want Answer) []Job {
	return slices.DeleteFunc(slices.Clone(p.Jobs), func(j Job) bool { return j.Deploys() != want })
}

// Deploys says whether the job runs and uploads somewhere.
func (j Job) Deploys() Answer {
	best := No
	for _, u := range j.Uploads {
		switch j.Publishes(u) {
		case Yes:
			return Yes
		case Undecided:
			best = Undecided
		}
	}
	return best
}

// Publishes says whether the job runs and reaches one of its uploads.
func (j Job) Publishes(u Upload) Answer { return both(j.Runs, u.Happens) }

// both is the answer to two questions at once.
func both(a, b Answer) Answer {
	switch {
	case a == No || b == No:
		return No
	case a == Undecided || b == Undecided:
		return Undecided
	}
	return Yes
}

// simulators are the services whose files are read, in the order of their jobs.
var simulators = []func(*source, Event, *Prediction) error{}

// source is the tree that the files are read from.
type source struct{ fs.FS }

// Predict says what CI does with an event, by the CI files of a tree. A file that
// cannot be parsed is reported in Problems and the rest is read; an error means
// that the tree itself could not be read.
func Predict(tree fs.FS, e Event) (Prediction, error) {
	var p Prediction
	for _, simulate := range simulators {
		if err := simulate(&source{tree}, e, &p); err != nil {
			return Prediction{}, err
		}
	}
	return p, nil
}
