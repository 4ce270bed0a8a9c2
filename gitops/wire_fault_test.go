package gitops_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// wiretap keeps what pushes sent, and lets a server offer more or less than it does.
type wiretap struct {
	mu     sync.Mutex
	sent   []string
	change *strings.Replacer // of the list before a push; each line keeps its length
}

func (w *wiretap) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			w.mu.Lock()
			w.sent = append(w.sent, string(body))
			w.mu.Unlock()
			h.ServeHTTP(rw, r)
			return
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			rw.Header()[k] = v
		}
		rw.WriteHeader(rec.Code)
		_, _ = io.WriteString(rw, w.change.Replace(rec.Body.String()))
	})
}

// orders takes the commands of a push apart, and what it asked the server for.
func orders(t *testing.T, body string) (commands, asked []string) {
	t.Helper()
	for {
		n, err := strconv.ParseUint(body[:4], 16, 16)
		must(t, err)
		if n == 0 {
			return commands, asked
		}
		line, caps, _ := strings.Cut(body[4:n], "\x00")
		commands, asked = append(commands, line), append(asked, strings.Fields(caps)...)
		body = body[n:]
	}
}

// TestOneCommandAndNoOptions: whatever a server offers, a push is one command
// with its old value, no list of them that needs to be atomic, and carries no
// options: text of ours would run through the host's own programs.
func TestOneCommandAndNoOptions(t *testing.T) {
	for name, change := range map[string]*strings.Replacer{
		"as it is": strings.NewReplacer(), "options offered": strings.NewReplacer("agent=gittest", "push-options "), "not atomic": strings.NewReplacer(" atomic ", " atomix "),
	} {
		t.Run(name, func(t *testing.T) {
			server := gittest.New(gittest.Options{})
			sha := server.Repo(repoPath, map[string]string{"f": "x"}, gittest.At(day))
			tap := &wiretap{change: change}
			h := httptest.NewServer(tap.wrap(server))
			defer h.Close()
			dir := filepath.Join(t.TempDir(), "clone")
			must(t, gittest.Checkout(dir, h.URL+"/"+repoPath+".git", ""))
			tap.sent = nil
			repo, err := gitops.Open(dir)
			must(t, err)
			m, err := repo.Remote("origin", gitops.RemoteOptions{Timeout: 5 * time.Second, UserAgent: "ferry/1 ; touch evil"})
			must(t, err)
			ctx := t.Context()
			_, err = m.CreateTag(ctx, claim, claimOf(sha), nil)
			must(t, err)
			must(t, m.Create(ctx, release, sha, nil))
			must(t, m.Delete(ctx, release, sha, nil))
			zero := strings.Repeat("0", 40)
			equal(t, "pushes", len(tap.sent), 3)
			for i, want := range []string{zero + " " + server.Refs(repoPath)[claim] + " " + claim, zero + " " + sha + " " + release, sha + " " + zero + " " + release} {
				commands, asked := orders(t, tap.sent[i])
				if len(commands) != 1 || commands[0] != want {
					t.Errorf("commands %q, want %q", commands, want)
				}
				for _, c := range asked {
					if c != "report-status" && c != "side-band-64k" && !strings.HasPrefix(c, "agent=") {
						t.Errorf("it asks for %s", c)
					}
				}
			}
		})
	}
}

// TestPushIsNeverTurnedIntoARead: a POST that is redirected could become a GET
// that is answered well, which would look like success.
func TestPushIsNeverTurnedIntoARead(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		w := newWorld(t, gittest.Options{})
		asked := make(chan string, 9)
		fine := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			asked <- r.Method + " " + r.URL.Path
			rw.Header().Set("Content-Type", "application/x-git-receive-pack-result")
			_, _ = io.WriteString(rw, "000eunpack ok\n0023ok refs/heads/pypi-release\n0000")
		}))
		defer fine.Close()
		w.server.Faults(gittest.Redirect(code, fine.URL))
		var moved *gitops.RedirectedError
		if err := w.remote.Create(t.Context(), release, w.first, nil); !errors.As(err, &moved) {
			t.Errorf("%d: got %T %v", code, err, err)
		}
		if len(asked) > 0 {
			t.Errorf("%d: it went on with %s", code, <-asked)
		}
		equal(t, "ref", w.server.Refs(repoPath)[release], "")
	}
}

