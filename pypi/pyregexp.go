package pypi

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pyPattern is a regular expression of Python's re, written as Go has it.
// Some expressions mean the same only on some texts.
type pyPattern struct {
	re, start *regexp.Regexp // start matches at the beginning alone

	fold   bool // letters are folded
	bounds bool // it asks for the ends of words
	ends   bool // its $ stands before a newline at the end, too
}

// sure says whether the pattern means here what it means in Python.
func (p *pyPattern) sure(text string) bool {
	switch {
	case !utf8.ValidString(text),
		p.fold && strings.ContainsAny(text, "\u0130\u0131\u017f\u212a"), // which Python folds to ASCII in a way of its own
		p.bounds && !isASCII(text),
		p.ends && strings.HasSuffix(text, "\n"):
		return false
	}
	return true
}

// pythonPattern translates an expression; flags are of "ims". ok is false for
// all of which it is not certain that Go means the same by it.
func pythonPattern(expression, flags string) (*pyPattern, bool) {
	t := &patternReader{rest: expression, flags: flags, odd: !utf8.ValidString(expression)}
	t.leadingFlags()
	for t.rest != "" && !t.odd {
		t.item()
	}
	p := &t.made
	p.fold = p.fold || strings.Contains(t.flags, "i")
	text := t.out.String()
	tree, err := syntax.Parse(text, syntax.Perl) // before brackets come around it
	if t.flags != "" {
		text = "(?" + t.flags + ":" + text + ")"
	}
	if t.odd || err != nil || p.fold && t.wide || repeatsNothing(tree) {
		return nil, false
	}
	var err2 error
	p.re, err = regexp.Compile(text)
	p.start, err2 = regexp.Compile(`\A(?:` + text + `)`)
	return p, err == nil && err2 == nil
}

// repeatsNothing looks for a repeated group that may be empty: what such a group
// holds in the end, Go and Python see differently.
func repeatsNothing(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		if re.MaxCap() > 0 && regexp.MustCompile(`\A(?:`+re.Sub[0].String()+`)\z`).MatchString("") {
			return true
		}
	}
	return slices.ContainsFunc(re.Sub, repeatsNothing)
}

// patternReader translates piece by piece.
type patternReader struct {
	rest, flags string
	out         strings.Builder
	made        pyPattern
	names       []string
	atom        bool // what was read last can be repeated
	wide        bool // there are letters beyond ASCII
	odd         bool // something here has no certain translation
}

var globalFlags = regexp.MustCompile(`^\(\?([imsu]+)\)`)

func (t *patternReader) leadingFlags() {
	for _, c := range []string{"(?i)", "(?m)", "(?s)"} { // many at once are one group
		if m := globalFlags.FindStringSubmatch(t.rest); m != nil && strings.Contains(m[1], c[2:3]) && !strings.Contains(t.flags, c[2:3]) {
			t.flags += c[2:3]
		}
	}
	t.rest = globalFlags.ReplaceAllString(t.rest, "")
}

// emit writes a piece down; atom says whether it can be repeated.
func (t *patternReader) emit(text string, read int, atom bool) {
	t.out.WriteString(text)
	t.rest, t.atom = t.rest[read:], atom
}

func (t *patternReader) item() {
	switch c := t.rest[0]; c {
	case '\\':
		text, n, atom := t.escape()
		t.emit(text, n, atom)
	case '[':
		t.class()
	case '(':
		t.group()
	case '*', '+', '?':
		t.repeat(string(c), 1)
	case '{':
		t.braces()
	case ')', '.':
		t.emit(string(c), 1, true)
	case '|', '^':
		t.emit(string(c), 1, false)
	case '$':
		text := "$"
		if !strings.Contains(t.flags, "m") {
			text, t.made.ends = `\z`, true
		}
		t.emit(text, 1, false)
	default:
		text, n := t.literal()
		t.emit(text, n, true)
	}
}

