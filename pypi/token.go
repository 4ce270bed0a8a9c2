package pypi

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"ferry/keyring"
)

// tokenPrefix begins every API token of PyPI.
const tokenPrefix = "pypi-"

// ErrNoToken says that a secret is no API token of PyPI: a password, or a
// token of something else. Nothing of the secret is in it.
var ErrNoToken = errors.New("is no API token of PyPI")

// ErrDamagedToken says that a secret begins as a token and then is none: a part
// of it is missing, or a character is too many.
var ErrDamagedToken = errors.New("begins like an API token of PyPI and is damaged: is a part missing?")

// Token is what a token says of itself. It is read without asking anyone, and
// nothing of it is proved: only the index knows whether it is valid. What it
// does not say is unknown, never allowed: an index may keep limits to itself.
type Token struct {
	Host      string    // the index that it is for: "pypi.org", "test.pypi.org"
	Projects  []string  // normalised names that it is limited to; nil: it names none
	ByID      bool      // limited to projects by numbers that only the index knows
	User      bool      // bound to a user; says nothing of projects
	Whole     bool      // of the old form that says itself: every project of its user
	Publisher bool      // made for a trusted publisher
	NotBefore time.Time // zero: it does not say
	Expires   time.Time // zero: it does not say
	Unknown   int       // how many limits were not understood
}

// Scope says in words what the token is limited to.
func (t Token) Scope() string {
	switch {
	case t.Projects != nil && len(t.Projects) == 0:
		return "nothing: its limits exclude each other"
	case len(t.Projects) == 1:
		return "project " + t.Projects[0]
	case len(t.Projects) > 1:
		return "projects " + strings.Join(t.Projects, ", ")
	case t.Publisher:
		return "a trusted publisher"
	case t.ByID:
		return "projects that only the index can name"
	case t.Whole && t.Unknown == 0:
		return "every project of its user"
	}
	return "unknown"
}

// ParseToken reads a token. The error is ErrNoToken or ErrDamagedToken.
func ParseToken(s keyring.Secret) (t Token, err error) {
	err = s.Use(func(v []byte) error {
		body, ok := bytes.CutPrefix(v, []byte(tokenPrefix))
		if !ok {
			return ErrNoToken
		}
		raw := make([]byte, base64.RawURLEncoding.DecodedLen(len(body)))
		n, err := base64.RawURLEncoding.Decode(raw, bytes.TrimRight(body, "="))
		if err != nil {
			return ErrDamagedToken
		}
		defer clear(raw)
		t, ok = readMacaroon(raw[:n])
		if !ok {
			return ErrDamagedToken
		}
		return nil
	})
	return t, err
}

// The fields of a macaroon in the binary form of version 2.
const (
	macVersion    = 2
	fieldEnd      = 0
	fieldLocation = 1
	fieldID       = 2
	fieldVID      = 4 // of a caveat that somebody else is to discharge
	fieldSign     = 6
)

// macaroon is a cursor over the packets: a field's number, a length, the data.
type macaroon struct {
	rest []byte
	bad  bool
}

// next gives a packet; the end of a section has no length and no data.
func (m *macaroon) next() (field uint64, data []byte) {
	field = m.varint()
	if field == fieldEnd || m.bad {
		return fieldEnd, nil
	}
	n := m.varint()
	if m.bad || n > uint64(len(m.rest)) {
		m.bad = true
		return fieldEnd, nil
	}
	data, m.rest = m.rest[:n], m.rest[n:]
	return field, data
}

func (m *macaroon) varint() uint64 {
	v, n := binary.Uvarint(m.rest)
	if n <= 0 {
		m.bad = true
		return 0
	}
	m.rest = m.rest[n:]
	return v
}

// section gives the packets up to the end of a section, by field.
func (m *macaroon) section() map[uint64][]byte {
	out := map[uint64][]byte{}
	for {
		field, data := m.next()
		if field == fieldEnd {
			return out
		}
		if _, twice := out[field]; twice {
			m.bad = true
		}
		out[field] = data
	}
}

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$`)

func readMacaroon(raw []byte) (Token, bool) {
	if len(raw) == 0 || raw[0] != macVersion {
		return Token{}, false
	}
	m := &macaroon{rest: raw[1:]}
	head := m.section()
	if host := string(head[fieldLocation]); m.bad || len(head[fieldID]) == 0 || !hostName.MatchString(host) {
		return Token{}, false
	}
	t := Token{Host: string(head[fieldLocation])}
	for {
		caveat := m.section()
		if m.bad {
			return Token{}, false
		}
		if len(caveat) == 0 {
			break
		}
		t.restrict(caveat)
	}
	field, sign := m.next()
	return t, field == fieldSign && len(sign) == 32 && len(m.rest) == 0 && !m.bad
}

// limit keeps the projects that every caveat allows.
func (t *Token) limit(names []string) {
	if t.Projects == nil {
		t.Projects = names
		return
	}
	t.Projects = slices.DeleteFunc(t.Projects, func(n string) bool { return !slices.Contains(names, n) })
}

// between narrows the time.
func (t *Token) between(notBefore, expires int64) {
	if nb := time.Unix(notBefore, 0).UTC(); nb.After(t.NotBefore) {
		t.NotBefore = nb
	}
	if ex := time.Unix(expires, 0).UTC(); t.Expires.IsZero() || ex.Before(t.Expires) {
		t.Expires = ex
	}
}

// seconds reads a time; one that no calendar has is none.
func seconds(n float64) (int64, bool) {
	return int64(n), n == math.Trunc(n) && n >= 0 && n < 1<<37
}
