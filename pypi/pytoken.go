package pypi

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind tells the few kinds of Python tokens apart that matter here.
type tokenKind int

const (
	tokName tokenKind = iota
	tokString
	tokNumber
	tokOp
	tokNewline // the end of a logical line, and a semicolon
)

// token is one token of Python source.
type token struct {
	kind   tokenKind
	text   string // of a string: its value
	plain  bool   // a string whose value is known: neither bytes nor formatted
	format bool   // a formatted string, whose braces are in text
	line   int
	first  bool // first of its logical line
	col    int  // 0: the statement stands at the module's own level
	depth  int  // how many brackets are open around it
}

func (t token) is(op string) bool  { return t.kind == tokOp && t.text == op }
func (t token) name(s string) bool { return t.kind == tokName && t.text == s }
func (t token) isLine() bool       { return t.kind == tokNewline }

// lexer cuts Python source into tokens. It knows strings, comments, brackets
// and lines, and nothing of what the tokens mean.
type lexer struct {
	src    string
	at     int
	line   int
	start  int // where the physical line begins
	depth  int
	first  bool
	col    int
	tokens []token
}

// tokenize fails only where strings or brackets do not end; file is for the error.
func tokenize(file, src string) ([]token, error) {
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(src, "\ufeff")) // all three end a line
	l := &lexer{src: src, line: 1, first: true}
	for l.at < len(l.src) {
		if reason := l.next(); reason != "" {
			return nil, &UnreadableError{file, l.line, reason}
		}
	}
	if l.depth != 0 {
		return nil, &UnreadableError{file, l.line, "a bracket is not closed"}
	}
	l.endLine()
	return l.tokens, nil
}

func (l *lexer) next() (trouble string) {
	rest := l.src[l.at:]
	c := rest[0]
	switch {
	case c == '\n':
		l.newline()
	case c == ' ' || c == '\t' || c == '\f' || c == '\r':
		l.at++
	case c == '#':
		l.at += lineLength(rest)
	case c == '\\' && len(rest) > 1 && rest[1] == '\n':
		l.at += 2
		l.line++
		l.start = l.at
	case c == ';' && l.depth == 0:
		l.at++
		l.endLine()
	case stringPrefix(rest) >= 0:
		return l.string(stringPrefix(rest))
	case isNameByte(rest, true):
		l.word()
	case c >= '0' && c <= '9':
		l.number()
	default:
		return l.operator()
	}
	return ""
}

func (l *lexer) newline() {
	l.at++
	if l.depth == 0 {
		l.endLine()
		l.first = true
	}
	l.line++
	l.start = l.at
}

// endLine ends the logical line, if there is anything on it. After a semicolon
// the next statement keeps the column of the line.
func (l *lexer) endLine() {
	if n := len(l.tokens); n > 0 && !l.tokens[n-1].isLine() {
		l.tokens = append(l.tokens, token{kind: tokNewline, line: l.line, col: l.col})
	}
}

func (l *lexer) add(t token, length int) {
	if l.first {
		l.col = l.at - l.start
	}
	n := len(l.tokens)
	t.first = n == 0 || l.tokens[n-1].isLine()
	t.col, t.depth = l.col, l.depth
	if t.line == 0 {
		t.line = l.line
	}
	l.tokens = append(l.tokens, t)
	l.at += length
	l.first = false
}

func (l *lexer) word() {
	n := 0
	for n < len(l.src)-l.at && isNameByte(l.src[l.at+n:], false) {
		_, size := utf8.DecodeRuneInString(l.src[l.at+n:])
		n += size
	}
	l.add(token{kind: tokName, text: l.src[l.at : l.at+n]}, n)
}

func (l *lexer) number() {
	n := 0
	for n < len(l.src)-l.at && (isNameByte(l.src[l.at+n:], false) || l.src[l.at+n] == '.') {
		_, size := utf8.DecodeRuneInString(l.src[l.at+n:])
		n += size
	}
	l.add(token{kind: tokNumber, text: l.src[l.at : l.at+n]}, n)
}

func longOperators() []string {
	return []string{
		"**=", "//=", ">>=", "<<=", "...", "->", ":=", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=",
		"%=", "&=", "|=", "^=", "@=", "**", "//", ">>", "<<",
	}
}

func (l *lexer) operator() string {
	text := l.src[l.at : l.at+1]
	for _, op := range longOperators() {
		if strings.HasPrefix(l.src[l.at:], op) {
			text = op
			break
		}
	}
	switch text {
	case "(", "[", "{":
		l.add(token{kind: tokOp, text: text}, 1)
		l.depth++
		return ""
	case ")", "]", "}":
		if l.depth == 0 {
			return "a bracket closes that was never opened"
		}
		l.depth--
	}
	l.add(token{kind: tokOp, text: text}, len(text))
	return ""
}

// stringPrefix is the length of the letters before a quote; -1 if none begins here.
func stringPrefix(s string) int {
	for n := 0; n < len(s) && n <= 2; n++ {
		if s[n] == '"' || s[n] == '\'' {
			return n
		}
		if !strings.ContainsRune("rRbBuUfFtT", rune(s[n])) {
			return -1
		}
	}
	return -1
}

func (l *lexer) string(prefix int) string {
	rest := l.src[l.at:]
	letters := strings.ToLower(rest[:prefix])
	quote := rest[prefix : prefix+1]
	if strings.HasPrefix(rest[prefix:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	body := prefix + len(quote)
	end := closing(rest, body, quote)
	if end < 0 {
		return "a string is not closed"
	}
	value, ok := rest[body:end], !strings.ContainsAny(letters, "bft")
	if !strings.Contains(letters, "r") {
		var known bool
		value, known = unescape(value)
		ok = ok && known
	}
	text := rest[:end+len(quote)]
	formatted := strings.Contains(letters, "f") && (strings.Contains(letters, "r") || !strings.Contains(rest[body:end], `\`))
	l.add(token{kind: tokString, text: value, plain: ok, format: formatted}, len(text))
	if n := strings.Count(text, "\n"); n > 0 {
		l.line += n
		l.start = l.at - (len(text) - strings.LastIndexByte(text, '\n') - 1)
	}
	return ""
}

// closing finds the quote that ends a string; -1 if the line or file ends first.
func closing(s string, from int, quote string) int {
	for i := from; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case strings.HasPrefix(s[i:], quote):
			return i
		case s[i] == '\n' && len(quote) == 1:
			return -1
		}
	}
	return -1
}

func isNameByte(s string, first bool) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || unicode.IsLetter(r) || !first && (unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))
}

func lineLength(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}
