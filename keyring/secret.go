// Package keyring is the only home of secrets. A Secret is an opaque box: it
// crosses package borders, but nothing can print, marshal, log or compare what
// is in it. The package also says where a secret may come from: the
// environment, or a person who is asked (Prompter).
package keyring

import (
	"errors"
	"fmt"
	"log/slog"
)

// mask is what every way of printing a Secret shows instead of its value.
const mask = "•••"

// ErrSealed is what encoders get that try to write a Secret down.
var ErrSealed = errors.New("a secret cannot be encoded")

// Secret holds a token or a password. The value sits behind a pointer to a
// closure, because fmt reaches into unexported string fields without asking
// their methods. The zero Secret is empty.
type Secret struct{ open *func() []byte }

// NewSecret seals a value, and makes it known to the net, see Hide. The caller
// must not keep its own copy.
func NewSecret(value string) Secret {
	s := seal(value)
	sealed.Add(s)
	return s
}

func seal(value string) Secret {
	if value == "" {
		return Secret{}
	}
	b := []byte(value)
	open := func() []byte { return b }
	return Secret{&open}
}

// IsZero says whether the box is empty.
func (s Secret) IsZero() bool { return s.open == nil }

// Use lends the value to f, the only way to read it. f must not keep the bytes.
func (s Secret) Use(f func(value []byte) error) error {
	if s.open == nil {
		return f(nil)
	}
	return f((*s.open)())
}

// Format keeps every verb of fmt from the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// String shows a mask.
func (Secret) String() string { return mask }

// GoString shows a mask.
func (Secret) GoString() string { return mask }

// LogValue shows a mask to slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText refuses, and with it JSON, XML and TOML encoders do.
func (Secret) MarshalText() ([]byte, error) { return nil, ErrSealed }

// MarshalJSON refuses.
func (Secret) MarshalJSON() ([]byte, error) { return nil, ErrSealed }

// GobEncode refuses.
func (Secret) GobEncode() ([]byte, error) { return nil, ErrSealed }
