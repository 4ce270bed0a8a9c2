//go:build unix

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"

	"ferry/flow/journal"
)

// TestTerminalClosedInTheMiddleOfAPush: the window is closed while the server
// has the push. The answer is waited for and written down, and a later run goes on.
func TestTerminalClosedInTheMiddleOfAPush(t *testing.T) {
	t.Parallel()
	p, held, open := heldPush()
	w := start(t, "happy", quick, p.wrap)
	cmd := w.command(t.Context(), "you", yes...)
	window, err := pty.Start(cmd)
	if err != nil {
		t.Skip("no pty: ", err)
	}
	arrives(t, held)
	_ = window.Close() // nothing was read of it: a read would keep it open
	close(open)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("exit code %d: %v", code, cmd.ProcessState)
	}
	records, err := journal.Read(w.journal("you"))
	told := ""
	for _, r := range records {
		told += r.Kind + " " + r.Step + " " + r.Status + "\n"
	}
	if err != nil || !strings.Contains(told, "ran claim \n") || !strings.Contains(told, "observed claim done\n") {
		t.Errorf("the journal does not say how it ended: %v\n%s", err, told)
	}
	if r := w.run("you", yes...); r.code != 0 {
		t.Errorf("again: exit code %d\n%s", r.code, r.err)
	}
	w.published()
}

// TestNobodyAtTheTerminal: without a terminal nothing blocks on an input that
// never comes, nothing is drawn, and the one gate stays shut.
func TestNobodyAtTheTerminal(t *testing.T) {
	silent, keep, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	defer silent.Close()
	for name, env := range map[string][]string{
		"plain": nil, "dumb": {"TERM=dumb"}, "no TERM": {"TERM="}, "no colour": {"NO_COLOR=1", "CLICOLOR_FORCE=1"}, "on a build server": {"CI=true"}, "a fine terminal elsewhere": {"TERM=xterm-256color", "COLORTERM=truecolor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			cmd := w.command(t.Context(), "you", "release")
			cmd.Env, cmd.Stdin = append(cmd.Env, env...), silent
			before := len(w.Remote.Updates())
			r := finish(t, cmd)
			if r.code != 8 || !strings.Contains(r.err, "ferry release --yes=1.4.0") || strings.ContainsAny(r.err+r.out, "\x1b\r\x07") {
				t.Errorf("exit code %d\n%q\n%q", r.code, r.out, r.err)
			}
			if len(w.Remote.Updates()) != before {
				t.Error("something was pushed")
			}
		})
	}
}