// TestEndlessProgress: a server that talks without end is left, and what became
// of the push is not known until the refs are read again.
func TestEndlessProgress(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	lines := slices.Repeat([]string{strings.Repeat("\x1b]0;x\x07", 8000)}, 100)
	w.server.Faults(gittest.Progress(0, lines...))
	kept := 0
	err := w.remote.Create(t.Context(), release, w.first, func(line string) {
		if strings.Contains(line, "\x1b") { // what it said, and not what we did
			kept += len(line)
		}
	})
	if !is[*gitops.UncertainError](err) || !errors.Is(err, gitops.ErrTooBig) {
		t.Errorf("got %T %v", err, err)
	}
	if kept > 64<<10 {
		t.Errorf("%d bytes of it were kept", kept)
	}
	refs, err := w.remote.Refs(t.Context())
	must(t, err)
	equal(t, "landed", at(t, refs, release), w.first)
}

// TestFolderConflict: git keeps refs as files, so a branch and a branch below its
// name exclude each other, in both directions and in a race too.
func TestFolderConflict(t *testing.T) {
	for name, c := range map[string]struct{ there, wanted string }{"below": {release + "/x", release}, "above": {release, release + "/x"}} {
		for _, late := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", in a race"}[late], func(t *testing.T) {
				w := newWorld(t, gittest.Options{})
				appears := func() { w.server.SetRef(repoPath, c.there, w.first) }
				if late {
					w.server.Faults(gittest.Between(appears))
				} else {
					appears()
				}
				var refused *gitops.RefusedError
				err := w.remote.Create(t.Context(), c.wanted, w.first, nil)
				if !errors.As(err, &refused) || !late && !strings.Contains(refused.Reason, c.there) {
					t.Errorf("got %T %v", err, err)
				}
				equal(t, "wanted", w.server.Refs(repoPath)[c.wanted], "")
				equal(t, "there", w.server.Refs(repoPath)[c.there], w.first)
			})
		}
	}
}

// TestRealServersNo does it with git's own server: a hook that draws, a server
// that is not atomic, a folder in the way, and a corrupt clone.
func TestRealServersNo(t *testing.T) {
	bare, clone, ours := realRemote(t)
	git(t, bare, "config", "receive.advertiseAtomic", "false")
	git(t, bare, "config", "receive.advertisePushOptions", "true")
	m := realOpen(t, clone, backend(t, filepath.Dir(filepath.Dir(bare)))+"/o/r.git", login("u", "p"))
	hook := filepath.Join(bare, "hooks", "update")
	must(t, os.MkdirAll(filepath.Dir(hook), 0o755))
	must(t, os.WriteFile(hook, []byte("#!/bin/sh\ncase $1 in *pypi-release) printf '\\033[2J\\033]52;c;eA==\\007no\\n' >&2; exit 1;; esac\n"), 0o755))
	id, err := m.CreateTag(t.Context(), claim, claimOf(ours), nil)
	must(t, err)
	var refused *gitops.RefusedError
	if err := m.Create(t.Context(), release, ours, nil); !asType(err, &refused) || refused.Kind != gitops.KindHook || !slices.Contains(refused.Text, "\x1b[2J\x1b]52;c;eA==\x07no") {
		t.Errorf("hook: %v %+v", err, refused)
	}
	equal(t, "the claim stays", git(t, bare, "rev-parse", claim), id)
	must(t, os.Remove(hook))
	git(t, bare, "update-ref", release+"/x", ours)
	if err := m.Create(t.Context(), release, ours, nil); !asType(err, &refused) || !strings.Contains(refused.Reason, "pypi-release/x") {
		t.Errorf("folder: %v %+v", err, refused)
	}
}

// TestCorruptClone: an object that is damaged or gone stops the push before
// anything is sent.
func TestCorruptClone(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"gone":  os.Remove,
		"empty": func(path string) error { return errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, nil, 0o600)) },
		"damaged": func(path string) error {
			return errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte("\x78\x9c nonsense"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, gittest.Options{})
			sha := w.commit("release 1.0")
			must(t, harm(filepath.Join(w.dir, ".git", "objects", sha[:2], sha[2:])))
			w.open(gittest.Options{}, 5*time.Second)
			before := len(w.server.Updates())
			if err := w.remote.Create(t.Context(), release, sha, nil); err == nil || is[*gitops.UncertainError](err) {
				t.Errorf("got %T %v", err, err)
			}
			equal(t, "updates", len(w.server.Updates()), before)
		})
	}
}
