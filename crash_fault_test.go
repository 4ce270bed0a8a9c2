package main

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/journal"
	"ferry/flow/sandbox"
)

// pushes sees every push of the program before it is handled, and may keep it.
type pushes struct {
	mu  sync.Mutex
	see func(body string, r *http.Request, serve func()) // calls serve to have it handled
}

func (p *pushes) wrap(_ string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
			h.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.mu.Lock()
		defer p.mu.Unlock()
		p.see(string(body), r, func() { h.ServeHTTP(w, r) })
	})
}

const (
	nothing   = "0000000000000000000000000000000000000000"
	branchRef = "refs/heads/" + sandbox.Branch
)

func createsBranch(body string) bool {
	return len(body) > 44 && strings.HasPrefix(body[4:], nothing) && strings.Contains(body[:min(len(body), 300)], " "+branchRef+"\x00")
}

func deletesBranch(body string) bool {
	return strings.Contains(body[:min(len(body), 300)], " "+nothing+" "+branchRef+"\x00")
}

// held keeps the first push back until it is let go.
func heldPush() (p *pushes, held, open chan struct{}) {
	held, open = make(chan struct{}), make(chan struct{})
	var once sync.Once
	return &pushes{see: func(_ string, _ *http.Request, serve func()) {
		once.Do(func() { close(held); <-open })
		serve()
	}}, held, open
}

func arrives(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(time.Minute):
		t.Fatal("nothing was pushed")
	}
}

// TestKilledAtAnyTime kills at random instants, up to three times, and lets the
// same machine or another one finish.
func TestKilledAtAnyTime(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("FERRY_RANDOM_KILLS"))
	if err != nil {
		n = 4
	}
	for seed := range uint64(n) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 2))
			w := start(t, "happy", quick, nil)
			for range 1 + rnd.IntN(3) {
				cmd := w.command(t.Context(), "you", yes...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				<-time.After(time.Duration(rnd.IntN(1200)) * time.Millisecond)
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
			if r := w.run([]string{"you", "sam"}[seed%2], yes...); r.code != 0 {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			w.published()
		})
	}
}

// TestTwoInOneHome: the same person starts it twice in the same clone. Both
// end alike, and neither spoils the other's journal.
func TestTwoInOneHome(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	for who, r := range together(t, w.command(t.Context(), "you", yes...), w.command(t.Context(), "you", yes...)) {
		if r.code != 0 {
			t.Errorf("%d: exit code %d\n%s", who, r.code, r.err)
		}
	}
	w.published()
	records, err := journal.Read(w.journal("you"))
	runs := map[string]bool{}
	for _, r := range records {
		if r.Run != "" {
			runs[r.Run] = true
		}
	}
	if err != nil || len(runs) != 2 {
		t.Errorf("%d runs in the journal: %v", len(runs), err)
	}
}

// journal is the file of the world's release in one maintainer's home.
func (w world) journal(who string) string {
	return journal.Path(filepath.Join(w.Dir, who+"-home", ".local", "state", "ferry"), sandbox.Project, sandbox.Version)
}

// TestReaderLeavesInTheMiddleOfAPush: whoever read the output goes away while
// the server has the push. The release is done all the same.
func TestReaderLeavesInTheMiddleOfAPush(t *testing.T) {
	for _, face := range []string{"--plain", "--json"} {
		t.Run(face, func(t *testing.T) {
			t.Parallel()
			p, held, open := heldPush()
			w := start(t, "happy", quick, p.wrap)
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd := w.command(t.Context(), "you", "release", face, "--yes="+sandbox.Version)
			cmd.Stdout, cmd.Stderr = writer, writer
			if err := errors.Join(cmd.Start(), writer.Close()); err != nil {
				t.Fatal(err)
			}
			arrives(t, held)
			_ = reader.Close()
			close(open)
			_ = cmd.Wait()
			if !cmd.ProcessState.Exited() {
				t.Errorf("it was killed: %v", cmd.ProcessState)
			}
			w.published()
		})
	}
}

// ghost is a push whose sender is killed, and which the server carries out only
// after another machine has deleted the branch and seen that it is gone.
type ghost struct {
	mu      sync.Mutex
	victim  *killer
	kept    *http.Request
	looks   int // at the refs since the branch was deleted
	deleted bool
	risen   bool
}

func (g *ghost) wrap(name string, h http.Handler) http.Handler {
	if name != "remote" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.kept == nil && createsBranch(string(body)) {
			g.kept = httptest.NewRequest(r.Method, r.URL.Path, bytes.NewReader(body))
			g.kept.Header = r.Header.Clone()
			_, victim := g.victim.count()
			_ = victim.Process.Kill()
			panic(http.ErrAbortHandler)
		}
		if r.Method == http.MethodGet && g.deleted {
			g.looks++
		}
		if g.looks == 2 && !g.risen { // the first look has seen it gone
			g.risen = true
			h.ServeHTTP(httptest.NewRecorder(), g.kept)
		}
		h.ServeHTTP(w, r)
		g.deleted = g.deleted || deletesBranch(string(body))
	})
}

// TestGhostPush: the second look finds it, explains it, and names the command
// that deletes exactly that. No file is changed by what it set going.
func TestGhostPush(t *testing.T) {
	t.Parallel()
	g := &ghost{victim: &killer{}}
	w := start(t, "happy", quick, g.wrap)
	cmd := w.command(t.Context(), "you", yes...)
	g.victim.start(t, cmd)
	_ = cmd.Wait()
	r := w.run("sam", yes...)
	at := w.Remote.Refs(sandbox.Slug)[branchRef]
	if !g.risen || at == "" {
		t.Fatalf("there is no ghost: exit code %d\n%s", r.code, r.err)
	}
	for _, want := range []string{"branch.ghost", "everything else is done and proved", "--force-with-lease=" + branchRef + ":" + at} {
		if r.code != 3 || !strings.Contains(r.err, want) {
			t.Errorf("exit code %d, want %q\n%s", r.code, want, r.err)
		}
	}
	if again := w.run("sam", yes...); again.code != 0 || w.Remote.Refs(sandbox.Slug)[branchRef] != "" {
		t.Errorf("the clean-up: exit code %d\n%s", again.code, again.err)
	}
}
