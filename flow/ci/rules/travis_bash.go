package rules

import (
	"regexp"
	"strconv"
	"strings"
)

// Travis puts the conditions of a deploy into [[ ]] of the build script, in
// parentheses and joined by && (travis-build, addons/deploy/script.rb). What is
// read here is what bash does with such a test; whatever is not understood is
// undecided.

// bashScope tells what a variable holds when the test runs.
type bashScope func(name string) given

// given is a value, as far as it is known. A variable that is not set is known
// and has no text.
type given struct {
	text       string
	known, set bool
}

func certain(text string) given { return given{text, true, true} }

var unset, unknownValue = given{known: true}, given{}

// bashTree is a parsed test.
type bashTree interface{ eval(bashScope) answer }

type (
	bashAnd struct{ a, b bashTree }
	bashOr  struct{ a, b bashTree }
	bashNot struct{ of bashTree }
	bashUn  struct {
		op   string
		word bashWord
	}
	bashBin struct {
		op          string
		left, right bashWord
	}
)

func (t bashAnd) eval(s bashScope) answer { return min(t.a.eval(s), t.b.eval(s)) }
func (t bashOr) eval(s bashScope) answer  { return max(t.a.eval(s), t.b.eval(s)) }
func (t bashNot) eval(s bashScope) answer { return not(t.of.eval(s)) }

func (t bashUn) eval(s bashScope) answer {
	if t.op != "-n" && t.op != "-z" {
		return maybe // files and options are those of the machine
	}
	text, known := t.word.text(s)
	if !known {
		return maybe
	}
	return truth((text != "") == (t.op == "-n"))
}

func (t bashBin) eval(s bashScope) answer {
	left, known := t.left.text(s)
	if !known {
		return maybe
	}
	switch t.op {
	case "=", "==":
		return t.right.matches(s, left, bashGlob)
	case "!=":
		return not(t.right.matches(s, left, bashGlob))
	case "=~":
		return t.right.matches(s, left, bashRegexp)
	}
	return t.arithmetic(s, left)
}

// arithmetic compares numbers. The order of texts depends on the locale.
func (t bashBin) arithmetic(s bashScope, left string) answer {
	right, known := t.right.text(s)
	a, err := strconv.Atoi(left)
	b, err2 := strconv.Atoi(right)
	if !known || err != nil || err2 != nil {
		return maybe
	}
	switch t.op {
	case "-eq":
		return truth(a == b)
	case "-ne":
		return truth(a != b)
	case "-lt":
		return truth(a < b)
	case "-le":
		return truth(a <= b)
	case "-gt":
		return truth(a > b)
	case "-ge":
		return truth(a >= b)
	}
	return maybe
}

// bashPiece is part of a word: text, or a variable. Quoted pieces stand for
// themselves, others may be patterns.
type bashPiece struct {
	text, name string
	quoted     bool
}

type bashWord []bashPiece

// text gives the word's value, with nothing taken for a pattern.
func (w bashWord) text(s bashScope) (string, bool) {
	var b strings.Builder
	for _, p := range w {
		v, known := p.value(s)
		if !known {
			return "", false
		}
		b.WriteString(v)
	}
	return b.String(), true
}

func (p bashPiece) value(s bashScope) (string, bool) {
	if p.name == "" {
		return p.text, true
	}
	g := s(p.name)
	return g.text, g.known
}

// bashPattern says how the unquoted pieces of a word are read.
type bashPattern struct {
	translate func(string) (string, bool) // into Go's expressions
	whole     bool                        // the pattern must match all of a text
}

var (
	bashGlob   = bashPattern{globPiece, true}
	bashRegexp = bashPattern{regexpPiece, false}
)

// matches asks whether text satisfies the word as a pattern.
func (w bashWord) matches(s bashScope, text string, kind bashPattern) answer {
	var b strings.Builder
	for _, p := range w {
		v, known := p.value(s)
		piece := regexp.QuoteMeta(v)
		if known && !p.quoted {
			piece, known = kind.translate(v)
		}
		if !known {
			return maybe
		}
		b.WriteString(piece)
	}
	src := b.String()
	if kind.whole {
		src = "^(?s:" + src + ")$"
	}
	re, err := regexp.Compile(src)
	if err != nil {
		return maybe
	}
	return truth(re.MatchString(text))
}

// globPiece translates a bash pattern. Extended ones, as +(a|b), and classes of
// characters, as [[:digit:]], are left open.
func globPiece(glob string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch end := strings.IndexByte(glob[i:], ']'); {
		case glob[i] == '(' || strings.HasPrefix(glob[i:], "[[:"):
			return "", false
		case glob[i] == '*':
			b.WriteString(".*")
		case glob[i] == '?':
			b.WriteString(".")
		case glob[i] == '[' && end > 1:
			b.WriteString(globSet(glob[i+1 : i+end]))
			i += end
		case glob[i] == '[' || glob[i] == '\\':
			return "", false
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		}
	}
	return b.String(), true
}

// globSet translates what stands between brackets.
func globSet(set string) string {
	inner := strings.TrimLeft(set, "!^")
	negative := map[bool]string{true: "^"}[len(inner) < len(set)]
	return "[" + negative + strings.NewReplacer(`[`, `\[`, `^`, `\^`, `&`, `\&`, `~`, `\~`).Replace(inner) + "]"
}

// posixEscape is a backslash that POSIX leaves to the system: \d is a digit in
// some, and the letter d in the C library of Travis' Linux.
var posixEscape = regexp.MustCompile(`\\[A-Za-z0-9]`)

func regexpPiece(re string) (string, bool) {
	return re, !posixEscape.MatchString(re)
}
