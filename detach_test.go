package main

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// stall holds the answer to the first push that comes: what it carries is
// handled, or is not, and the answer comes, or the connection breaks.
type stall struct {
	lost bool // the push never arrives
	once sync.Once
	held chan struct{} // closed when it is held
	open chan struct{} // closed to let go of it
}

func newStall(lost bool) *stall {
	return &stall{lost: lost, held: make(chan struct{}), open: make(chan struct{})}
}

func (s *stall) wrap(_ string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first := false
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
			s.once.Do(func() { first = true })
		}
		if !first {
			h.ServeHTTP(w, r)
			return
		}
		if !s.lost {
			h.ServeHTTP(w, r)
		}
		close(s.held)
		<-s.open
		if s.lost {
			panic(http.ErrAbortHandler)
		}
	})
}

// until waits for something that another process brings about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("never: " + what)
		}
	}
}

// transcript is what a process says, read while it runs.
type transcript struct {
	mu  sync.Mutex
	all strings.Builder
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

func (s *transcript) has(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.all.String(), text)
}

// pushing is a release whose first push is held.
func pushing(t *testing.T, s *stall, face string) (w world, cmd *exec.Cmd, said *transcript) {
	w = start(t, "happy", quick, s.wrap)
	cmd, said = w.command(t.Context(), "you", "release", face, "--yes="+sandbox.Version), &transcript{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.held:
	case <-t.Context().Done():
		t.Fatal("nothing was pushed")
	}
	return w, cmd, said
}

const question = "Wait for the server's answer"

// TestInterruptedInTheMiddleOfAPush: the person is asked whether to wait or to
// detach, and is told afterwards what is true.
func TestInterruptedInTheMiddleOfAPush(t *testing.T) {
	for name, c := range map[string]struct {
		lost, detach bool
		want         string
	}{
		"the answer comes":    {want: "it landed"},
		"the connection ends": {lost: true, want: "it was not there at the last look"},
		"detached":            {detach: true, want: "whether it landed is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStall(c.lost)
			w, cmd, said := pushing(t, s, "--plain")
			_ = cmd.Process.Signal(os.Interrupt)
			until(t, question, func() bool { return said.has(question) })
			if c.detach {
				_ = cmd.Process.Signal(os.Interrupt)
				_ = cmd.Wait()
				close(s.open)
			} else {
				close(s.open)
				_ = cmd.Wait()
			}
			if code := cmd.ProcessState.ExitCode(); code != 130 || !said.has(c.want) || !said.has("ferry status") {
				t.Errorf("exit code %d\n%s", code, said.all.String())
			}
			if r := w.run("you", yes...); r.code != 0 {
				t.Errorf("again: exit code %d\n%s", r.code, r.err)
			}
			w.published()
		})
	}
}

// TestInterruptedInTheMiddleOfAPushAsJSON: the stream has the question, says what
// became of the push, and ends with a result.
func TestInterruptedInTheMiddleOfAPushAsJSON(t *testing.T) {
	s := newStall(false)
	_, cmd, said := pushing(t, s, "--json")
	_ = cmd.Process.Signal(os.Interrupt)
	until(t, "the note", func() bool { return said.has(`"kind":"note"`) })
	close(s.open)
	_ = cmd.Wait()
	lines := strings.Split(strings.TrimSpace(said.all.String()), "\n")
	if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(lines[len(lines)-1], `"kind":"result"`) || !said.has(": it landed") {
		t.Errorf("exit code %d\n%s", code, said.all.String())
	}
}
