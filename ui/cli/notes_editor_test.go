package cli

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/keyring"
)

// script is an editor of a few lines of sh.
func script(t *testing.T, lines string) string {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh here: ", err)
	}
	path := file(t, "editor", "#!/bin/sh\n"+lines+"\n")
	if err := os.Chmod(path, 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return path
}

// rig is an editor whose output is read line by line.
type rig struct {
	editor
	said  *bufio.Scanner
	input *os.File
	end   []func(error)
}

func newRig(t *testing.T, command string) *rig {
	t.Helper()
	r := &rig{}
	in, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	said, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _, _, _ = in.Close(), input.Close(), said.Close(), out.Close() })
	t.Setenv("TMPDIR", t.TempDir())
	r.said, r.input = bufio.NewScanner(said), input
	r.editor = editor{command: command, in: in, out: out, environ: os.Environ(), abort: func(f func(error)) { r.end = append(r.end, f) }}
	return r
}

func (r *rig) line(t *testing.T) string {
	t.Helper()
	if !r.said.Scan() {
		t.Fatal("the editor says nothing: ", r.said.Err())
	}
	return r.said.Text()
}

func left(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEditor: what a person's program leaves is the text, and nothing else is left.
func TestEditor(t *testing.T) {
	for name, c := range map[string]struct {
		lines, args, text, want string
		code                    string
	}{
		"leaves it":           {lines: ":", text: "- x", want: "- x\n"},
		"writes more":         {lines: `echo "- y" >>"$1"`, text: "- x", want: "- x\n- y\n"},
		"starts with nothing": {lines: `test -f "$1" && ! test -s "$1" && echo "- y" >"$1"`, want: "- y\n"},
		"puts another there":  {lines: `echo "- z" >"$1.new" && mv "$1.new" "$1"`, text: "- x", want: "- z\n"},
		"with words of its":   {lines: `test "$1" = --wait && test "$2" = "a b" && echo "$1" >"$3"`, args: ` --wait "a b"`, want: "--wait\n"},
		"a line of shell":     {lines: `test "$MODE" = plain && echo "$MODE" >"$1"`, args: " ", want: "plain\n"},
		"empties it":          {lines: `: >"$1"`, text: "- x"},
		"a name for Markdown": {lines: `basename "$1" >"$1"`, want: "NOTES-1.4.0.md\n"},
		"the person's alone":  {lines: `ls -l "$1" | cut -c1-10 >>"$1"; ls -ld "$(dirname "$1")" | cut -c1-10 >>"$1"`, want: "-rw-------\ndrwx------\n"},
		"fails":               {lines: "exit 3", text: "- x", code: flow.CodeDeclined},
		"takes it away":       {lines: `rm "$1"`, text: "- x", code: flow.CodeDeclined},
		"leaves no text":      {lines: `printf '\377' >"$1"`, text: "- x", code: flow.CodeDeclined},
		"is not there":        {lines: ":", args: "-of-another-name", code: flow.CodeNotesEditor},
	} {
		t.Run(name, func(t *testing.T) {
			command := script(t, c.lines) + c.args
			if c.args == " " {
				command = "MODE=plain " + command
			}
			r := newRig(t, command)
			got, err := r.edit(t.Context(), "NOTES-1.4.0.md", c.text)
			var p *flow.Problem
			if got != c.want || errors.As(err, &p) != (c.code != "") || p != nil && (p.Code != c.code || len(p.Next) == 0) {
				t.Errorf("%q, %+v", got, err)
			}
			if p != nil && p.Code == flow.CodeDeclined && flow.ExitCode(err) != 2 {
				t.Errorf("exit %d", flow.ExitCode(err))
			}
			if all := left(t); len(all) != 0 {
				t.Errorf("left: %v", all)
			}
		})
	}
}

func TestNoEditorIsKnown(t *testing.T) {
	var p *flow.Problem
	if _, err := (editor{}).edit(t.Context(), "NOTES.md", "x"); !errors.As(err, &p) || p.Code != flow.CodeNotesEditor || len(p.Next) == 0 {
		t.Errorf("%+v", err)
	}
}

// TestEditorSeesNoSecret of those that the environment holds, and the rest of it.
func TestEditorSeesNoSecret(t *testing.T) {
	t.Setenv("TWINE_PASSWORD", "example-of-the-editor-4j8s2x")
	t.Setenv("VIMINIT", "set nocompatible")
	r := newRig(t, script(t, `env >"$1"`))
	r.environ = keyring.Harmless(os.Environ())
	got, err := r.edit(t.Context(), "NOTES.md", "")
	if err != nil || strings.Contains(got, "4j8s2x") || !strings.Contains(got, "VIMINIT=set nocompatible\n") {
		t.Errorf("%v:\n%s", err, got)
	}
}

// TestEditorEndsWithUs: what ends us ends the editor, also one that does not want to,
// and the file goes.
func TestEditorEndsWithUs(t *testing.T) {
	for name, trap := range map[string]string{"it ends": "trap 'echo ends; exit 1' TERM", "it stays": "trap '' TERM"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, script(t, trap+"\necho ready\nwhile :; do read line; done"))
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			ended := make(chan error, 1)
			go func() {
				_, err := r.edit(ctx, "NOTES.md", "x")
				ended <- err
			}()
			if got := r.line(t); got != "ready" {
				t.Fatal(got)
			}
			cancel(flow.ErrTerminated)
			if _, err := r.input.WriteString("\n"); err != nil { // a shell hears a signal between two commands
				t.Log(err)
			}
			if err := <-ended; !errors.Is(err, flow.ErrTerminated) || len(left(t)) != 0 {
				t.Errorf("%v, left %v", err, left(t))
			}
		})
	}
}

// TestEditorOutlivesAnInterrupt, which is the terminal's and its own to hear. What
// then ends us at once takes the file along.
func TestEditorOutlivesAnInterrupt(t *testing.T) {
	r := newRig(t, script(t, `echo ready; read line; echo "$line"; read line`))
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() {
		_, err := r.edit(ctx, "NOTES.md", "x")
		ended <- err
	}()
	if got := r.line(t); got != "ready" {
		t.Fatal(got)
	}
	cancel(flow.ErrInterrupted)
	if _, err := r.input.WriteString("still here\n"); err != nil {
		t.Fatal(err)
	}
	if got := r.line(t); got != "still here" || len(left(t)) != 1 {
		t.Fatalf("%q, %v", got, left(t))
	}
	for _, f := range r.end {
		f(flow.ErrInterrupted)
	}
	if all := left(t); len(all) != 0 {
		t.Errorf("left: %v", all)
	}
	if _, err := r.input.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, flow.ErrInterrupted) {
		t.Error(err)
	}
}
