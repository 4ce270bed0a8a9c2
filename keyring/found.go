package keyring

import (
	"bytes"
	"slices"
)

// Holds says whether a text holds what looks like a token, or a value that was
// sealed in this process. What only stands for a token (ghp_xxxxxxxx, a value
// with EXAMPLE in it) is none. It is for files that are public or will be.
func Holds(text []byte) bool {
	return sealed.holds(text) || slices.ContainsFunc(looks(), func(l look) bool { return l.in(text) })
}

// HoldsKnown says whether a text holds a value that was sealed in this process.
func HoldsKnown(text []byte) bool { return sealed.holds(text) }

func (r *Redactor) holds(text []byte) (found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.known {
		_ = s.Use(func(v []byte) error {
			found = found || len(v) >= minHidden && bytes.Contains(text, v)
			return nil
		})
	}
	return found
}

func (l look) in(text []byte) bool {
	for {
		i := bytes.Index(text, []byte(l.prefix))
		if i < 0 {
			return false
		}
		inWord := i > 0 && wordByte(text[i-1])
		text = text[i+len(l.prefix):]
		n := 0
		for n < len(text) && l.of(text[n]) {
			n++
		}
		if !inWord && n >= l.min && !placeholder(text[:n]) {
			return true
		}
	}
}

// minVaried is how many different characters the rest of a real token has at
// the least: of sixteen that are chosen at random hardly ever fewer.
const minVaried = 8

func placeholder(rest []byte) bool {
	var seen [256]bool
	varied := 0
	for _, b := range rest {
		if !seen[b] {
			seen[b] = true
			varied++
		}
	}
	return varied < min(minVaried, len(rest)/2) || bytes.Contains(bytes.ToUpper(rest), []byte("EXAMPLE"))
}
