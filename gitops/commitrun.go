package gitops

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// feed starts git with something on its standard input.
func (r *Repo) feed(ctx context.Context, in io.Reader, args ...string) error {
	path, err := lookGit()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.root, childEnv(), in
	_, err = output(ctx, cmd)
	return err
}

// write starts git for something that changes the repository, and that may run the
// named hooks. The environment is that of every child of ours, so that a hook sees no
// token. Git is asked to stop before it is made to: it holds locks.
func (r *Repo) write(ctx context.Context, hooks []string, args ...string) error {
	path, err := lookGit()
	if err != nil {
		return err
	}
	limited, done := context.WithTimeout(ctx, defaultHookTime)
	defer done()
	cmd := exec.CommandContext(limited, path, append([]string{"--literal-pathspecs"}, args...)...)
	var text bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = r.root, childEnv(), &text
	politely(cmd)
	cmd.WaitDelay = lockTime
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) && limited.Err() == nil {
		err = nil // git ended well; what a hook left behind holds our pipe
	}
	return r.verdict(ctx, limited, hooks, args[0], said(text.String()), err)
}

// lockTime is what a program gets to remove its locks after it was told to end.
const lockTime = 1500 * time.Millisecond

func said(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// verdict tells a hook's no from git's own. Git says 1 for a hook and 128 where it
// cannot; it does not say which of several hooks it was.
func (r *Repo) verdict(ctx, limited context.Context, hooks []string, command string, text []string, err error) error {
	hook := r.oneOf(hooks)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.Err() != nil && hook != "":
		return &HookError{Hook: hook, Exit: -1, Late: true, Text: text}
	case errors.As(err, &exit) && exit.ExitCode() == 1 && hook != "":
		return &HookError{Hook: hook, Exit: 1, Text: text}
	}
	return &CommitError{Command: command, Text: text, Err: err}
}

// oneOf is the path of the hook that there is, the folder of several, "" without any.
func (r *Repo) oneOf(names []string) string {
	var found []string
	for _, n := range names {
		if path := r.hook(n); path != "" {
			found = append(found, path)
		}
	}
	switch len(found) {
	case 0:
		return ""
	case 1:
		return found[0]
	}
	return filepath.Dir(found[0])
}
