package sandbox

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ferry/flow/ci/citest"
	"ferry/gitops/gittest"
	"ferry/keyring"
	"ferry/pypi/pypitest"
)

// The names in every world.
const (
	Project = "acme-core"
	Version = "1.4.0"
	Slug    = "acme/acme-core"
	Branch  = "pypi-release"
)

// Credentials that are good in this world and nowhere else.
const (
	// uploadToken has the form and the length of an index's; it is of practice.example.
	uploadToken = "pypi-AgEQcHJhY3RpY2UuZXhhbXBsZQIkYzJhMWY3ZGUtNWQxYy00YzRlLTlkMGEtN2YyYjhmNmU0YTEwAAIrWzMsICI1YjFkMGMzZS1hYWFhLTRiMGUtOGY3ZS0wMTIzNDU2Nzg5YWIiXQAABiBwcmFjdGljZS13b3JsZC1zaWduYXR1cmUtMzJieXRlcw" //nolint:gosec // G101: it opens nothing
	ciToken     = "practice-world-ci-token"
)

// World is a running scenario. Its servers listen on loopback until Close.
type World struct {
	Dir     string // everything is below it
	Remote  *gittest.Server
	CI      *citest.Server
	Index   *pypitest.Server
	Test    *pypitest.Server // the index to try out on; nil where a scenario has none
	Commits []string         // of main, the first one first

	RemoteURL, IndexURL, TestURL, CIURL string

	scenario Scenario
	past     map[string][]pypitest.File // by version: what was on the index before the scenario begins
	outage   outage
	identity *rsa.PrivateKey // of the runs of CI; nil where they have none
	servers  []*http.Server
}

// Wrap may put a handler around one of the servers, which is "remote", "ci" or
// "index": to count requests, to delay them, or to end who asks.
type Wrap func(server string, h http.Handler) http.Handler

// Start makes a scenario's world below a folder. ctx bounds nothing but the
// start; Close ends the world.
func Start(ctx context.Context, s Scenario, dir string, wrap Wrap) (*World, error) {
	if wrap == nil {
		wrap = func(_ string, h http.Handler) http.Handler { return h }
	}
	w := &World{Dir: dir, scenario: s, past: map[string][]pypitest.File{}, outage: outage{servers: s.Down}}
	if err := w.bareKeys(); err != nil {
		return nil, err
	}
	w.Index = w.index("pypi")
	w.Remote = gittest.New(gittest.Options{OnUpdate: w.pushed})
	if err := w.listen(ctx, w.outage.before(wrap)); err != nil {
		w.Close()
		return nil, err
	}
	if err := errors.Join(w.history(), w.trust()); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// listen starts the servers; CI needs the index's address, and knows the remote
// only by what it pushes.
func (w *World) listen(ctx context.Context, wrap Wrap) (err error) {
	if w.IndexURL, err = w.serve(ctx, wrap("index", w.Index)); err != nil {
		return err
	}
	if err = w.bareIndex(ctx, wrap); err != nil {
		return err
	}
	script, err := citest.ParseScript(w.scenario.CI)
	if err != nil {
		return err
	}
	w.CI = citest.New(citest.Options{Slug: Slug, UploadURL: w.IndexURL + "/legacy/", UploadToken: keyring.NewSecret(uploadToken), Token: keyring.NewSecret(ciToken), Script: script,
		Uploads:  w.uploads(),
		Identity: w.identity,
		Tag:      w.releaseTag,
		Tip:      func(ref string) string { return w.Remote.Peel(Slug, w.Remote.Refs(Slug)[ref]) },
		Checkout: func(sha string) (fs.FS, error) { return w.Remote.Tree(Slug, sha) }})
	if err = w.bareCI(); err != nil {
		return err
	}
	routes := w.CI.Travis()
	switch {
	case w.scenario.bare():
		routes = w.bothCIs()
	case w.scenario.Provider == "github":
		routes = w.CI.GitHub()
	}
	if w.CIURL, err = w.serve(ctx, wrap("ci", routes)); err != nil {
		return err
	}
	base, err := w.serve(ctx, wrap("remote", w.Remote))
	w.RemoteURL = base + "/" + Slug + ".git"
	return err
}

func (w *World) serve(ctx context.Context, h http.Handler) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	w.servers = append(w.servers, s)
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), nil
}

