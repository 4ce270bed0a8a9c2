package ci

import (
	"context"
	"time"
)

// Logger is a provider that shows the log of a job. One that shows none without a
// token, and has none, says so with a NeedsTokenError.
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

// Restarter is a provider that can run a build again: its failed jobs, or all of
// it where it cannot choose. The same commit is built; nothing is pushed. It asks
// once and repeats nothing: whether a new attempt is there is for Builds to say.
// What the provider will not restart is a ConflictError with its words, and
// without a token it is a NeedsTokenError.
type Restarter interface {
	Restart(ctx context.Context, b Build) error
}

// Canceller is a provider that can stop a build. What was uploaded stays uploaded.
// A build that has ended is a ConflictError.
type Canceller interface {
	Cancel(ctx context.Context, b Build) error
}

// Excuser is a provider that says why a push started no build: what it heard of
// the push, and what it decided. Empty means that it heard of none.
type Excuser interface {
	Excuses(ctx context.Context, q Query) ([]Excuse, error)
}

// Excuse is what became of a push that a provider heard of.
type Excuse struct {
	Text     string // in the provider's words
	SHA      string
	Rejected bool // no build will come of it; false while it is undecided
	At       time.Time
}

// Budgeter is a provider that counts how many requests it still grants.
type Budgeter interface {
	// Budget is what the last answer said; the zero Budget before the first.
	Budget() Budget
}

// Budget is what a service grants in a while.
type Budget struct {
	Limit, Left int
	Reset       time.Time // when Left becomes Limit again
}

// Anonymous is a provider that withholds something from who asks without a token.
type Anonymous interface {
	// WithoutToken says what, for people; "" if there is a token.
	WithoutToken() string
}

// Ruler is a git host that tells the rules for a ref, also one that is absent.
type Ruler interface {
	RefRules(ctx context.Context, ref string) (RefRules, error)
}

// RefRules is what a host forbids on a ref. A rule that the host does not show
// is not in it.
type RefRules struct {
	Rules []RefRule
}

// RefRule is one rule with the place where people can see it.
type RefRule struct {
	Forbids string // creation, deletion, update, or what else in the host's words
	Name    string // of the ruleset that holds it
	URL     string
	// MayBypass says whether the account that asks may pass it; nil if the host
	// does not say. A push may go by another account's key.
	MayBypass *bool
}

// Gatekeeper is a provider whose jobs may have to pass an environment.
type Gatekeeper interface {
	Gate(ctx context.Context, environment string) (Gate, error)
}

// Gate is what a deployment environment asks for.
type Gate struct {
	Name      string
	Reviewers []string // who may let a job through; empty: nobody is waited for
	Wait      time.Duration
	AnyRef    bool     // no policy: every ref may deploy
	Policies  []Policy // the refs that may, where AnyRef is false
	URL       string
}

// Policy names refs that may deploy, by a pattern of the host.
type Policy struct {
	Kind, Pattern string // branch or tag
}

// Dated is a provider that says when it last gave an answer that made sense: what
// cannot be read now is unknown since then. Zero before the first.
type Dated interface{ LastAnswer() time.Time }
