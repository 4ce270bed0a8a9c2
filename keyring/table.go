package keyring

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// table are forms of values, by their first byte. It is never changed.
type table struct {
	forms [256][]form
	start [256]bool // something that is looked for begins so
}

// form is a text that is looked for. Its first least bytes are hidden alone too.
type form struct {
	text  []byte
	least int
}

// minHalved is the shortest value, in bytes, of which half is hidden too: texts
// are cut at their ends, and half a token is too much of it. Half of a shorter
// one may be an ordinary word, and half of several lines has ordinary ones.
const minHalved = 24

func newTable(known []Secret) *table {
	t := &table{}
	for _, b := range []byte(patternStarts) {
		t.start[b] = true
	}
	for _, s := range known {
		_ = s.Use(func(v []byte) error {
			for _, part := range parts(v) {
				t.add(part)
			}
			return nil
		})
	}
	return t
}

func (t *table) add(v []byte) {
	if len(v) < minHidden {
		return
	}
	for _, f := range forms(v) {
		if len(v) < minHalved || bytes.IndexByte(v, '\n') >= 0 {
			t.put(form{f, len(f)})
			continue
		}
		half := (len(f) + 1) / 2
		t.put(form{f, half})
		t.put(form{f[len(f)-half:], half})
	}
}

func (t *table) put(f form) {
	t.forms[f.text[0]] = append(t.forms[f.text[0]], f)
	t.start[f.text[0]] = true
}

// parts are a value, and what is secret by itself in it: a header that logs in
// holds a token behind its scheme, or a password behind a name.
func parts(v []byte) [][]byte {
	out := [][]byte{v}
	scheme, rest, ok := bytes.Cut(v, []byte(" "))
	if !ok {
		return out
	}
	switch strings.ToLower(string(scheme)) {
	case "bearer", "token":
		out = append(out, rest)
	case "basic":
		out = append(out, rest)
		if login, err := base64.StdEncoding.DecodeString(string(rest)); err == nil {
			_, password, _ := bytes.Cut(login, []byte(":"))
			out = append(out, password)
		}
	}
	return out
}

// plain is the length of the beginning of b in which nothing begins that is looked for.
func (t *table) plain(b []byte) int {
	for i, c := range b {
		if t.start[c] {
			return i
		}
	}
	return len(b)
}

// at looks whether a secret begins at the beginning of b. more says that this
// depends on what comes.
func (t *table) at(b, behind []byte, last bool) (h hit, more bool) {
	for _, f := range t.forms[b[0]] {
		n := common(b, f.text)
		switch {
		case n == len(b) && n < len(f.text) && !last:
			more = true
		case n >= f.least:
			h.length = max(h.length, n)
		}
	}
	if more || h.length > 0 {
		return h, more
	}
	return pattern(b, behind, last)
}

// common is how long the beginning is that two texts share.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
