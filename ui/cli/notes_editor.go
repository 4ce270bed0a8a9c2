package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"ferry/flow"
)

// editor is a person's program to write with. The terminal is its own until it ends.
type editor struct {
	command string // for a shell, as people write it: "code --wait"
	in, out *os.File
	environ []string
	abort   func(func(error)) // registers what must still be done when we end in the middle
}

// edit gives the text as it is left. The file is in a folder that only the person can
// read, with whatever the editor keeps beside it, and goes with it.
func (e editor) edit(ctx context.Context, name, text string) (string, error) {
	if e.command == "" {
		return "", e.unable(errors.New("$VISUAL and $EDITOR are empty, and git names none"))
	}
	dir, err := os.MkdirTemp("", "ferry-notes-")
	if err != nil {
		return "", e.unable(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e.abort(func(error) { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, name)
	if text != "" {
		text += "\n"
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", e.unable(err)
	}
	if err := e.run(ctx, file); err != nil {
		return "", err
	}
	edited, err := readFile(file)
	if err != nil {
		return "", notWritten(fmt.Sprintf("What the editor left cannot be read: %v", err))
	}
	return edited, nil
}

// run hands the terminal over, and takes it back as it was.
func (e editor) run(ctx context.Context, file string) error {
	cmd := e.start(file)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.in, e.out, e.out
	if before, err := term.GetState(int(e.in.Fd())); err == nil {
		defer func() { _ = term.Restore(int(e.in.Fd()), before) }()
	}
	if err := cmd.Start(); err != nil {
		return e.unable(err)
	}
	err := await(ctx, cmd)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit) && exit.ExitCode() == notFound:
		return e.unable(fmt.Errorf("the shell does not find %s", e.command))
	case err != nil:
		return notWritten(fmt.Sprintf("The editor %s ended with %v", e.command, err))
	}
	return nil
}

// notFound is the code with which a shell says that there is no such program.
const notFound = 127

// start is how git starts an editor: by the shell, where there is one.
func (e editor) start(file string) *exec.Cmd {
	words := append(strings.Fields(e.command), file)
	if shell, err := exec.LookPath("sh"); err == nil {
		words = []string{shell, "-c", e.line(), e.command, file}
	}
	cmd := exec.Command(words[0], words[1:]...) //nolint:noctx // await ends it
	cmd.Env = e.environ
	return cmd
}

// line is what the shell is given. It becomes the editor, where the command is but one
// program: a signal of ours is then heard by the editor itself.
func (e editor) line() string {
	first, _, _ := strings.Cut(strings.TrimSpace(e.command), " ")
	if strings.ContainsAny(e.command, "|&;<>()$`\n") || strings.Contains(first, "=") {
		return e.command + ` "$@"`
	}
	return "exec " + e.command + ` "$@"`
}

// await waits for the editor. An interrupt is the terminal's, which the editor has
// heard as well; what ends us otherwise ends it.
func await(ctx context.Context, cmd *exec.Cmd) error {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if !errors.Is(context.Cause(ctx), flow.ErrInterrupted) {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			_ = cmd.Process.Kill()
		}
		defer time.AfterFunc(editorEnds, func() { _ = cmd.Process.Kill() }).Stop()
	}
	return <-done
}

// editorEnds is what an editor gets to put its own files away.
const editorEnds = 1500 * time.Millisecond

func (e editor) unable(err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeNotesEditor, Class: flow.ClassFailed, Text: fmt.Sprintf("No editor could be started: %v", err),
		Now: []string{"nothing was published"}, Retry: flow.RetrySafe, Next: []string{"EDITOR=nano ferry release --edit-notes", "ferry release --notes FILE"}, Err: err}
}
