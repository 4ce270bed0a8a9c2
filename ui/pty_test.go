//go:build unix

package ui

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// demo is the test binary as the program under trial, in a pty that never
// answers a question.
type demo struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	mu   sync.Mutex
	out  bytes.Buffer
	more chan struct{}
}

func startDemo(t *testing.T, env ...string) *demo {
	t.Helper()
	d := &demo{t: t, cmd: exec.Command(os.Args[0]), more: make(chan struct{}, 1)}
	d.cmd.Env = append([]string{"TERM=xterm-256color", "HOME=/nonexistent", "PATH=" + os.Getenv("PATH")}, env...)
	var err error
	if d.tty, err = pty.StartWithSize(d.cmd, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Skip("no pty: ", err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill(); _ = d.tty.Close() })
	go d.read()
	return d
}

func (d *demo) read() {
	buf := make([]byte, 4096)
	for {
		n, err := d.tty.Read(buf)
		d.mu.Lock()
		d.out.Write(buf[:n])
		d.mu.Unlock()
		select {
		case d.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (d *demo) seen() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

// until waits for a text, twenty seconds at most.
func (d *demo) until(want string) string {
	d.t.Helper()
	end := time.After(20 * time.Second)
	for {
		if s := d.seen(); strings.Contains(s, want) {
			return s
		}
		select {
		case <-d.more:
		case <-end:
			d.t.Fatalf("%q never came; the terminal got %q", want, d.seen())
		}
	}
}

func (d *demo) keys(s string) { _, _ = d.tty.WriteString(s) }

// ended waits for the end and checks that the terminal was given back.
func (d *demo) ended() string {
	d.t.Helper()
	late := time.AfterFunc(20*time.Second, func() { _ = d.cmd.Process.Kill() })
	defer late.Stop()
	_ = d.cmd.Wait()
	s := d.until("outcome:")
	for _, want := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"} {
		if !strings.Contains(s, want) {
			d.t.Errorf("the terminal did not get %q back", want)
		}
	}
	if at := strings.LastIndex(s, "\x1b[?1049l"); strings.Contains(s[at:], "\x1b[?25l") {
		d.t.Error("the cursor stays hidden")
	}
	return s[strings.LastIndex(s, "\x1b[?1049l"):]
}

// TestSilentTerminal: nothing is asked of the terminal, so a terminal that never
// answers costs nothing, and the first frame does not wait for the checkout.
func TestSilentTerminal(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=hangs")
	s := d.until("Opening")
	for _, ask := range []string{"\x1b]", "\x1b[6n", "\x1b[c", "\x1b[>", "\x1bP"} {
		if strings.Contains(s, ask) {
			t.Errorf("the terminal was asked %q: %q", ask, s)
		}
	}
	d.keys("q")
	d.ended()
}

func TestHomeInAPty(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=home")
	d.until("cut 1.4.0 from main")
	d.keys("q")
	if s := d.ended(); !strings.Contains(s, "outcome: <nil> left: false") {
		t.Errorf("ended with %q", s)
	}
}

// TestReleaseInAPty goes from the gate to the proof through the real engine.
func TestReleaseInAPty(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=release", "FERRY_UI_PACE=300ms")
	d.until("Type the version")
	for !strings.Contains(d.seen(), "enter starts it") { // the gate is deaf at first
		d.keys("\x151.4.0")
		select {
		case <-d.more:
		case <-time.After(200 * time.Millisecond):
		}
	}
	d.keys("\r")
	d.until("can be installed")
	d.keys("q")
	if s := d.ended(); !strings.Contains(s, "pip install acme-core==1.4.0") || !strings.Contains(s, "outcome: <nil>") {
		t.Errorf("ended with %q", s)
	}
}

func TestSignalsGiveTheTerminalBack(t *testing.T) {
	for sig, want := range map[syscall.Signal]string{syscall.SIGTERM: "terminated", syscall.SIGHUP: "terminated", syscall.SIGINT: "interrupted"} {
		d := startDemo(t, "FERRY_UI_DEMO=home")
		d.until("cut 1.4.0 from main")
		_ = d.cmd.Process.Signal(sig)
		if s := d.ended(); !strings.Contains(s, "outcome: "+want) {
			t.Errorf("%v: ended with %q", sig, s)
		}
	}
}

func TestPanicGivesTheTerminalBack(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=panics")
	if s := d.ended(); !strings.Contains(s, "This program has a fault") {
		t.Errorf("ended with %q", s)
	}
}

func TestSuspendAndResume(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=home")
	d.until("cut 1.4.0 from main")
	d.keys("\x1a")
	d.until("\x1b[?1049l")
	_ = d.cmd.Process.Signal(syscall.SIGCONT)
	end := time.After(20 * time.Second)
	for strings.Count(d.seen(), "\x1b[?1049h") < 2 {
		select {
		case <-d.more:
		case <-time.After(100 * time.Millisecond): // it may stop after the first signal to go on
			_ = d.cmd.Process.Signal(syscall.SIGCONT)
		case <-end:
			t.Fatalf("the screen did not come back: %q", d.seen())
		}
	}
	d.keys("q")
	d.ended()
}

// TestOnboardInAPty goes from the first question to the end through the real
// engine, takes the last step back, and leaves.
func TestOnboardInAPty(t *testing.T) {
	d := startDemo(t, "FERRY_UI_DEMO=onboard")
	for _, s := range []struct{ until, key string }{
		{"Set up acme-plugin-gcp", "\r"}, {"How does CI publish?", "\r"}, {"Which job deploys?", "\r"}, {"On which branch", "\r"}, {"This is what will be done", "\r"},
	} {
		d.until(s.until)
		d.keys(s.key)
	}
	d.until("w writes this file")
	d.pressUntil("w", "push branch ferry-onboard?")
	d.pressUntil("y", "is set up.")
	d.keys("u")
	d.until("Take this back")
	d.pressUntil("y", "Taken back: push branch ferry-onboard")
	d.keys("q")
	if s := d.ended(); !strings.Contains(s, "Taken back: push branch ferry-onboard") || !strings.Contains(s, "done: write .travis.yml") {
		t.Errorf("ended with %q", s)
	}
}

// pressUntil presses a key again and again, for what it answers is deaf at first.
func (d *demo) pressUntil(key, want string) {
	d.t.Helper()
	for end := time.Now().Add(20 * time.Second); !strings.Contains(d.seen(), want); {
		if time.Now().After(end) {
			d.t.Fatalf("%q never came; the terminal got %q", want, d.seen())
		}
		d.keys(key)
		select {
		case <-d.more:
		case <-time.After(700 * time.Millisecond): // more than what keeps it deaf
		}
	}
}