// Close ends the servers. The folder stays.
func (w *World) Close() {
	if w.CI != nil {
		w.CI.Close()
	}
	for _, s := range w.servers {
		_ = s.Close()
	}
}

// Clone gives a maintainer's checkout of main, and makes it if there is none yet:
// everybody has one from before an outage.
func (w *World) Clone(name string) (string, error) {
	dir := filepath.Join(w.Dir, name, Project)
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	defer w.outage.pause()()
	return dir, gittest.Checkout(dir, w.RemoteURL, "main")
}

// Home makes a home folder for one maintainer, with settings that name this
// world's addresses and its pace.
func (w *World) Home(name string) (string, error) {
	home := filepath.Join(w.Dir, name)
	files := map[string]string{
		".config/ferry/config.toml": w.settings(),
		".gitconfig":                fmt.Sprintf("[user]\n\tname = %s\n\temail = %s@example.org\n[init]\n\tdefaultBranch = main\n", person(name), name),
	}
	var errs []error
	for path, text := range files {
		file := filepath.Join(home, filepath.FromSlash(path))
		errs = append(errs, os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600))
	}
	return home, errors.Join(errs...)
}

func person(name string) string {
	name, _, _ = strings.Cut(name, "-")
	return strings.ToUpper(name[:1]) + name[1:] + " Maintainer"
}

func (w *World) settings() string {
	return fmt.Sprintf(`# The addresses and the pace of the practice world.
[index.pypi]
upload = %q
simple = %q
json = %q

[ci]
url = %q
ui = %q

[wait]
every = "200ms"
settle = "1s"
second-look = "1s"
`, w.IndexURL+"/legacy/", w.IndexURL+"/simple/", w.IndexURL+"/pypi/", w.CIURL, w.CIURL) + w.bareSettings()
}

// passed are the variables of the caller that change how things look, and the editor
// to write with, and no more: what the child may read of this machine is the world's own.
var passed = []string{"TERM", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR",
	"ACCESSIBLE", "FERRY_ACCESSIBLE", "FERRY_PROGRESS", "COLUMNS", "LINES", "CI", "TMUX", "SSH_CONNECTION", "INSIDE_EMACS", "SystemRoot", "GOCOVERDIR", "VISUAL", "EDITOR"}

// Env is the environment of a command in a home of this world. bin is put first
// in PATH.
func (w *World) Env(home, bin string, getenv func(string) string) []string {
	env := map[string]string{
		"HOME": home, "USERPROFILE": home,
		"XDG_CONFIG_HOME": filepath.Join(home, ".config"), "XDG_STATE_HOME": filepath.Join(home, ".local", "state"),
		"XDG_CACHE_HOME": filepath.Join(home, ".cache"), "XDG_RUNTIME_DIR": filepath.Join(home, ".run"),
		"GIT_CONFIG_GLOBAL": filepath.Join(home, ".gitconfig"), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
		"TRAVIS_TOKEN": ciToken, "GH_TOKEN": ciToken, "TMPDIR": w.Dir,
		"PATH": bin + string(os.PathListSeparator) + getenv("PATH"),
	}
	maps.Copy(env, w.bareEnv())
	for _, name := range passed {
		if v := getenv(name); v != "" {
			env[name] = v
		}
	}
	var out []string
	for name, v := range maps.All(env) {
		out = append(out, name+"="+v)
	}
	return out
}

// pushed is the host's hook: CI hears of what people push, not of the scene.
func (w *World) pushed(u gittest.Update) {
	if u.Pushed {
		w.CI.Push(u.Ref, u.Old, w.Remote.Peel(Slug, u.New))
	}
}
