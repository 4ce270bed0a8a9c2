package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"ferry/flow"
)

// Runner runs commands in a scenario's world.
type Runner struct {
	In       *os.File
	Out, Err *os.File
	Terminal func() bool // whether a person sits at both ends
	Commands []string    // the program's own commands; others are looked for in PATH
}

// List gives a line for each scenario: its name, the exit code of a release in
// it, and what it is.
func (r Runner) List() []string {
	all, err := Scenarios()
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, s := range all {
		out = append(out, fmt.Sprintf("%-20s %d  %s", s.Name, s.Exit, s.Explanation))
	}
	return out
}

// Run makes the world in a temporary folder, runs one command in it as a child,
// and takes the folder away again. It gives the child's exit code.
func (r Runner) Run(ctx context.Context, name string, flags, command []string) (int, error) {
	s, err := Find(name)
	if err != nil {
		return 0, usage(err)
	}
	dir, err := os.MkdirTemp("", "ferry-world-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	w, err := Start(ctx, s, dir, nil)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	bin, err := linked(dir)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(r.Err, "practice world %q: %s\n", s.Name, s.Explanation)
	if len(command) > 0 && !slices.Contains([]string{"release", "onboard"}, command[0]) {
		if err := w.Before(ctx, bin); err != nil {
			return 0, err
		}
	}
	return r.child(ctx, w, bin, r.command(s, flags, command))
}

func usage(err error) error {
	return &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Text: err.Error(), Now: []string{"nothing was started"},
		Retry: flow.RetrySafe, Next: []string{"ferry sandbox list"}, Err: err}
}

// linked puts this program into the world under its own name.
func linked(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	bin, name := filepath.Join(dir, "bin"), "ferry"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return "", err
	}
	if err := os.Symlink(self, filepath.Join(bin, name)); err == nil {
		return bin, nil
	}
	return bin, os.Link(self, filepath.Join(bin, name))
}

// command is what the child is called with. Nothing real is at stake, so the
// gate of a release that nobody watches is agreed to, and that is said.
func (r Runner) command(s Scenario, flags, command []string) []string {
	if len(command) > 0 {
		if slices.Contains(r.Commands, command[0]) || strings.HasPrefix(command[0], "-") {
			command = append([]string{"ferry"}, command...)
		}
		return append(command, flags...)
	}
	if r.Terminal() && !lines(flags) {
		return append([]string{"ferry"}, flags...)
	}
	if !slices.ContainsFunc(flags, func(f string) bool { return f == "--yes" || strings.HasPrefix(f, "--yes=") }) {
		fmt.Fprintf(r.Err, "practice world: agreeing to the gate with --yes=%s; nothing real is at stake\n", Version)
		flags = append(slices.Clone(flags), "--yes="+Version)
	}
	return slices.Concat([]string{"ferry", "release"}, s.Flags, flags)
}

// lines says whether the flags ask for a face without a screen.
func lines(flags []string) bool {
	for i, f := range flags {
		face := strings.TrimPrefix(f, "--progress=")
		if f == "--progress" && i+1 < len(flags) {
			face = flags[i+1]
		}
		if slices.Contains([]string{"--plain", "--json", "--accessible", "--no-input", "lines", "plain", "json", "quiet"}, face) {
			return true
		}
	}
	return false
}

// Before lets another maintainer run the scenario, in a clone and a home of their
// own: to its end, or as far as they go before they leave it.
func (w *World) Before(ctx context.Context, bin string) error {
	cmd, err := w.Command(ctx, bin, "dana", slices.Concat([]string{"ferry", "release", "--progress", "quiet", "--yes=" + Version}, w.scenario.Flags, w.scenario.Left))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// Command is a command of one maintainer: in a clone of their own, with a home of
// their own. bin holds the program under trial.
func (w *World) Command(ctx context.Context, bin, who string, command []string) (*exec.Cmd, error) {
	home, err := w.Home(who + "-home")
	if err != nil {
		return nil, err
	}
	clone, err := w.Clone(who)
	if err != nil {
		return nil, err
	}
	path := command[0]
	if path == "ferry" {
		path = filepath.Join(bin, path)
	}
	cmd := exec.CommandContext(ctx, path, command[1:]...)
	cmd.Dir, cmd.Env = clone, w.Env(home, bin, os.Getenv)
	return cmd, nil
}

// child runs the command with our terminal. It must outlive our own signals: the
// terminal sends them to it as well, and it knows better what to do.
func (r Runner) child(ctx context.Context, w *World, bin string, command []string) (int, error) {
	cmd, err := w.Command(context.WithoutCancel(ctx), bin, "you", command)
	if err != nil {
		return 0, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r.In, r.Out, r.Err
	if err := cmd.Start(); err != nil {
		return 0, usage(err)
	}
	stop := context.AfterFunc(ctx, func() {
		if sig := forward(context.Cause(ctx), r.Terminal()); sig != nil {
			_ = cmd.Process.Signal(sig)
		}
	})
	defer stop()
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return code(exit), nil
	}
	return 0, err
}

// forward is the signal to pass on: a terminal sends its interrupts to the child
// itself.
func forward(cause error, terminal bool) os.Signal {
	if errors.Is(cause, flow.ErrInterrupted) && terminal {
		return nil
	}
	return os.Interrupt
}

// code is the child's exit code, as a shell would give it.
func code(exit *exec.ExitError) int {
	if c := exit.ExitCode(); c >= 0 {
		return c
	}
	return 128 + 9
}
