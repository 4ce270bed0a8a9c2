package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/ci/citest"
	"ferry/flow/sandbox"
	"ferry/keyring"
	"ferry/pypi/pypitest"
)

// pace is how slow the services of a harbour are.
type pace struct {
	hook, queue, job time.Duration // until CI hears of a push, until a job starts, how long it takes
	stale            time.Duration // how far the pages of the index show the past
}

// somePace is another one for every trial. Pages may be as old as they say, which
// is a second, and no older.
func somePace(rnd *rand.Rand) pace {
	upTo := func(most int) time.Duration { return time.Duration(rnd.IntN(most)) * time.Millisecond }
	return pace{hook: upTo(60), queue: upTo(60), job: 10*time.Millisecond + upTo(60), stale: upTo(300)}
}

// harbour is a world whose git host is git's own http-backend: it logs what it
// received in a hook, and CI hears of that a while later. Its refs are on disk.
type harbour struct {
	world
	bare   string
	script *cgi.Handler
	wrap   sandbox.Wrap // around git host, CI and index; nil: nothing

	mu    sync.Mutex
	early []string // deletions that came while something was not over
}

// update is one line of the log that the host's hook writes.
type update struct{ old, new, ref string }

// template is a bare repository, and a clone of it, from which every harbour gets
// its own: made once, as the commit is always the same.
var template = sync.OnceValues(func() (string, error) {
	bin, err := program()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(bin, "host")
	clone, err := sampleClone(bin)
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"clone", "-q", "--bare", "--template=", clone, filepath.Join(dir, "bare")},
		{"--git-dir", filepath.Join(dir, "bare"), "config", "http.receivepack", "true"},
		{"--git-dir", filepath.Join(dir, "bare"), "repack", "-adq"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", &fs.PathError{Op: "git " + args[0], Path: string(out), Err: err}
		}
	}
	hook := filepath.Join(dir, "bare", "hooks", "post-receive")
	if err := os.MkdirAll(filepath.Dir(hook), 0o700); err != nil {
		return "", err
	}
	return dir, os.WriteFile(hook, []byte("#!/bin/sh\ncat >>received\n"), 0o700)
})

// sampleIn is the clone that belongs to a template.
func sampleIn(made string) string {
	return filepath.Join(filepath.Dir(made), "template", sandbox.Project)
}

// sampleClone is a clone of the sandbox's sample; its world is gone afterwards.
func sampleClone(dir string) (string, error) {
	s, err := sandbox.Find("happy")
	if err != nil {
		return "", err
	}
	w, err := sandbox.Start(context.Background(), s, dir, nil)
	if err != nil {
		return "", err
	}
	defer w.Close()
	return w.Clone("template")
}

func startHarbour(t *testing.T, p pace) *harbour {
	t.Helper()
	return wrapHarbour(t, p, nil)
}

// wrapHarbour makes one. Without git's own server it skips, and says so.
func wrapHarbour(t *testing.T, p pace, wrap sandbox.Wrap) *harbour {
	t.Helper()
	path := filepath.Join(gitPath(t), "git-http-backend")
	if _, err := os.Stat(path); err != nil {
		missing(t, "git-http-backend")
	}
	made, err := template()
	if err != nil {
		t.Fatal(err)
	}
	bin, _ := program()
	h := &harbour{world: world{&sandbox.World{Dir: t.TempDir()}, t, bin}, wrap: wrap}
	h.bare = filepath.Join(h.Dir, "git", sandbox.Slug+".git")
	if err := os.CopyFS(h.bare, os.DirFS(filepath.Join(made, "bare"))); err != nil {
		t.Fatal(err)
	}
	h.script = &cgi.Handler{Path: path, Env: []string{"GIT_PROJECT_ROOT=" + filepath.Join(h.Dir, "git"), "GIT_HTTP_EXPORT_ALL=1",
		"REMOTE_USER=ada", "HOME=" + h.Dir, "GIT_CONFIG_NOSYSTEM=1"}, InheritEnv: []string{"PATH"}}
	h.listen(p, sampleIn(made))
	return h
}

