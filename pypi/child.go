package pypi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// ErrNoPython says that python3, or a module of it that is needed, is not
// installed here, so that nothing was done.
var ErrNoPython = errors.New("not installed here")

// child runs somebody else's code: with a home of its own, an environment of
// what is listed alone, a limit for all runs together, and bounded output.
type child struct {
	home  string
	env   []string // besides what every child may see
	until context.Context
}

func (c child) run(program string, args ...string) (string, error) {
	cmd := exec.CommandContext(c.until, program, args...)
	cmd.Dir, cmd.Env = c.home, c.environ()
	said, err := heard(cmd)
	if c.until.Err() != nil {
		err = context.Cause(c.until)
	}
	if names := keptBack(); err != nil && len(names) > 0 {
		said += "\n" + strings.Join(names, " and ") + ": not passed on, because the password in it could be read by the code that runs here\n"
	}
	return said, err
}

// heard runs a program without a terminal and gives what it printed, up to a
// limit. On Unix what it started ends with it.
func heard(cmd *exec.Cmd) (string, error) {
	said := &capped{left: maxSource}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = said, said, 2*time.Second
	apart(cmd)
	err := cmd.Run()
	leaveNothing(cmd)
	return said.text.String(), err
}

func (c child) environ() []string {
	var env []string
	for _, name := range passedToBuilds {
		if value, set := os.LookupEnv(name); set && !slices.Contains(keptBack(), name) {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range []string{"HOME", "USERPROFILE", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"} {
		env = append(env, name+"="+c.home)
	}
	own := []string{"GIT_CEILING_DIRECTORIES=" + filepath.Dir(c.home), "PYTHONDONTWRITEBYTECODE=1", "PYTHONNOUSERSITE=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "NO_COLOR=1"}
	return slices.Concat(env, own, c.env)
}

// keptBack are the variables that name a proxy with a user, and so with a password:
// what a build runs is the project's code, which could read it. An address without a
// scheme is one too, so that only the sign counts.
func keptBack() (names []string) {
	for _, name := range passedToBuilds {
		if strings.HasSuffix(strings.ToLower(name), "_proxy") && strings.Contains(os.Getenv(name), "@") {
			names = append(names, name)
		}
	}
	return names
}

// withLimit gives the context of all that a child may take. Its end is told from
// the caller's own by errSilence.
func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, errSilence)
}

// python3 finds the interpreter, which has another name on Windows.
func python3() (string, error) {
	name := "python3"
	if runtime.GOOS == "windows" {
		name = "python"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is %w", name, ErrNoPython)
	}
	return path, nil
}

// rooms makes folders of a private one.
func rooms(dir string, names ...string) ([]string, error) {
	var all []string
	for _, name := range names {
		room := filepath.Join(dir, name)
		if err := os.Mkdir(room, 0o700); err != nil {
			return nil, err
		}
		all = append(all, room)
	}
	return all, nil
}
