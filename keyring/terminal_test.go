package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"ferry/keyring"
)

// tell writes once a prompt was shown, as a person does.
type tell struct {
	bytes.Buffer
	keys string
	to   *os.File
}

func (w *tell) Write(b []byte) (int, error) {
	if w.keys != "" {
		keys := w.keys
		w.keys = ""
		// The keys come after the terminal has changed; a terminal that still
		// echoes is what the test is to find.
		time.AfterFunc(50*time.Millisecond, func() { _, _ = w.to.WriteString(keys) })
	}
	return w.Buffer.Write(b)
}

func open(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, program, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminal: ", err)
	}
	t.Cleanup(func() { _, _ = person.Close(), program.Close() })
	return person, program
}

func TestTerminal(t *testing.T) {
	for _, tt := range []struct {
		name, keys, want string
		err              error
	}{
		{"typed", canary + "\r", canary, nil},
		{"spaces stay", " a b \r", " a b ", nil},
		{"mended", "xü\x7f\x7fab\x15" + canary + "y\x08\n", canary, nil},
		{"ctrl-c", canary + "\x03", "", keyring.ErrNotTyped},
		{"ctrl-d within the line", canary + "\x04", "", keyring.ErrNotTyped},
		{"empty line", "\r", "", keyring.ErrNotTyped},
		{"arrow key", "ab\x1b[D\r", "", keyring.ErrControl},
	} {
		t.Run(tt.name, func(t *testing.T) {
			person, program := open(t)
			before, err := term.GetState(int(program.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			out := &tell{keys: tt.keys, to: person}
			s, err := keyring.Terminal{In: program, Out: out}.Secret(t.Context(), "PyPI token")
			if !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if err := s.Use(func(v []byte) error {
				if string(v) != tt.want {
					t.Errorf("%d bytes instead of %d", len(v), len(tt.want))
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			after, err := term.GetState(int(program.Fd()))
			if err != nil || !reflect.DeepEqual(before, after) {
				t.Errorf("the terminal is not as it was: %v", err)
			}
			if out.String() != "PyPI token (not shown): \n" {
				t.Errorf("shown: %q", out.String())
			}
			if echoed := read(t, person, program); leaks(echoed) {
				t.Errorf("echoed: %q", echoed)
			}
		})
	}
}

// read gives what the terminal has shown by itself.
func read(t *testing.T, person, program *os.File) string {
	t.Helper()
	if _, err := program.WriteString("\nend"); err != nil {
		t.Fatal(err)
	}
	var all []byte
	b := make([]byte, 1024)
	for !strings.HasSuffix(string(all), "end") {
		n, err := person.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b[:n]...)
	}
	return string(all)
}

func TestTerminalEndsWithItsContext(t *testing.T) {
	person, program := open(t)
	before, err := term.GetState(int(program.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = keyring.Terminal{In: program, Out: &tell{}}.Secret(ctx, "token")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	after, err := term.GetState(int(program.Fd()))
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("the terminal is not as it was: %v", err)
	}
	if _, err := person.WriteString("\n"); err != nil { // lets the read that was left behind end
		t.Error(err)
	}
}

func TestNoTerminal(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := (keyring.Terminal{In: f, Out: &tell{}}).Secret(t.Context(), "x"); !errors.Is(err, keyring.ErrNoTerminal) {
		t.Errorf("got %v", err)
	}
}