func gitPath(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(installed(t, "git", "git"), "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// harbourToken is what CI wants to be asked with: the sandbox puts it into every environment.
const harbourToken = "practice-world-ci-token"

// listen starts the services.
func (h *harbour) listen(p pace, tree string) {
	const token = "pypi-AgEIcHlwaS5vcmc-harbour"
	stale := map[string]time.Duration{pypitest.Simple: p.stale, pypitest.JSON: p.stale}
	h.Index = pypitest.New(pypitest.Options{Tokens: map[string][]string{token: {"*"}}, Lag: stale, MaxAge: map[string]int{pypitest.Simple: 1, pypitest.JSON: 1}})
	h.Index.Publish(sandbox.Project, "1.3.0", time.Now().Add(-500*time.Hour), pypitest.File{Name: "acme_core-1.3.0.tar.gz", Data: []byte("1.3.0")})
	h.IndexURL = h.serve("index", h.Index)
	jobs := []citest.Job{{Name: "py39", For: p.job / 2, Lines: 2}, {Name: "py312", For: p.job, Lines: 2}}
	h.CI = citest.New(citest.Options{Slug: sandbox.Slug, UploadURL: h.IndexURL + "/legacy/", UploadToken: keyring.NewSecret(token), Token: keyring.NewSecret(harbourToken),
		Checkout: func(string) (fs.FS, error) { return os.DirFS(tree), nil },
		Script:   citest.Script{Queue: p.queue, Attempts: []citest.Attempt{{Jobs: jobs, Deploy: citest.Deploy{Job: "py312"}}}}})
	h.t.Cleanup(h.CI.Close)
	h.CIURL = h.serve("ci", h.CI.Travis())
	h.RemoteURL = h.serve("git", http.HandlerFunc(h.host)) + "/" + sandbox.Slug + ".git"
	listenToHooks(h.t, filepath.Join(h.bare, "received"), p.hook, func(u update) {
		if strings.HasPrefix(u.ref, "refs/heads/") {
			h.CI.Push(u.ref, u.old, u.new)
		}
	})
}

func (h *harbour) serve(name string, handler http.Handler) string {
	if h.wrap != nil {
		handler = h.wrap(name, handler)
	}
	s := httptest.NewServer(handler)
	h.t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

// host serves git. A request of which only a part came is not handled, as with a
// proxy before it. A deletion is judged when it comes, whatever becomes of it.
func (h *harbour) host(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > 44 && deletesBranch(string(body)) {
		if why := h.unfinished(); why != "" {
			h.mu.Lock()
			h.early = append(h.early, why)
			h.mu.Unlock()
		}
	}
	h.script.ServeHTTP(w, r)
}

// unfinished says what is not over: a job that runs, a file that is not there.
func (h *harbour) unfinished() string {
	builds := 0
	for _, b := range h.CI.Builds() {
		if b.Ref != branchRef {
			continue
		}
		builds++
		for _, j := range b.Jobs {
			if !j.State.Final() {
				return "job " + j.Number + " is " + string(j.State)
			}
		}
	}
	if builds != 1 || len(h.uploads()) != 2 {
		return "there are not one build and two files"
	}
	return ""
}

// command is as in every world; the clone is a copy, and waits are short.
func (h *harbour) command(who string, args ...string) *exec.Cmd {
	h.t.Helper()
	made, _ := template()
	clone := filepath.Join(h.Dir, who, sandbox.Project)
	if _, err := os.Stat(clone); err != nil {
		config := filepath.Join(clone, ".git", "config")
		err = os.CopyFS(clone, os.DirFS(sampleIn(made)))
		text, _ := os.ReadFile(config)
		lines := strings.Split(string(text), "\n")
		for i, l := range lines {
			if strings.HasPrefix(strings.TrimSpace(l), "url = ") {
				lines[i] = "\turl = " + h.RemoteURL
			}
		}
		if err != nil || os.WriteFile(config, []byte(strings.Join(lines, "\n")), 0o600) != nil {
			h.t.Fatal("no clone: ", err)
		}
	}
	cmd := h.world.command(h.t.Context(), who, args...)
	cmd.Env = append(cmd.Env, "FERRY_WAIT_EVERY=20ms", "FERRY_WAIT_SETTLE=60ms", "FERRY_WAIT_SECOND_LOOK=80ms")
	return cmd
}

// received is what the host's hook logged, in order.
func (h *harbour) received() []update {
	text, err := os.ReadFile(filepath.Join(h.bare, "received"))
	if err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	return updates(string(text))
}

func updates(text string) (out []update) {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 3 && strings.HasSuffix(line, "\n") {
			out = append(out, update{f[0], f[1], f[2]})
		}
	}
	return out
}

// refs are the host's own, by git.
func (h *harbour) refs() map[string]string {
	h.t.Helper()
	out, err := exec.Command("git", "--git-dir", h.bare, "for-each-ref", "--format=%(refname) %(objectname)").CombinedOutput()
	if err != nil {
		h.t.Fatalf("%v %s", err, out)
	}
	refs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, sha, _ := strings.Cut(strings.TrimSpace(line), " ")
		refs[name] = sha
	}
	return refs
}

// heard hands on what the hook logs, each line a while after it was read.
type heard struct {
	file string
	tell func(update)
	seen int
	due  []time.Time
}

func listenToHooks(t testing.TB, file string, after time.Duration, tell func(update)) {
	l, done, ended := &heard{file: file, tell: tell}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(4 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				l.look(now, after)
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { close(done); <-ended })
}

func (l *heard) look(now time.Time, after time.Duration) {
	text, _ := os.ReadFile(l.file)
	all := updates(string(text))
	for range all[len(l.due):] {
		l.due = append(l.due, now.Add(after))
	}
	for l.seen < len(all) && !now.Before(l.due[l.seen]) {
		l.tell(all[l.seen])
		l.seen++
	}
}

// judge wants the world to be as one release leaves it, by the host's own log
// and the index's own counter: one creation, one upload of each file, one
// deletion of exactly that commit after all was over, and the claim.
func (h *harbour) judge() {
	h.t.Helper()
	created, deleted, ours := 0, 0, ""
	for _, u := range h.received() {
		switch {
		case u.ref != branchRef:
		case u.old == nothing:
			created++
			ours = u.new
		case u.old == ours && u.new == nothing:
			deleted++
		default:
			h.t.Errorf("a foreign change: %+v", u)
		}
	}
	if created != 1 || deleted != 1 || len(h.early) > 0 {
		h.t.Errorf("created %d times, deleted %d times, too early: %q", created, deleted, h.early)
	}
	for _, u := range h.Index.Uploads() {
		if u.Status != http.StatusOK {
			h.t.Errorf("refused: %+v", u)
		}
	}
	if up := h.uploads(); len(up) != 2 || slices.Max(values(up)) != 1 {
		h.t.Errorf("uploads: %v", up)
	}
	refs := h.refs()
	claim := "refs/releases/" + sandbox.Project + "/" + sandbox.Version
	if _, ok := refs[branchRef]; ok || refs[claim] == "" || refs[claim+"@2"] != "" {
		h.t.Errorf("refs: %v", refs)
	}
}
