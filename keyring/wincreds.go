package keyring

import (
	"context"
	"encoding/binary"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// maxBlob is the largest blob of a Windows credential, in bytes: CRED_MAX_CREDENTIAL_BLOB_SIZE.
const maxBlob = 5 * 512

// credential is a generic credential of Windows.
type credential struct {
	target, user string
	blob         []byte
	changed      time.Time
}

// credentials is the part of the Windows API that is used; tests have another.
type credentials interface {
	read(target string) (c credential, ok bool, err error)
	write(credential) error
	erase(target string) error
}

// windowsVault keeps secrets as Python's keyring does: the target is the
// service; only when another user has that, it is user@service.
type windowsVault struct{ api credentials }

func compound(service, user string) string { return user + "@" + service }

// ours are the entries of a user, the one that Python's keyring reads first.
func (w windowsVault) ours(service, user string) (ours []credential, taken bool, err error) {
	for _, target := range []string{service, compound(service, user)} {
		c, ok, err := w.api.read(target)
		switch {
		case err != nil:
			return nil, false, err
		case ok && c.user == user:
			ours = append(ours, c)
		case ok && target == service:
			taken = true
		}
	}
	return ours, taken, nil
}

func (w windowsVault) find(_ context.Context, service, user string) (Item, error) {
	ours, _, err := w.ours(service, user)
	if err != nil {
		return Item{}, err
	}
	if len(ours) == 0 {
		return Item{}, ErrNotFound
	}
	s, err := fromBlob(ours[0].blob)
	return Item{Secret: s, Changed: ours[0].changed, Copies: len(ours)}, err
}

// store writes first and removes the copy after, so that a failure loses nothing.
func (w windowsVault) store(_ context.Context, service, user string, s Secret) error {
	old, taken, err := w.ours(service, user)
	if err != nil {
		return err
	}
	target := service
	if taken {
		target = compound(service, user)
	}
	blob, err := toBlob(s)
	if err != nil {
		return err
	}
	if err := w.api.write(credential{target: target, user: user, blob: blob}); err != nil {
		return err
	}
	return w.eraseAll(old, target)
}

func (w windowsVault) eraseAll(cs []credential, but string) error {
	for _, c := range cs {
		if c.target == but {
			continue
		}
		if err := w.api.erase(c.target); err != nil {
			return err
		}
	}
	return nil
}

func (w windowsVault) remove(_ context.Context, service, user string) error {
	ours, _, err := w.ours(service, user)
	if err == nil && len(ours) == 0 {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	return w.eraseAll(ours, "")
}

// probe reads what is not there: the store answers, or it does not.
func (w windowsVault) probe(context.Context) error {
	_, _, err := w.api.read("ferry: is there a credential store?")
	return err
}

// toBlob is UTF-16 with the low byte first, without a mark and without a zero at the end.
func toBlob(s Secret) (blob []byte, err error) {
	err = s.Use(func(v []byte) error {
		for _, u := range utf16.Encode([]rune(string(v))) {
			blob = binary.LittleEndian.AppendUint16(blob, u)
		}
		if len(blob) > maxBlob {
			return &TooBigError{len(v), maxBlob / 2}
		}
		return nil
	})
	return blob, err
}

// fromBlob reads what Python's keyring wrote, and else UTF-8, which other
// programs write; Python does the same. ASCII of an even length is also sound
// UTF-16, of characters that no token has: so it is UTF-16 only with a zero in it.
func fromBlob(blob []byte) (Secret, error) {
	if text, ok := utf16Text(blob); ok {
		return NewSecret(text), nil
	}
	if !utf8.Valid(blob) {
		return Secret{}, &ShapeError{"is neither UTF-16 nor UTF-8"}
	}
	return NewSecret(string(blob)), nil
}

func utf16Text(blob []byte) (string, bool) {
	if len(blob)%2 != 0 {
		return "", false
	}
	units, latin := make([]uint16, len(blob)/2), false
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(blob[2*i:])
		latin = latin || units[i] < 0x100
	}
	text := string(utf16.Decode(units))
	for _, r := range text {
		if r == utf8.RuneError {
			return "", false
		}
	}
	return text, latin || !utf8.Valid(blob)
}
