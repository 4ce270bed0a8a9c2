package pypi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// unescape reads the escapes of a Python string. Names of characters (\N{…})
// are not known here, so such a string has no known value.
func unescape(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == '\n':
		case c == 'N':
			return "", false
		case strings.IndexByte(`\'"`, c) >= 0:
			b.WriteByte(c)
		case strings.IndexByte("abfnrtv", c) >= 0:
			b.WriteByte("\a\b\f\n\r\t\v"[strings.IndexByte("abfnrtv", c)])
		default:
			r, n := codePoint(s[i:])
			if n < 0 {
				return "", false
			}
			if n == 0 {
				b.WriteByte('\\')
				b.WriteByte(c)
				continue
			}
			b.WriteRune(r)
			i += n - 1
		}
	}
	return b.String(), true
}

// codePoint reads what follows a backslash as a number: how many bytes of s
// that takes, 0 if it is none, below 0 if it is malformed.
func codePoint(s string) (r rune, n int) {
	width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	if width > 0 {
		if len(s) <= width {
			return 0, -1
		}
		v, err := strconv.ParseUint(s[1:1+width], 16, 32)
		if err != nil || v > 0x10FFFF {
			return 0, -1
		}
		return rune(v), 1 + width
	}
	for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		r = r*8 + rune(s[n]-'0')
		n++
	}
	return r, n
}

// literal gives the value of an expression that is nothing but strings:
// adjacent ones are one, and brackets around them mean nothing.
func literal(expr []token) (string, bool) {
	for len(expr) >= 2 && expr[0].is("(") && closes(expr) {
		expr = expr[1 : len(expr)-1]
	}
	var b strings.Builder
	for _, t := range expr {
		if t.kind != tokString || !t.plain {
			return "", false
		}
		b.WriteString(t.text)
	}
	return b.String(), len(expr) > 0
}

// closes says whether the last token closes the bracket the first one opens.
func closes(expr []token) bool {
	last := len(expr) - 1
	for i, t := range expr[1:] {
		if t.depth == expr[0].depth && (t.is(")") || t.is("]") || t.is("}")) {
			return i+1 == last
		}
	}
	return false
}

// sequence gives the parts of a tuple or list of plain numbers and strings,
// joined by dots, as setuptools joins a version that is no string.
func sequence(expr []token) (string, bool) {
	if len(expr) >= 2 && (expr[0].is("(") || expr[0].is("[")) && closes(expr) {
		expr = expr[1 : len(expr)-1]
	}
	var parts []string
	for i, t := range expr {
		switch {
		case i%2 == 1 && t.is(","):
		case i%2 == 0 && t.kind == tokString && t.plain:
			parts = append(parts, t.text)
		case i%2 == 0 && t.kind == tokNumber && isNumber(t.text):
			parts = append(parts, digits(t.text))
		default:
			return "", false
		}
	}
	return strings.Join(parts, "."), len(expr) > 1
}

// assigned finds the first statement at the module's own level that assigns
// name, and gives the expression.
func assigned(tokens []token, name string) (expr []token, line int, ok bool) {
	for i, t := range tokens {
		if !t.first || t.col != 0 || t.kind != tokName {
			continue
		}
		end := i + slices.IndexFunc(tokens[i:], token.isLine)
		targets, value := splitAssignment(tokens[i:end])
		if slices.Contains(targets, name) {
			return value, t.line, true
		}
	}
	return nil, 0, false
}

// splitAssignment takes "a = b = expr" and "a: str = expr" apart.
func splitAssignment(line []token) (targets []string, value []token) {
	for {
		eq := slices.IndexFunc(line, func(t token) bool { return t.is("=") && t.depth == 0 })
		if eq < 1 {
			return targets, line
		}
		if line[0].kind == tokName && (eq == 1 || line[1].is(":")) {
			targets = append(targets, line[0].text)
		}
		line = line[eq+1:]
	}
}

// attr reads a name that a module assigns a literal, from the first of the
// files that exists.
func (t tree) attr(files []string, name, how string) (found, error) {
	for _, file := range files {
		text, there, err := t.optional(file)
		if err != nil {
			return found{}, err
		}
		if !there {
			continue
		}
		tokens, err := tokenize(file, text)
		if err != nil {
			return found{}, err
		}
		expr, line, ok := assigned(tokens, name)
		if !ok {
			return found{dynamic: file + " does not assign " + name}, nil
		}
		if value, ok := constant(expr); ok {
			return found{text: value, source: atLine(file, line, how)}, nil
		}
		if asksRepository(text) {
			return askedOfRepository(file), nil
		}
		return found{dynamic: atLine(file, line, "computed")}, nil
	}
	return found{dynamic: "no module of the tree has " + name}, nil
}

func constant(expr []token) (string, bool) {
	if s, ok := literal(expr); ok {
		return s, true
	}
	return sequence(expr)
}

func atLine(file string, line int, how string) string {
	return fmt.Sprintf("%s:%d (%s)", file, line, how)
}