// literal is a character that stands for itself, in a set as well.
func (t *patternReader) literal() (text string, n int) {
	r, n := utf8.DecodeRuneInString(t.rest)
	t.wide = t.wide || r >= utf8.RuneSelf
	if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) && r != '_' {
		return `\` + string(r), n
	}
	return string(r), n
}

var groupStart = regexp.MustCompile(`^\((?:\?(?::|P<[A-Za-z_][A-Za-z_0-9]*>|[is]{1,2}:))?`)

func (t *patternReader) group() {
	start := groupStart.FindString(t.rest)
	t.odd = t.odd || start == "(" && strings.HasPrefix(t.rest, "(?")
	if strings.HasSuffix(start, ">") {
		t.odd = t.odd || slices.Contains(t.names, start) // Go takes one name for two groups, one in the other
		t.names = append(t.names, start)
	}
	t.made.fold = t.made.fold || strings.HasSuffix(start, ":") && strings.Contains(start, "i")
	t.emit(start, len(start), false)
}

// repeat is a quantifier, with the question mark that makes it lazy. One that
// never gives back is not known to Go.
func (t *patternReader) repeat(text string, read int) {
	lazy := strings.HasPrefix(t.rest[read:], "?")
	t.odd = t.odd || !t.atom || strings.HasPrefix(t.rest[read:], "+")
	if lazy {
		text, read = text+"?", read+1
	}
	t.emit(text, read, false)
}

var counts = regexp.MustCompile(`^\{([0-9]*)(,?)([0-9]*)\}`)

// braces are a number of times, of which either may be missing, or mere braces.
func (t *patternReader) braces() {
	m := counts.FindStringSubmatch(t.rest)
	if m == nil || m[0] == "{}" {
		t.emit(`\{`, 1, true)
		return
	}
	from := cmpText(m[1], "0")
	if m[2] == "" {
		t.repeat("{"+from+"}", len(m[0]))
		return
	}
	t.repeat("{"+from+","+m[3]+"}", len(m[0]))
}

// What Python's letters for sets of characters stand for in Unicode.
const (
	pyWord   = `\p{L}\p{N}_`
	pySpaces = `\t-\r\x1c-\x20\x{85}\p{Z}`
)

// escape translates what follows a backslash outside of sets.
func (t *patternReader) escape() (text string, n int, atom bool) {
	if len(t.rest) < 2 {
		t.odd = true
		return "", 1, false
	}
	switch c := t.rest[1]; c {
	case 'A':
		return `\A`, 2, false
	case 'Z':
		return `\z`, 2, false
	case 'b', 'B':
		t.made.bounds = true
		return t.rest[:2], 2, false
	case 'w', 's':
		return "[" + map[byte]string{'w': pyWord, 's': pySpaces}[c] + "]", 2, true
	case 'W', 'S':
		return "[^" + map[byte]string{'W': pyWord, 'S': pySpaces}[c] + "]", 2, true
	}
	text, n, _ = t.character()
	return text, n, true
}

// character translates an escape that means the same in and outside of a set;
// set says that it is many characters.
func (t *patternReader) character() (text string, n int, set bool) {
	switch c := t.rest[1]; {
	case c == 'd':
		return `\p{Nd}`, 2, true
	case c == 'D':
		return `\P{Nd}`, 2, true
	case strings.IndexByte("ntrfva", c) >= 0:
		return t.rest[:2], 2, false
	case c == 'x' || c == 'u':
		if r, n := codePoint(t.rest[1:]); n > 0 {
			t.wide = t.wide || r >= utf8.RuneSelf
			return `\x{` + t.rest[2:1+n] + "}", 1 + n, false
		}
	case c < utf8.RuneSelf && !unicode.IsLetter(rune(c)) && !unicode.IsDigit(rune(c)):
		t.rest = t.rest[1:]
		text, n := t.literal()
		return text, n, false
	}
	t.odd = true
	return "", 2, false
}

// class translates a set in brackets.
func (t *patternReader) class() {
	t.emit("[", 1, false)
	if strings.HasPrefix(t.rest, "^") {
		t.emit("^", 1, false)
	}
	for first := true; !t.odd && (first || !strings.HasPrefix(t.rest, "]")); first = false {
		from, set := t.member()
		if !strings.HasPrefix(t.rest, "-") || strings.HasPrefix(t.rest, "-]") {
			t.emit(from, 0, false)
			continue
		}
		t.rest = t.rest[1:]
		to, set2 := t.member()
		t.odd = t.odd || set || set2
		t.emit(from+"-"+to, 0, false)
	}
	if !t.odd {
		t.emit("]", 1, true)
	}
}

// member reads one character of a set, or one of Python's letters for many.
func (t *patternReader) member() (text string, set bool) {
	if t.rest == "" || t.rest == `\` {
		t.odd = true
		return "", false
	}
	n := 0
	switch {
	case t.rest[0] != '\\':
		text, n = t.literal()
	case t.rest[1] == 'w':
		text, n, set = pyWord, 2, true
	case t.rest[1] == 's':
		text, n, set = pySpaces, 2, true
	case t.rest[1] == 'b':
		text, n = `\x08`, 2
	default:
		text, n, set = t.character()
	}
	t.rest = t.rest[min(n, len(t.rest)):]
	return text, set
}
