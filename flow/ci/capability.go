package ci

import "context"

// Logger is a provider that shows the log of a job.
type Logger interface {
	// Log gives the log from a byte offset on, which is 0 or a Next given before.
	Log(ctx context.Context, job Job, offset int64) (LogChunk, error)
}

// LogChunk is a piece of a log.
type LogChunk struct {
	Text     []byte
	Next     int64 // where the next chunk begins
	Complete bool  // nothing more will come
	NotYet   bool  // this provider shows a log only after the job has ended
}

// Inspector is a provider that says whether it knows the repository.
type Inspector interface {
	Inspect(ctx context.Context) (Project, error)
}

// Project is a repository as its CI knows it.
type Project struct {
	Slug, URL     string
	Active        bool   // CI builds it
	PushBuilds    *bool  // builds pushed branches; nil if the provider does not say
	DefaultBranch string // "" if the provider does not say
	Private       bool
	Host          *Hosted // nil if the provider is not the git host
}

// Linker is a provider with a page that lists the builds of a ref.
type Linker interface{ BuildsURL(ref string) string }

// RestartHinter is a provider whose builds a person can restart by hand.
type RestartHinter interface {
	// RestartCommand gives the words to type, with curl as the only program.
	// The token stands there as an environment variable. Nil if this build
	// cannot be restarted.
	RestartCommand(b Build) []string
}
