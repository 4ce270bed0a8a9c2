package gitops_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// hook puts a pre-push hook into the world's clone.
func (w *world) hook(dir, script string, mode os.FileMode) {
	w.t.Helper()
	needs(w.t, "sh")
	must(w.t, os.MkdirAll(dir, 0o755))
	must(w.t, os.WriteFile(filepath.Join(dir, "pre-push"), []byte(script), mode))
}

// What a hook sees is what it would see under git.
func TestPrePushHookSeesWhatGitShows(t *testing.T) {
	for name, value := range map[string]string{"FERRY_TOKEN_PYPI": "canary", "GH_TOKEN": "canary", "PGPASSWORD": "canary", "PIP_INDEX_URL": "https://u:canary@host/", "GPG_TTY": "canary", "VIRTUAL_ENV": "kept"} {
		t.Setenv(name, value)
	}
	w := newWorld(t, gittest.Options{})
	seen := filepath.Join(t.TempDir(), "seen")
	w.hook(filepath.Join(w.dir, ".git", "hooks"), `#!/bin/sh
{ echo "$# $1 $2"; pwd; echo "$GIT_DIR"; cat; env | grep canary; echo "$VIRTUAL_ENV"; } >`+seen+`
while read l; do :; done
echo said; echo warned >&2
`, 0o755)
	for _, c := range []struct {
		do   func() error
		line string
	}{
		{func() error { return w.remote.Create(t.Context(), release, w.first, nil) }, w.first + " " + w.first + " " + release + " " + zeros},
		{func() error { return w.remote.Delete(t.Context(), release, w.first, nil) }, "(delete) " + zeros + " " + release + " " + w.first},
	} {
		must(t, c.do())
		b, err := os.ReadFile(seen)
		must(t, err)
		equal(t, "seen", string(b), fmt.Sprintf("2 origin %s\n%s\n%s\n%s\nkept\n", w.url, w.dir, filepath.Join(w.dir, ".git"), c.line))
	}
	var lines []string
	must(t, w.remote.Create(t.Context(), release, w.first, func(l string) { lines = append(lines, l) }))
	if !strings.HasPrefix(strings.Join(lines, "\n"), "said\nwarned") {
		t.Errorf("progress: %q", lines)
	}
}

const zeros = "0000000000000000000000000000000000000000"

// A tag that exists in memory only can be read by the hook, through git.
func TestPrePushHookCanReadTheTag(t *testing.T) {
	needs(t, "git")
	w := newWorld(t, gittest.Options{})
	seen := filepath.Join(t.TempDir(), "seen")
	w.hook(filepath.Join(w.dir, ".git", "hooks"), "#!/bin/sh\nread local sha rest\ngit cat-file -p $sha >"+seen+" && git rev-list --count $sha\n", 0o755)
	id, err := w.remote.CreateTag(t.Context(), claim, claimOf(w.first), nil)
	must(t, err)
	b, err := os.ReadFile(seen)
	must(t, err)
	if !strings.Contains(string(b), "object "+w.first) || w.repo.Has(id) {
		t.Errorf("the hook read %q", b)
	}
}

func TestPrePushHookRefuses(t *testing.T) {
	needs(t, "sh")
	w := newWorld(t, gittest.Options{})
	hooks := filepath.Join(w.dir, ".git", "hooks")
	for name, c := range map[string]struct {
		script string
		mode   os.FileMode
		exit   int
		text   string
	}{
		"says no":        {"#!/bin/sh\necho not today >&2\nexit 3\n", 0o755, 3, "not today"},
		"no #! line":     {"echo not today\nexit 1\n", 0o755, 1, "not today"},
		"no interpreter": {"#!/no/such/thing\n", 0o755, -1, ""},
		"not executable": {"#!/bin/sh\nexit 1\n", 0o644, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, os.RemoveAll(hooks))
			w.hook(hooks, c.script, c.mode)
			before := len(w.server.Updates())
			ref := release + "-" + strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "#!", "x")
			err := w.remote.Create(t.Context(), ref, w.first, nil)
			var hook *gitops.HookError
			if c.exit == 0 {
				must(t, err)
				return
			}
			if !errors.As(err, &hook) || hook.Exit != c.exit || !strings.Contains(strings.Join(hook.Text, "\n"), c.text) || hook.Hook != filepath.Join(hooks, "pre-push") {
				t.Errorf("got %v %+v", err, hook)
			}
			equal(t, "updates", len(w.server.Updates()), before)
		})
	}
}

func TestPrePushHookByHooksPath(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	w.hook(filepath.Join(w.dir, ".husky"), "#!/bin/sh\nexit 1\n", 0o755)
	git(t, w.dir, "config", "core.hooksPath", ".husky")
	if err := w.remote.Create(t.Context(), release, w.first, nil); !is[*gitops.HookError](err) {
		t.Errorf("got %v", err)
	}
}

// A hook that hangs, with a child that holds our pipe, ends with the deadline,
// and at once with the person's ctrl-C.
func TestPrePushHookThatHangs(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	w.hook(filepath.Join(w.dir, ".git", "hooks"), "#!/bin/sh\nsleep 3600 &\nsleep 3600\n", 0o755)
	m, err := w.repo.Remote("origin", gitops.RemoteOptions{HookTime: 200 * time.Millisecond})
	must(t, err)
	var hook *gitops.HookError
	if err := m.Create(t.Context(), release, w.first, nil); !errors.As(err, &hook) || !hook.Late {
		t.Errorf("late: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(100*time.Millisecond, cancel).Stop()
	if err := w.remote.Create(ctx, release, w.first, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
