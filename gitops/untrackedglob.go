package gitops

import (
	"strings"
	"unicode"
)

// matchGlob is git's wildmatch: *, ?, [sets] and \escapes. With path, * and ?
// stop at a slash, and ** between slashes goes through any number of folders.
func matchGlob(pattern, text string, path bool) bool {
	return glob{pattern, text, path}.match(0, 0) == matched
}

// verdict also says how far an attempt may give up: a longer star cannot help
// once the text is used up, nor can one that stops at a slash behind that slash.
type verdict int

const (
	matched verdict = iota
	failed
	exhausted
	atSlash
)

type glob struct {
	pattern, text string
	path          bool
}

func (g glob) match(p, t int) verdict {
	for ; p < len(g.pattern); p, t = p+1, t+1 {
		c := g.pattern[p]
		if c == '*' {
			return g.star(p, t)
		}
		if t >= len(g.text) {
			return exhausted
		}
		ok := false
		switch c {
		case '?':
			ok = !g.path || g.text[t] != '/'
		case '[':
			if p, ok = g.set(p+1, g.text[t]); p < 0 {
				return exhausted // it never ends
			}
			ok = ok && (!g.path || g.text[t] != '/')
		case '\\':
			p++
			ok = p < len(g.pattern) && g.pattern[p] == g.text[t]
		default:
			ok = c == g.text[t]
		}
		if !ok {
			return failed
		}
	}
	if t < len(g.text) {
		return failed
	}
	return matched
}

// star tries every length for the stars at p.
func (g glob) star(p, t int) verdict {
	end := p
	for end < len(g.pattern) && g.pattern[end] == '*' {
		end++
	}
	rest := g.pattern[end:]
	whole := (p == 0 || g.pattern[p-1] == '/') && (rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`))
	deep := !g.path || end-p > 1 && whole
	if g.path && deep && strings.HasPrefix(rest, "/") && g.match(end+1, t) == matched {
		return matched // a/**/b is a/b too
	}
	slash := strings.IndexByte(g.text[t:], '/')
	switch {
	case rest == "" && (deep || slash < 0):
		return matched
	case rest == "":
		return atSlash
	case !deep && rest[0] == '/' && slash < 0:
		return exhausted
	case !deep && rest[0] == '/':
		return g.match(end+1, t+slash+1)
	}
	return g.tries(end, t, deep)
}

func (g glob) tries(p, t int, deep bool) verdict {
	for ; t < len(g.text); t++ {
		v := g.match(p, t)
		if v != failed && (!deep || v != atSlash) {
			return v
		}
		if v == failed && !deep && g.text[t] == '/' {
			return atSlash
		}
	}
	return exhausted
}

// set looks for c in the set that begins behind the bracket, and gives the place
// of the closing one, -1 if there is none.
func (g glob) set(p int, c byte) (end int, ok bool) {
	at := func(i int) byte {
		if i < len(g.pattern) {
			return g.pattern[i]
		}
		return 0
	}
	negated := at(p) == '!' || at(p) == '^'
	if negated {
		p++
	}
	var last byte // may begin a range
	for first := true; first || at(p) != ']'; first = false {
		low := at(p)
		switch {
		case low == 0:
			return -1, false
		case low == '[' && at(p+1) == ':' && strings.Contains(g.pattern[p+2:], ":]"):
			name, _, _ := strings.Cut(g.pattern[p+2:], ":]")
			in, known := classes[name]
			if !known {
				return -1, false
			}
			ok, last, p = ok || in(rune(c)) && c < unicode.MaxASCII, 0, p+len(name)+4
			continue
		case low == '-' && last != 0 && at(p+1) != 0 && at(p+1) != ']':
			p++
			if at(p) == '\\' {
				p++
			}
			ok, last, p = ok || last <= c && c <= at(p), 0, p+1
			continue
		case low == '\\':
			p++
			low = at(p)
		}
		ok, last, p = ok || low == c, low, p+1
	}
	return p, ok != negated
}

var classes = map[string]func(rune) bool{
	"alnum":  func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) },
	"alpha":  unicode.IsLetter,
	"blank":  func(r rune) bool { return r == ' ' || r == '\t' },
	"cntrl":  unicode.IsControl,
	"digit":  unicode.IsDigit,
	"graph":  func(r rune) bool { return r > ' ' && r < 127 },
	"lower":  unicode.IsLower,
	"print":  func(r rune) bool { return r >= ' ' && r < 127 },
	"punct":  func(r rune) bool { return r > ' ' && r < 127 && !unicode.IsLetter(r) && !unicode.IsDigit(r) },
	"space":  unicode.IsSpace,
	"upper":  unicode.IsUpper,
	"xdigit": func(r rune) bool { return strings.ContainsRune("0123456789abcdefABCDEF", r) },
}
