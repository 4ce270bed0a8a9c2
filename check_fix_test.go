package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// mendable has a server that is gone; the rest is not ours to change.
const mendable = "# ours, and it stays\n" + travisHead + "    python: '3.12'\n  server: https://pypi.python.org/pypi   # long ago\n"

var mended = strings.Replace(mendable, "https://pypi.python.org/pypi", "https://upload.pypi.org/legacy/", 1)

// toMend is a world whose clone has the file, committed.
func toMend(t *testing.T) (w world, file string) {
	t.Helper()
	w = start(t, "happy", quick, nil)
	dir := w.command(t.Context(), "you").Dir
	commitFiles(w, dir, map[string]string{".travis.yml": mendable})
	return w, filepath.Join(dir, ".travis.yml")
}

func (w world) holds(file, want string) {
	w.t.Helper()
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		w.t.Errorf("%v: the file holds\n%s", err, got)
	}
}

// TestCheckFix: what is mended is shown, and written only after a yes.
func TestCheckFix(t *testing.T) {
	t.Parallel()
	w, file := toMend(t)
	const diff = "-  server: https://pypi.python.org/pypi   # long ago\n+  server: https://upload.pypi.org/legacy/   # long ago\n"
	for _, c := range []struct {
		args []string
		exit int
		says string
		file string
	}{
		{[]string{"--fix"}, 8, "ferry check --fix --yes", mendable},
		{[]string{"--fix", "--no-input"}, 8, "no file was changed", mendable},
		{[]string{"--fix", "--dry-run"}, 1, "mends travis-dead-server in .travis.yml", mendable},
		{[]string{"--fix", "--dry-run", "--yes"}, 1, "mends travis-dead-server", mendable},
		{[]string{"--fix", "--yes"}, 0, ".travis.yml is written; commit it before the release", mended},
	} {
		r := w.run("you", append([]string{"check", "--offline", "--plain"}, c.args...)...)
		if r.code != c.exit || !strings.Contains(r.err, c.says) || !strings.Contains(r.err, diff) || strings.Contains(r.out, diff) {
			t.Errorf("%v: %d\n%s%s", c.args, r.code, r.out, r.err)
		}
		w.holds(file, c.file)
	}
	if r := w.run("you", "check", "--offline", "--plain", "--fix", "--yes"); r.code != 0 || !strings.Contains(r.err, "nothing here can be mended") {
		t.Errorf("a second time: %d\n%s", r.code, r.err)
	}
	w.holds(file, mended)
}

// TestCheckFixLeavesWork: a file that somebody works on is theirs, and so is one
// of which nobody knows what was meant.
func TestCheckFixLeavesWork(t *testing.T) {
	t.Parallel()
	w, file := toMend(t)
	mine := mendable + "# mine\n"
	w.write(".travis.yml", mine)
	if r := w.run("you", "check", "--offline", "--plain", "--fix", "--yes"); r.code != 1 || !strings.Contains(r.err, "differs from the commit") {
		t.Errorf("%d\n%s", r.code, r.err)
	}
	w.holds(file, mine)
	w.write(".travis.yml", "deploy: [\n")
	if r := w.run("you", "check", "--offline", "--plain", "--fix", "--yes"); r.code != 1 || !strings.Contains(r.err, "nothing here can be mended") {
		t.Errorf("unreadable: %d\n%s%s", r.code, r.out, r.err)
	}
	w.holds(file, "deploy: [\n")
}

// TestCheckFixAsks a person, who may say no: then the check goes on with the file
// as it is.
func TestCheckFixAsks(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		answer string
		args   []string
		exit   int
		file   string
	}{
		"no":         {"n\r", nil, 1, mendable},
		"yes":        {"y\r", nil, 0, mended},
		"enter":      {"\r", nil, 1, mendable},
		"accessible": {"y\r", []string{"--accessible"}, 0, mended},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			w, file := toMend(t)
			cmd := w.command(t.Context(), "you", append([]string{"check", "--offline", "--fix"}, c.args...)...)
			cmd.Env = append(cmd.Env, "TERM=xterm-256color", "CI=")
			person, program, err := pty.Open()
			if err != nil {
				t.Skip("no pseudo terminal: ", err)
			}
			defer person.Close()
			cmd.Stdin, cmd.Stderr = program, program
			out := &strings.Builder{}
			cmd.Stdout = out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			program.Close()
			screen := bufio.NewReader(person)
			question := ""
			for !strings.Contains(question, "of the work tree?") {
				b, err := screen.ReadByte()
				if err != nil {
					t.Fatalf("%v after %q", err, question)
				}
				question += string(b)
			}
			if !strings.Contains(question, "+  server: https://upload.pypi.org/legacy/") {
				t.Errorf("asked before the diff: %q", question)
			}
			if _, err := person.WriteString(c.answer); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, screen) // until the program ends
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != c.exit {
				t.Errorf("exit %d, want %d\n%s", got, c.exit, out)
			}
			w.holds(file, c.file)
		})
	}
}
