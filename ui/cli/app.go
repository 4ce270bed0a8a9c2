// Package cli is the command line: one file per command. A command reads its
// flags, opens the checkout through what main hands in, and shows the run in
// the face that fits the terminal. It knows plans and events, never a client.
package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/flow/plans"
	"ferry/keyring"
	"ferry/ui"
)

// App is what main hands to the commands.
type App struct {
	Version  string
	In       *os.File
	Out, Err *os.File
	Env      func(string) string
	Open     Opener
	Index    Opener // opens the index alone, where there is no checkout
	Files    Opener // opens a checkout for its files alone
	Auth     Auth
	Sandbox  Sandbox
	Pypirc   func() (Pypirc, error) // opens ~/.pypirc
	// Release says what the commit checked out around a folder would release,
	// from its files alone.
	Release func(dir string) (name, version string, err error)
}

// Opener opens the checkout around a folder. load is called with the top of the
// work tree before anything of the world is touched.
type Opener func(ctx context.Context, o OpenOptions) (Desk, error)

// OpenOptions says what to open.
type OpenOptions struct {
	Dir   string
	Load  func(tree fs.FS) (config.Config, error)
	Debug io.Writer        // requests are written here; nil: nowhere
	Ask   keyring.Prompter // the person, for a passphrase or a password; nil: nobody can be asked
}

// Desk is an open checkout and the world that its release takes place in.
type Desk struct {
	World      plans.World
	Config     config.Config
	Root       string
	Head       string // full SHA
	Branch     string // "" when detached
	Subject    string
	Message    string // of the commit, all of it
	Remote     string // its name
	RemoteURL  string // safe to show
	IndexName  string
	IndexLabel string // what people call it
	CI         []string
	ProjectURL func(name, version string) string
	// Yard opens what only onboarding needs; World and Tokens are not in it.
	Yard func(ctx context.Context) (plans.Yard, error)
}

// Sandbox runs the practice world. Its words are those behind the command's name.
type Sandbox interface {
	// List gives a line for each scenario.
	List() []string
	// Run makes a scenario's world, runs a command in it, and gives its exit code.
	// An empty command is the program itself, or a release where there is no terminal.
	Run(ctx context.Context, scenario string, flags, command []string) (int, error)
}

// Main runs the command line and gives the exit code.
func Main(ctx context.Context, a App, args []string) (code int) {
	c := newCommands(a)
	defer c.flush()
	defer c.caught(&code)
	ctx, stop := c.interruptible(ctx)
	defer stop()
	root := c.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var exit exitCode
	if errors.As(err, &exit) {
		return int(exit)
	}
	if err != nil && !c.told {
		c.tell(asProblem(err))
	}
	return flow.ExitCode(asOutcome(err))
}

// Commands are the names of the commands.
var Commands = []string{"release", "status", "recover", "verify", "check", "onboard", "log", "auth", "pypirc", "sandbox", "version", "help", "completion"}

// exitCode is an outcome that has no words of its own.
type exitCode int

func (exitCode) Error() string { return "" }

type commands struct {
	App
	Out, Err output // the App's, with the net under them

	flags  flags
	told   bool // the error was shown by a face
	beside bool // a run writes its events where --events points
	aborts aborts
	ui     *config.UI // the user's settings of faces, once they are read
	ask    ui.Person  // before the full-screen program, while it runs
	build  agreed     // whether the project's own build may run
	own    own        // notes of a release that the person gave

	typed *bufio.Reader // what a person types, for all questions: it may hold the next answer
}

func (c *commands) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ferry",
		Short: "carries Python packages to PyPI, and proves that they arrived",
		Long: "ferry carries a Python package to PyPI: it checks that the release can succeed, triggers it,\n" +
			"watches CI, proves every file on the index, and cleans up. It keeps no state: running it\n" +
			"again, here or elsewhere, goes on from where the world stands.",
		Example:       "  ferry                        what is true now, and the next thing to do\n  ferry release                release the checked-out commit\n  ferry status                 where is it? read only\n  ferry recover                what is half done, and the ways out\n  ferry sandbox                try everything, no account needed",
		Args:          cobra.NoArgs,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.home(cmd) },
	}
	cmd.SetOut(c.Out)
	cmd.SetErr(c.Err)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError(err, cmd.CommandPath()+" --help") })
	c.flags.register(cmd.PersistentFlags())
	cmd.AddCommand(c.release(), c.status(), c.recover(), c.verify(), c.check(), c.onboard(), c.log(), c.auth(), c.pypirc(), c.sandbox(), c.version())
	wrapHelp(cmd)
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
	return cmd
}

// wrapArgs makes wrong arguments usage errors, with the command's help as the way on.
func wrapArgs(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError(err, cmd.CommandPath()+" --help")
		}
		return nil
	}
}

func usageError(err error, next string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Text: err.Error(), Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{next}, Err: err}
}

// asProblem gives every error the form in which people see it.
func asProblem(err error) *flow.Problem {
	var p *flow.Problem
	if errors.As(err, &p) {
		return p
	}
	var ce *config.Error
	switch {
	case errors.As(err, &ce):
		return &flow.Problem{Code: flow.CodeConfig, Class: flow.ClassUsage, Text: err.Error(), Retry: flow.RetrySafe,
			Now: []string{"nothing was done"}, Next: []string{"ferry --help"}, Err: err}
	case errors.Is(err, flow.ErrInterrupted), errors.Is(err, flow.ErrTerminated):
		return &flow.Problem{Code: err.Error(), Class: flow.ClassDeclined, Text: "Stopped: " + err.Error(), Retry: flow.RetrySafe,
			Now: []string{"what runs on the servers goes on"}, Next: []string{"ferry status"}, Err: err}
	case strings.HasPrefix(err.Error(), "unknown command"):
		return usageError(err, "ferry --help")
	}
	return &flow.Problem{Code: flow.CodeBug, Class: flow.ClassBug, Text: err.Error(),
		Now: []string{"what was done before it stays done; nothing is remembered of it"}, Retry: flow.RetryUnknown, Next: []string{"ferry status"}, Err: err}
}

// asOutcome keeps the causes that have an exit code of their own.
func asOutcome(err error) error {
	if err == nil || errors.Is(err, flow.ErrInterrupted) || errors.Is(err, flow.ErrTerminated) {
		return err
	}
	return asProblem(err)
}
