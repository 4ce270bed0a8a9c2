package pypi

import (
	"bytes"
	"fmt"
	"log/slog"
	"unicode/utf8"

	"ferry/keyring"
)

// maxPypirc is far above every real file, and far below what would hurt.
const maxPypirc = 256 << 10

// Pypirc is the text of a .pypirc and what it means. It is an opaque box, like
// a keyring.Secret: the text holds passwords, and those of other people's
// indexes too, so nothing may print it. The zero Pypirc is an empty file.
type Pypirc struct{ open *func() *rcDoc }

// ParsePypirc reads a file by the rules of Python's RawConfigParser, which is
// what twine reads it with. What Python refuses is refused here.
func ParsePypirc(data []byte) (Pypirc, error) {
	if err := rcText(data); err != nil {
		return Pypirc{}, err
	}
	doc, err := rcParse(bytes.Clone(data))
	if err != nil {
		return Pypirc{}, err
	}
	return rcSeal(doc), nil
}

func rcSeal(doc *rcDoc) Pypirc {
	open := func() *rcDoc { return doc }
	return Pypirc{&open}
}

// rcText refuses what is no text that Python would read.
func rcText(data []byte) error {
	switch {
	case len(data) > maxPypirc:
		return &PypircError{Reason: PypircTooLarge}
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return &PypircError{Reason: PypircBOM, Lines: []int{1}}
	case bytes.IndexByte(data, 0) >= 0, !utf8.Valid(data):
		return &PypircError{Reason: PypircNotText}
	}
	return nil
}

func (p Pypirc) doc() *rcDoc {
	if p.open == nil {
		return &rcDoc{defaults: &rcSection{name: rcDefault}}
	}
	return (*p.open)()
}

// Same says whether two files have the same bytes.
func (p Pypirc) Same(q Pypirc) bool { return bytes.Equal(p.doc().data, q.doc().data) }

// Format keeps every verb of fmt from the text.
func (Pypirc) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(rcMask)) }

// LogValue shows a mask to slog.
func (Pypirc) LogValue() slog.Value { return slog.StringValue(rcMask) }

// MarshalText refuses, and with it JSON, XML and TOML encoders do.
func (Pypirc) MarshalText() ([]byte, error) { return nil, keyring.ErrSealed }

// GobEncode refuses.
func (Pypirc) GobEncode() ([]byte, error) { return nil, keyring.ErrSealed }
