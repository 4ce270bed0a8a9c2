package keyring

import (
	"bytes"
	"strings"
)

// look is what a kind of token looks like: its beginning, and the characters of
// the rest, of which there are at least min.
type look struct {
	prefix string
	min    int
	of     func(byte) bool
}

func wordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func dashByte(b byte) bool { return b == '-' || wordByte(b) }
func dotByte(b byte) bool  { return b == '.' || dashByte(b) }
func upperByte(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z'
}

func looks() []look {
	return []look{
		{"pypi-AgE", 8, dashByte},
		{"ghp_", 16, wordByte}, {"gho_", 16, wordByte}, {"ghu_", 16, wordByte}, {"ghs_", 16, wordByte}, {"ghr_", 16, wordByte},
		{"github_pat_", 16, wordByte},
		{"glpat-", 16, dotByte},
		{"AKIA", 16, upperByte},
	}
}

// patternStarts are the first bytes of what is found by its looks.
const patternStarts = "pgA:"

// pattern looks for what is secret by its looks at the beginning of b. behind is
// what stands right before it.
func pattern(b, behind []byte, last bool) (hit, bool) {
	if strings.IndexByte(patternStarts, b[0]) < 0 {
		return hit{}, false
	}
	if h, more := userinfo(b, behind, last); more || h.length > 0 {
		return h, more
	}
	for _, l := range looks() {
		if h, more := l.at(b, last); more || h.length > 0 {
			return h, more
		}
	}
	return hit{}, false
}

func (l look) at(b []byte, last bool) (hit, bool) {
	if len(b) < len(l.prefix) {
		return hit{}, !last && strings.HasPrefix(l.prefix, string(b))
	}
	if string(b[:len(l.prefix)]) != l.prefix {
		return hit{}, false
	}
	n := len(l.prefix)
	for n < len(b) && n < len(l.prefix)+l.min && l.of(b[n]) {
		n++
	}
	switch {
	case n == len(l.prefix)+l.min:
		return hit{length: n, eat: l.of}, false
	case n == len(b) && !last:
		return hit{}, true
	}
	return hit{}, false
}

const (
	slashes      = "://"
	sshScheme    = "ssh"
	maxAuthority = 2 << 10 // no host has a name as long as this
)

// userinfo finds what stands between :// and the last @ of a URL's authority. A
// name alone is hidden too, for many a token is used as one; not git, which is
// everybody's, nor the login of an ssh URL, which is part of the address.
func userinfo(b, behind []byte, last bool) (hit, bool) {
	if !bytes.HasPrefix(b, []byte(slashes)) {
		return hit{}, !last && strings.HasPrefix(slashes, string(b))
	}
	rest := b[len(slashes):]
	rest = rest[:min(len(rest), maxAuthority+1)]
	end := bytes.IndexFunc(rest, func(r rune) bool { return r < 0x100 && !inAuthority(byte(r)) })
	switch {
	case end < 0 && len(rest) > maxAuthority:
		return hit{keep: len(slashes), length: len(slashes) + len(rest), eat: inAuthority}, false
	case end < 0 && !last:
		return hit{}, true
	case end < 0:
		end = len(rest)
	}
	at := bytes.LastIndexByte(rest[:end], '@')
	if at <= 0 || string(rest[:at]) == "git" || string(behind) == sshScheme && bytes.IndexByte(rest[:at], ':') < 0 {
		return hit{}, false
	}
	return hit{keep: len(slashes), length: len(slashes) + at}, false
}

func inAuthority(b byte) bool { return b > ' ' && b != 0x7f && strings.IndexByte("/?#\"<>\\`", b) < 0 }
