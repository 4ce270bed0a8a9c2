// Package ui is the full-screen program: it shows where a release stands, asks
// at the gate, and watches CI and the index until the release is proved.
//
// The rules of this package:
//
//   - Update decides, the driver works, View draws. Nothing in Update or View
//     does IO; the driver's goroutines send what they found as messages.
//   - One root model. Screens and widgets are plain structs with methods; only
//     the root is a tea.Model.
//   - The engine runs in the driver's one worker, never in a tea.Cmd, and its
//     context ends with the program.
//   - Text from outside is made visible once, where it comes in (clean.go).
//     What is drawn later holds no sequence but our own.
//   - View gives exactly as many lines as the terminal has, none wider.
//   - What changes by itself stands on row 1; a screen on which nothing is
//     under way writes nothing, but for the age of a diagnosis.
package ui

import (
	"context"
	"io"
	"os"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/keyring"
	_ "ferry/ui/style/dark" // settles the background before bubbletea asks the terminal for it
)

// Start is the screen the program opens with.
type Start int

// The screens to open with.
const (
	StartHome    Start = iota
	StartRelease       // the release, and it begins at once; the gate still asks
	StartOnboard       // the questions that a repository is set up by
	StartRecover       // what is half done, and the ways out of it
)

// Options say what the program runs on.
type Options struct {
	// Open opens the checkout and the world. It may take seconds, or fail with
	// a *flow.Problem; the first frame never waits for it. ask is the person,
	// for as long as the program runs.
	Open func(ctx context.Context, ask Person) (*Session, error)
	// Onboard opens the checkout for setting it up, as Open does; nil: there is
	// nothing to set up.
	Onboard func(ctx context.Context, ask Person) (*Onboarding, error)
	// Recover opens the project for what is half done of it, as Open does; nil:
	// there is nothing to recover.
	Recover func(ctx context.Context, ask Person) (*Recovering, error)
	Start   Start
	Dir     string // the checkout as people write it, shown until it is open
	ASCII   bool
	Color   bool
	Motion  bool                   // a spinner while the world is read
	Browser func(url string) error // opens a page; nil: there is no browser
	In      io.Reader              // nil: standard input
	Out     *os.File               // the terminal that is drawn on; nil: standard error
	Now     func() time.Time
}

// Person is who sits before the screen: asked for a secret, or for a plain yes.
type Person interface {
	keyring.Prompter
	// Agree asks a question of yes or no. Leaving it is no.
	Agree(ctx context.Context, question string) (bool, error)
}

// Session is an open checkout: what it is, and what can be done with it. Its
// texts may come from outside.
type Session struct {
	Project, Version, Commit, Subject, Branch, Dir string

	Remote, RemoteURL, Index, Trigger string // "origin", "https://host/acme/core", "PyPI", "branch pypi-release"

	Latest string // newest version on the index, one line: "1.3.0   sdist + wheel, 21 days ago"
	Plan   flow.Plan

	Survey func(ctx context.Context) (Survey, error)                     // reads only
	Run    func(ctx context.Context, sink flow.Sink, ask flow.Ask) error // calling it again is how to resume
	Follow func(ctx context.Context, job string, log flow.Log) error     // the log of one CI job as it grows; nil: none
	Links  func() map[string]string                                      // pages by name: "project", "ci", "simple"

	Restart, Cancel Act // what can be asked of CI

	// Watch opens the release that is in the way of this one, to be followed: its
	// Run only looks. nil: none can be.
	Watch func(ctx context.Context, ask Person) (*Session, error)
	// Undo takes a step back that its step can take back; nil: none is.
	Undo func(ctx context.Context, id flow.ID, sink flow.Sink, ask flow.Ask) error

	Fails func(line string) bool // whether a line of a log tells of a failure; nil: nobody knows
}

// Survey is one reading of the world.
type Survey struct {
	Findings []flow.Finding // in the order of the plan's nodes
	Latest   string
	At       time.Time
	InFlight []string // each release that is half done, in a line, newest first
	Searched bool     // InFlight was looked for, and all of it could be read
}

// Outcome is what is left when the screen has closed.
type Outcome struct {
	Board board.Board // as last seen, with its texts made visible
	Left  bool        // left while something was under way
	Lines []string    // for the scrollback: what is true, and how to come back
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stderr
	}
	return o
}
