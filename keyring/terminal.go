package keyring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"
)

// ErrNotTyped is what a Prompter returns when the person left: by ctrl-c, by
// the end of the input, or by an empty line.
var ErrNotTyped = errors.New("no secret was typed")

// ErrNoTerminal says that there is nobody to type.
var ErrNoTerminal = errors.New("a secret is only read from a terminal")

// ErrControl says that what was typed holds a control character, an arrow key for one.
var ErrControl = errors.New("the secret holds a control character")

// maxTyped is longer than any token, and short enough for a pasted file to be noticed.
const maxTyped = 8 << 10

// Terminal is a Prompter that reads without echo.
type Terminal struct {
	In  *os.File
	Out io.Writer // where the label is shown
}

// Secret asks once. However it ends, the terminal is as it was before. When ctx
// ends first, the read is left behind, for a read of a terminal cannot be cut
// short; the next line typed is lost to it.
func (t Terminal) Secret(ctx context.Context, label string) (Secret, error) {
	fd := int(t.In.Fd())
	if !term.IsTerminal(fd) {
		return Secret{}, ErrNoTerminal
	}
	if _, err := fmt.Fprintf(t.Out, "%s (not shown): ", label); err != nil {
		return Secret{}, err
	}
	// Raw, and not merely without echo: so ctrl-c arrives here as a key, and
	// does not kill the program while the terminal is changed.
	before, err := term.MakeRaw(fd)
	if err != nil {
		return Secret{}, err
	}
	defer func() {
		_ = term.Restore(fd, before)
		_, _ = fmt.Fprintln(t.Out)
	}()
	return wait(ctx, t.In)
}

type typed struct {
	secret Secret
	err    error
}

func wait(ctx context.Context, in io.Reader) (Secret, error) {
	ch := make(chan typed, 1)
	go func() {
		s, err := readSecret(in)
		ch <- typed{s, err}
	}()
	select {
	case got := <-ch:
		return got.secret, got.err
	case <-ctx.Done():
		return Secret{}, context.Cause(ctx)
	}
}

// The keys that a terminal in raw mode no longer handles for us.
const (
	ctrlC     = 3
	ctrlD     = 4
	backspace = 8
	ctrlU     = 21
	deleteKey = 127
)

// readSecret reads keys up to the end of a line. It reads single bytes, so
// that nothing behind the line is taken from whoever reads next.
func readSecret(in io.Reader) (Secret, error) {
	line := make([]byte, 0, maxTyped)
	defer func() { clear(line[:cap(line)]) }()
	key := make([]byte, 1)
	for len(line) < maxTyped {
		if _, err := io.ReadFull(in, key); err != nil {
			return Secret{}, ErrNotTyped
		}
		switch key[0] {
		case '\r', '\n':
			return Typed(line)
		case ctrlC, ctrlD:
			return Secret{}, ErrNotTyped
		case ctrlU:
			line = line[:0]
		case backspace, deleteKey:
			line = Backspace(line)
		default:
			line = append(line, key[0])
		}
	}
	return Secret{}, fmt.Errorf("the secret is longer than %d bytes", maxTyped)
}

// Backspace takes the last character off what was typed.
func Backspace(line []byte) []byte {
	_, size := utf8.DecodeLastRune(line)
	return line[:len(line)-size]
}

// Typed seals what was typed: ErrNotTyped if that is nothing, ErrControl if it
// holds what cannot be meant. The caller clears the line.
func Typed(line []byte) (Secret, error) {
	switch {
	case len(line) == 0:
		return Secret{}, ErrNotTyped
	case !sound(string(line)):
		return Secret{}, ErrControl
	}
	return NewSecret(string(line)), nil
}
