package keyring

import (
	"context"
	"strings"
	"unicode"
)

// Prompter asks a person for a secret. Every face has its own.
type Prompter interface {
	// Secret shows the label and gives what was typed. ErrNotTyped means that
	// the person left; an empty Secret is never given.
	Secret(ctx context.Context, label string) (Secret, error)
}

// FromEnv seals the first of the named variables that is set, and says which
// one it is. A value with a control character in it is refused rather than
// mended, since it is not what the person thinks it is: then ok is false and
// the name is that of the refused variable.
func FromEnv(env func(string) string, names ...string) (s Secret, name string, ok bool) {
	for _, name := range names {
		value := env(name)
		switch {
		case value == "":
			continue
		case !sound(value):
			return Secret{}, name, false
		}
		return NewSecret(value), name, true
	}
	return Secret{}, "", false
}

// sound says whether a value can go into a header or a file without becoming
// two of them.
func sound(value string) bool { return !strings.ContainsFunc(value, unicode.IsControl) }
