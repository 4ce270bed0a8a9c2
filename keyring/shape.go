package keyring

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxValue is far beyond any token: what is larger is a file by mistake.
const maxValue = 64 << 10

// Check says whether a secret can go into a keyring, a header and a file
// without becoming something else there. It is a *ShapeError or a *TooBigError.
func Check(s Secret) error { return s.Use(checkShape) }

func checkShape(v []byte) error {
	first, _ := utf8.DecodeRune(v)
	last, _ := utf8.DecodeLastRune(v)
	switch {
	case len(v) == 0:
		return &ShapeError{"is empty"}
	case len(v) > maxValue:
		return &TooBigError{len(v), maxValue}
	case !utf8.Valid(v):
		return &ShapeError{"is not UTF-8"}
	case bytes.ContainsAny(v, "\r\n"):
		return &ShapeError{"holds a line break"}
	case bytes.ContainsFunc(v, unicode.IsControl):
		return &ShapeError{"holds a control character"}
	case unicode.IsSpace(first) || unicode.IsSpace(last):
		return &ShapeError{"begins or ends with a space"}
	}
	return nil
}

// checkName refuses what cannot be the name of an item, or an item of nobody.
func checkName(what, name string) error {
	if name == "" || !utf8.ValidString(name) || !sound(name) {
		return &ShapeError{"has no usable " + what}
	}
	return nil
}

// Ends are the last four characters of a secret, for people to tell two apart.
// A short secret has none: four characters of it would be too much of it.
func Ends(s Secret) (length int, ends string) {
	_ = s.Use(func(v []byte) error {
		length = len(v)
		if length >= 24 {
			ends = string(v[length-4:])
		}
		return nil
	})
	return length, ends
}
