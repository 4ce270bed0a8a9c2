package gitops

import (
	"bytes"
	"compress/zlib"
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
	"syscall"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"ferry/keyring"
)

const (
	prePush         = "pre-push"
	defaultHookTime = 10 * time.Minute // a hook may run a project's tests
)

// runHook runs the person's pre-push hook as git would: in the work tree, with
// the remote's name and URL as arguments and the update on its standard input.
// It runs before anything is sent, while no server waits for us: what stands on
// the remote needs no look, since the update is refused if it is anything else.
func (m *Remote) runHook(ctx context.Context, c command, objects overlay, progress func(string)) error {
	path := m.repo.hook(prePush)
	if path == "" {
		return nil
	}
	if !m.repo.ours() {
		return &HookError{Hook: path, Exit: -1, Text: []string{"not run: the repository belongs to somebody else, and git does not call it safe (safe.directory)"}}
	}
	env := append(hookEnv(), "GIT_DIR="+m.repo.gitDir)
	if made, err := objects.lend(); err != nil {
		return fmt.Errorf("lending objects to %s: %w", path, err)
	} else if made != "" {
		defer func() { _ = os.RemoveAll(made) }()
		env = append(env, "GIT_ALTERNATE_OBJECT_DIRECTORIES="+made)
	}
	h := hookRun{path: path, dir: m.repo.root, args: []string{m.name, m.URL()}, stdin: c.hookLine(), env: env, progress: progress}
	return h.run(ctx, m.options.HookTime)
}

// hookLine is how git tells a hook of one update.
func (c command) hookLine() string {
	local := c.next
	if c.next == zeroSHA {
		local = "(delete)"
	}
	return fmt.Sprintf("%s %s %s %s\n", local, c.next, c.ref, c.old)
}

// hook is the path of an executable hook, "" if there is none.
func (r *Repo) hook(name string) string {
	dir := filepath.Join(r.commonDir, "hooks")
	if set := r.settings().last("core.hookspath"); set != "" {
		dir = configPath(set, r.root)
	}
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return ""
	}
	return path
}

// ours says whether git would work in the repository at all. Running a program
// that a stranger's configuration names would be a trap.
func (r *Repo) ours() bool {
	_, err := ask(r.root, "rev-parse", "--git-dir")
	return err == nil || gitMissing(err) && ownedByUs(r.gitDir)
}

// lend writes the objects that exist in memory only into a folder that git can
// read them from: a hook may look at what is pushed. "" if there are none.
func (o overlay) lend() (dir string, err error) {
	if len(o.fresh.Objects) == 0 {
		return "", nil
	}
	dir, err = os.MkdirTemp("", "ferry")
	for h, object := range o.fresh.Objects {
		if err == nil {
			err = writeLoose(dir, h, object)
		}
	}
	if err != nil && dir != "" {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return dir, err
}

func writeLoose(dir string, h plumbing.Hash, o plumbing.EncodedObject) error {
	r, err := o.Reader()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	fmt.Fprintf(z, "%s %d\x00", o.Type(), o.Size())
	if _, err := io.Copy(z, r); err != nil {
		return err
	}
	name := h.String()
	folder := filepath.Join(dir, name[:2])
	if err := errors.Join(z.Close(), os.MkdirAll(folder, 0o700)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name[2:]), b.Bytes(), 0o400)
}

// hookRun is one run of a hook.
type hookRun struct {
	path, dir, stdin string
	args, env        []string
	progress         func(string)
}

func (h hookRun) run(ctx context.Context, limit time.Duration) error {
	late, done := context.WithTimeout(ctx, limit)
	defer done()
	text := &reply{progress: h.progress}
	err := h.start(late, text, h.path, h.args...)
	if errors.Is(err, syscall.ENOEXEC) { // no #! line: git gives it to the shell
		err = h.start(late, text, "sh", append([]string{h.path}, h.args...)...)
	}
	text.flush()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case late.Err() != nil:
		return &HookError{Hook: h.path, Exit: -1, Late: true, Text: text.lines}
	case errors.As(err, &exit):
		return &HookError{Hook: h.path, Exit: exit.ExitCode(), Text: text.lines}
	}
	return &HookError{Hook: h.path, Exit: -1, Text: append(text.lines, err.Error())}
}

func (h hookRun) start(ctx context.Context, text *reply, name string, args ...string) error {
	if runtime.GOOS == "windows" && name == h.path { // no #! there: git brings a shell
		name, args = "sh", append([]string{filepath.ToSlash(h.path)}, args...)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = h.dir, h.env, time.Second
	cmd.Stdout, cmd.Stderr = text, text // one writer: the lines stay in order
	apart(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, _ = io.WriteString(in, h.stdin) // a hook need not read it
	_ = in.Close()
	return cmd.Wait()
}

// hookEnv is what a hook sees: the person's whole environment, as under git, for
// it may need a virtual environment or a tool's folder; but no variable that
// holds a secret (keyring.Private), and none that points git elsewhere. What would draw on our
// terminal is not told of it.
func hookEnv() []string {
	elsewhere := []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CONFIG_COUNT", "GPG_TTY"}
	env := slices.DeleteFunc(keyring.Harmless(os.Environ()), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(elsewhere, name) || strings.HasPrefix(name, "GIT_CONFIG_VALUE_") || strings.HasPrefix(name, "GIT_CONFIG_KEY_")
	})
	return append(env, "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=")
}
