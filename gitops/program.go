package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// ErrNoGit says that no git binary is installed.
var ErrNoGit = fmt.Errorf("the git program is not installed: %w", exec.ErrNotFound)

// programError is a git binary that failed, with what it said on stderr.
type programError struct {
	args []string
	text string
	err  error
}

func (e *programError) Error() string {
	return fmt.Sprintf("git %s: %v: %q", e.args[0], e.err, e.text)
}

func (e *programError) Unwrap() error { return e.err }

// passed are the variables a child may see: what git, ssh and credential
// helpers need. Tokens of ours are not among them, nor GIT_DIR and its kin,
// which would point git at another repository than the one we opened, nor
// GPG_TTY: gpg would tell it to its agent, a daemon, whose pinentry would draw
// over our screen and wait there. A graphical pinentry needs none.
var passed = []string{
	"PATH", "HOME", "USER", "LOGNAME", "USERNAME", "TMPDIR", "TMP", "TEMP", "SHELL", "LANG",
	"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "SystemRoot",
	"SYSTEMROOT", "ComSpec", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA",
	"LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "SSL_CERT_FILE",
	"SSL_CERT_DIR", "GNUPGHOME", "EMAIL", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_CONNECTION", "GIT_SSH", "GIT_SSH_COMMAND",
	"GIT_SSH_VARIANT", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_PROXY_COMMAND",
}

var passedPrefix = []string{
	"GIT_CONFIG", "GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_SSL_", "LC_", "XDG_",
}

// helperPrefix is what a credential helper may need besides: gh and glab keep
// their own answer in variables that belong to them.
var helperPrefix = []string{"GH_", "GITHUB_TOKEN", "GITLAB_TOKEN", "GLAB_", "GCM_"}

func childEnv(more ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		starts := func(p string) bool { return strings.HasPrefix(name, p) }
		if slices.Contains(passed, name) || slices.ContainsFunc(passedPrefix, starts) || slices.ContainsFunc(more, starts) {
			env = append(env, kv)
		}
	}
	return append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never")
}

// lookGit finds the git binary.
func lookGit() (string, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return "", ErrNoGit
	}
	return path, nil
}

// Installed says whether the git program is there.
func Installed() bool {
	_, err := lookGit()
	return err == nil
}

// run starts git in dir and returns what it printed.
func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	path, err := lookGit()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = dir, childEnv()
	return output(ctx, cmd)
}

// ask starts git for a question that it answers from files, and gives it a few
// seconds: the callers have no context to bring.
func ask(dir string, args ...string) ([]byte, error) {
	path, err := lookGit()
	if err != nil {
		return nil, err
	}
	var out, text bytes.Buffer
	cmd := exec.Command(path, args...) //nolint:noctx // bounded by askLimit below
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, childEnv(), &out, &text, time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer time.AfterFunc(askLimit, func() { _ = cmd.Process.Kill() }).Stop()
	if err := cmd.Wait(); err != nil {
		return nil, &programError{args, strings.TrimSpace(text.String()), err}
	}
	return out.Bytes(), nil
}

const askLimit = 10 * time.Second

func output(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out, text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &text
	cmd.WaitDelay = time.Second // a helper that keeps our pipe open must not keep us
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, &programError{cmd.Args[1:], strings.TrimSpace(text.String()), err}
	}
	return out.Bytes(), nil
}

func gitMissing(err error) bool { return errors.Is(err, ErrNoGit) }
