package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"golang.org/x/term"

	"ferry/flow/sandbox"
)

// sitting is a command at a terminal, and the person before it.
type sitting struct {
	a    *aviary
	cmd  *exec.Cmd
	tty  *os.File
	said transcript
	over chan struct{}
}

func (a *aviary) sit(cmd *exec.Cmd) *sitting {
	a.t.Helper()
	s := &sitting{a: a, cmd: cmd, over: make(chan struct{})}
	s.cmd.Env = append(s.cmd.Env, "TERM=xterm-256color", "LANG=C.UTF-8")
	var err error
	if s.tty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Cols: 120, Rows: 40}); err != nil {
		a.t.Skip("no pseudo terminal: ", err)
	}
	a.t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.tty.Close() })
	go func() {
		defer close(s.over)
		buf := make([]byte, 32<<10)
		for n, err := 0, error(nil); err == nil; {
			n, err = s.tty.Read(buf)
			_, _ = s.said.Write(buf[:n])
		}
	}()
	return s
}

// see waits until a text was shown, thirty seconds at most.
func (s *sitting) see(text string) {
	s.a.t.Helper()
	end := time.After(30 * time.Second)
	for !strings.Contains(ansi.Strip(s.text()), text) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-end:
			s.a.t.Fatalf("%q was never shown:\n%s", text, ansi.Strip(s.text()))
		}
	}
}

// silent waits until what is typed is not shown: in raw mode.
func (s *sitting) silent() {
	s.a.t.Helper()
	end := time.After(30 * time.Second)
	for !raw(s.a.t, s.tty) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-end:
			s.a.t.Fatal("the terminal still echoes")
		}
	}
}

// raw says whether a terminal is no longer as it is when it is new.
func raw(t testing.TB, tty *os.File) bool {
	t.Helper()
	person, program, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	defer program.Close()
	fresh, err := term.GetState(int(person.Fd()))
	now, err2 := term.GetState(int(tty.Fd()))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return *fresh != *now
}

func (s *sitting) text() string {
	s.said.mu.Lock()
	defer s.said.mu.Unlock()
	return s.said.all.String()
}

func (s *sitting) types(keys string) { _, _ = s.tty.WriteString(keys) }

// ends waits for the end, and looks at all that was ever on the screen, with the
// escape sequences and without.
func (s *sitting) ends() {
	s.a.t.Helper()
	late := time.AfterFunc(30*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	_ = s.cmd.Wait()
	<-s.over
	all := s.text()
	if found := s.a.birds.in([]byte(all + ansi.Strip(all))); len(found) > 0 {
		s.a.t.Errorf("%v on the screen:\n%s", found, ansi.Strip(all))
	}
}

// TestNoCanaryOnTheScreen: the full-screen program beside a CI that prints every
// secret it knows: the home screen, a whole release with its log, a failure.
func TestNoCanaryOnTheScreen(t *testing.T) {
	for _, scenario := range []string{"red-but-published", "ci-red"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			env := variables()
			a := newAviary(t, scenario, env, nil)
			home := a.sit(a.ferry(env))
			home.see("acme-core")
			home.see("1.4.0")
			home.types("q")
			home.ends()
			run := a.sit(a.ferry(env, "release", "--yes="+sandbox.Version, "--events", filepath.Join(a.home, "events"), "--debug", filepath.Join(a.home, "debug")))
			run.see("job")
			run.types("l")
			if scenario != "ci-red" {
				run.see("sha256")
			} else {
				run.see("ci.red")
			}
			_ = run.cmd.Process.Signal(syscall.SIGTERM)
			run.ends()
			if !strings.Contains(run.text(), "•••") {
				t.Errorf("CI's log was not on the screen:\n%s", ansi.Strip(run.text()))
			}
			a.nothing(map[string][]string{"ci": {"TRAVIS_TOKEN"}})
		})
	}
}

// TestNoCanaryThatIsTyped: a token that a person types is not shown, whatever
// becomes of it.
func TestNoCanaryThatIsTyped(t *testing.T) {
	for i, words := range []string{"auth login pypi", "auth login corp --accessible", "auth login testpypi --debug @/debug", "auth login travis --plain"} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			typed := map[string]string{"typed": indexBird(40 + i)}
			a := newAviary(t, "happy", nil, typed)
			s := a.sit(a.ferry(nil, strings.Fields(strings.ReplaceAll(words, "@", a.home))...))
			s.see("not shown")
			s.silent()
			s.types(typed["typed"] + "x\x7f\r")
			s.ends()
			if code := s.cmd.ProcessState.ExitCode(); code != 4 || !strings.Contains(s.text(), "(") {
				t.Errorf("exit %d\n%s", code, s.text())
			}
			a.birds.files(t, a.Dir)
		})
	}
}

// TestNoCanaryOfAKey: the passphrase of an ssh key, typed for a real sshd.
func TestNoCanaryOfAKey(t *testing.T) {
	t.Parallel()
	h := yard{cache: t.TempDir()}.host(t, "spyglass", false)
	typed := map[string]string{"passphrase": bird(70)}
	address, known := h.sshd()
	h.git(h.clone, "remote", "set-url", "origin", address)
	h.know(known, "hostkey.pub")
	lock := exec.Command("ssh-keygen", "-q", "-p", "-P", "", "-N", typed["passphrase"], "-f", filepath.Join(h.home, ".ssh", "id_ed25519"))
	if out, err := lock.CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v %s", err, out)
	}
	a := &aviary{world: world{t: t}, birds: flock(canary{"passphrase", typed["passphrase"]})}
	for _, flags := range [][]string{{"--accessible"}, {"--debug", filepath.Join(h.home, "debug")}} {
		cmd := exec.CommandContext(t.Context(), h.bin, append([]string{"status"}, flags...)...)
		cmd.Dir, cmd.Env = h.clone, h.environ()
		s := a.sit(cmd)
		s.see("not shown")
		s.silent()
		s.types("mistyped\r")
		for strings.Count(s.text(), "not shown") < 2 {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-s.over:
				t.Fatalf("it was asked for once:\n%s", s.text())
			}
		}
		s.silent()
		s.types(typed["passphrase"] + "\r")
		s.ends()
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit %d\n%s", code, s.text())
		}
	}
	a.birds.files(t, h.dir)
}
