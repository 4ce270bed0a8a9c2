//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// dialogue types an answer whenever the program asks, in turn, and gives all that
// the terminal showed. A ctrl-c among them is a signal, as it is from a keyboard.
func dialogue(t *testing.T, cmd *exec.Cmd, prompt string, answers ...string) string {
	t.Helper()
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "CI=")
	window, err := pty.Start(cmd)
	if err != nil {
		t.Skip("no pseudo terminal: ", err)
	}
	defer window.Close()
	screen, shown, asked := bufio.NewReader(window), "", 0
	for {
		b, err := screen.ReadByte()
		if err != nil { // the program has ended
			_ = cmd.Wait()
			return strings.ReplaceAll(shown, "\r\n", "\n")
		}
		shown += string(b)
		if strings.Count(shown, prompt) > asked && asked < len(answers) {
			if _, err := window.WriteString(answers[asked]); err != nil {
				t.Fatal(err)
			}
			asked++
		}
	}
}

func setsUp(w world) *exec.Cmd {
	return w.command(w.t.Context(), "you", "onboard", "--plain", "--publish=travis", "--start=branch", "--testpypi=yes", "--python=3.12",
		"--script=pytest", "--register=ci", "--pypirc=no", "--server=no", "--commit=branch", "--rehearse=no")
}

// TestOnboardLeftAtAQuestion: the end of the input is a no, and no fault.
func TestOnboardLeftAtAQuestion(t *testing.T) {
	t.Parallel()
	w := bare(t, nil)
	was := w.at("you")
	cmd := w.command(t.Context(), "you", "onboard", "--plain")
	shown := dialogue(t, cmd, "Type a number", "\x04")
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(shown, "next    ferry onboard") {
		t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), shown)
	}
	w.unchanged("you", was, "after leaving")
}

// TestOnboardTakenBack: after a no, each thing that was done is offered to be taken
// back, in words that no one takes for going on.
func TestOnboardTakenBack(t *testing.T) {
	t.Parallel()
	w := bare(t, nil)
	cmd := setsUp(w)
	shown := dialogue(t, cmd, "Type y or n", "y\n", "y\n", "n\n", "y\n", "y\n", "y\n")
	if code := cmd.ProcessState.ExitCode(); code != 2 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"ask     take back: commit on the branch ferry-onboard", "ask     take back: edit .travis.yml", ".travis.yml was taken away\n", "Travis no longer builds"} {
		if !strings.Contains(shown, want) {
			t.Errorf("it does not say %q:\n%s", want, shown)
		}
	}
	if left := w.git("you", "status", "--porcelain") + w.git("you", "branch", "--list", "ferry-*"); w.active() || left != "" {
		t.Errorf("Travis builds it: %v; left: %q", w.active(), left)
	}
}

// TestOnboardInterrupted: what is done by then is said, and how to go on.
func TestOnboardInterrupted(t *testing.T) {
	t.Parallel()
	w := bare(t, nil)
	cmd := setsUp(w)
	shown := dialogue(t, cmd, "Type y or n", "y\n", "\x03")
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"done, and stays: have Travis build", "next    ferry onboard"} {
		if !strings.Contains(shown, want) {
			t.Errorf("it does not say %q:\n%s", want, shown)
		}
	}
	if _, err := os.Stat(cmd.Dir + "/.travis.yml"); err == nil {
		t.Error("the file was written without a yes")
	}
}
