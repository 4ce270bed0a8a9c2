package keyring

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxCommand is the longest line that `security -i` reads.
const maxCommand = 4096

// The exit codes of `security`: the low byte of the system's error numbers.
const (
	macNotAllowed = 36  // errSecInteractionNotAllowed: locked, and no screen
	macNotFound   = 44  // errSecItemNotFound
	macAuth       = 51  // errSecAuthFailed
	macCanceled   = 128 // errSecUserCanceled
)

// security runs Apple's program: its words, and what it is to read.
type security func(ctx context.Context, stdin string, args ...string) (stdout, stderr []byte, code int, err error)

// macVault keeps secrets as Python's keyring does: a generic password whose
// data is the value itself. go-keyring writes a prefix and base64 instead, which
// twine would send as the token.
type macVault struct{ run security }

func (m macVault) find(ctx context.Context, service, user string) (Item, error) {
	// -g and not -w: the latter shows some values as hex and does not say so.
	_, stderr, code, err := m.run(ctx, "", "find-generic-password", "-s", service, "-a", user, "-g")
	if err := macError("read", code, err); err != nil {
		return Item{}, err
	}
	s, err := macPassword(stderr)
	return Item{Secret: s, Copies: 1}, err
}

// store sends the value through standard input, as hex: an argument would be
// shown to every process. `security -i` ends with 0 whatever happened, so the
// Store reads back.
func (m macVault) store(ctx context.Context, service, user string, s Secret) error {
	command, err := addCommand(service, user, s)
	if err != nil {
		return err
	}
	_, _, code, err := m.run(ctx, command, "-i")
	return macError("write", code, err)
}

// remove goes on until nothing is found: several keychains may hold one each.
func (m macVault) remove(ctx context.Context, service, user string) error {
	const enough = 16
	for i := range enough {
		_, _, code, err := m.run(ctx, "", "delete-generic-password", "-s", service, "-a", user)
		if code == macNotFound && err == nil && i > 0 {
			return nil
		}
		if err := macError("delete", code, err); err != nil {
			return err
		}
	}
	return &SystemError{"delete", "there is always one more entry"}
}

func (m macVault) probe(ctx context.Context) error {
	_, _, code, err := m.run(ctx, "", "show-keychain-info")
	return macError("probe", code, err)
}

func macError(op string, code int, err error) error {
	switch {
	case err != nil:
		return err
	case code == 0:
		return nil
	case code == macNotFound:
		return ErrNotFound
	case code == macNotAllowed, code == macAuth, code == macCanceled:
		return ErrLocked
	}
	return &SystemError{op, "security ended with " + strconv.Itoa(code)}
}

// addCommand is the line that stores a secret, or changes it.
func addCommand(service, user string, s Secret) (line string, err error) {
	words := make([]string, 2)
	for i, w := range []string{service, user} {
		if words[i], err = macWord(w); err != nil {
			return "", err
		}
	}
	err = s.Use(func(v []byte) error {
		line = fmt.Sprintf("add-generic-password -U -s %s -a %s -X %s\n", words[0], words[1], hex.EncodeToString(v))
		if room := maxCommand - (len(line) - 2*len(v)); len(line) > maxCommand {
			return &TooBigError{len(v), room / 2}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return line, nil
}

var macSafe = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// macWord quotes a word for the line. What its parser might read in two ways is refused.
func macWord(w string) (string, error) {
	switch {
	case macSafe.MatchString(w):
		return w, nil
	case strings.ContainsAny(w, `'"\`) || !sound(w):
		return "", &ShapeError{"has a service or user that the keychain's program cannot be told"}
	}
	return "'" + w + "'", nil
}

// The prefixes of what go-keyring stored: by older programs, and by other tools.
const (
	goHex    = "go-keyring-encoded:"
	goBase64 = "go-keyring-base64:"
)

// macPassword finds the value in what -g prints: password: "text", or
// password: 0xHEX  "text" where the text is not plain. Other lines are noise.
func macPassword(out []byte) (Secret, error) {
	for line := range bytes.Lines(out) {
		rest, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("password: "))
		if !ok {
			continue
		}
		value, err := macValue(string(rest))
		if err != nil {
			return Secret{}, &ShapeError{"cannot be read from the keychain"}
		}
		return fromGoKeyring(value)
	}
	return Secret{}, &ShapeError{"is not in what the keychain's program says"}
}

func macValue(s string) (string, error) {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		digits, _, _ = strings.Cut(digits, " ")
		b, err := hex.DecodeString(digits)
		return string(b), err
	}
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", strconv.ErrSyntax
	}
	return octal(s[1 : len(s)-1])
}

// octal undoes \134, the form in which a backslash is printed.
func octal(s string) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if len(after) < 3 {
			return "", strconv.ErrSyntax
		}
		n, err := strconv.ParseUint(after[:3], 8, 8)
		if err != nil {
			return "", strconv.ErrSyntax
		}
		b.WriteByte(byte(n))
		s = after[3:]
	}
}

func fromGoKeyring(value string) (Secret, error) {
	decode, text := base64.StdEncoding.DecodeString, ""
	if t, ok := strings.CutPrefix(value, goBase64); ok {
		text = t
	} else if t, ok := strings.CutPrefix(value, goHex); ok {
		decode, text = hex.DecodeString, t
	} else {
		return NewSecret(value), nil
	}
	b, err := decode(text)
	if err != nil {
		return Secret{}, &ShapeError{"is damaged in the keychain"}
	}
	return NewSecret(string(b)), nil
}
