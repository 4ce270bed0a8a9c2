package rules

import (
	"regexp"
	"strings"
)

// bashToken is a word or an operator of a test.
type bashToken struct {
	op   string // "" for a word
	word bashWord
	raw  string
}

// parseTest reads what stands in [[ ]]; false if it is not understood.
func parseTest(src string) (bashTree, bool) {
	p := &bashParser{rest: src}
	p.split()
	if p.broken || len(p.tokens) == 0 {
		return nil, false
	}
	out := p.or()
	return out, !p.broken && p.at == len(p.tokens)
}

type bashParser struct {
	rest   string
	tokens []bashToken
	at     int
	depth  int
	broken bool
}

var bashOperator = regexp.MustCompile(`^(?:&&|\|\||[()])`)

func (p *bashParser) split() {
	for len(p.tokens) < maxTokens {
		p.rest = strings.TrimLeft(p.rest, " \t\r\n")
		if p.rest == "" {
			return
		}
		regex := len(p.tokens) > 0 && p.tokens[len(p.tokens)-1].raw == "=~"
		if op := bashOperator.FindString(p.rest); op != "" && !regex {
			p.tokens, p.rest = append(p.tokens, bashToken{op: op, raw: op}), p.rest[len(op):]
			continue
		}
		before := p.rest
		word, rest, ok := takeBashWord(p.rest, regex)
		if !ok || len(rest) == len(before) {
			p.broken = true
			return
		}
		p.tokens, p.rest = append(p.tokens, bashToken{word: word, raw: before[:len(before)-len(rest)]}), rest
	}
	p.broken = true
}

func (p *bashParser) take(op string) bool {
	if p.at < len(p.tokens) && p.tokens[p.at].raw == op {
		p.at++
		return true
	}
	return false
}

func (p *bashParser) or() bashTree {
	left := p.and()
	for p.take("||") {
		left = bashOr{left, p.and()}
	}
	return left
}

func (p *bashParser) and() bashTree {
	left := p.not()
	for p.take("&&") {
		left = bashAnd{left, p.not()}
	}
	return left
}

func (p *bashParser) not() bashTree {
	if p.depth++; p.depth > maxNested {
		p.broken = true
		return bashUn{}
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("!"):
		return bashNot{p.not()}
	case p.take("("):
		out := p.or()
		p.broken = p.broken || !p.take(")")
		return out
	}
	return p.term()
}

var (
	bashUnary  = regexp.MustCompile(`^-[a-zA-Z]$`)
	bashBinary = regexp.MustCompile(`^(?:=|==|!=|=~|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))$`)
)

func (p *bashParser) term() bashTree {
	left, ok := p.word()
	if !ok || left.raw == "[[" || left.raw == "[" { // a test inside a test, which bash refuses
		p.broken = true
		return bashUn{}
	}
	if bashUnary.MatchString(left.raw) {
		word, ok := p.word()
		p.broken = p.broken || !ok
		return bashUn{left.raw, word.word}
	}
	if p.at >= len(p.tokens) || !bashBinary.MatchString(p.tokens[p.at].raw) {
		return bashUn{"-n", left.word}
	}
	op := p.tokens[p.at].raw
	p.at++
	right, ok := p.word()
	p.broken = p.broken || !ok
	return bashBin{op, left.word, right.word}
}

func (p *bashParser) word() (bashToken, bool) {
	if p.at >= len(p.tokens) || p.tokens[p.at].op != "" {
		return bashToken{}, false
	}
	p.at++
	return p.tokens[p.at-1], true
}

// takeBashWord reads one word from the beginning of src. In a regular expression
// parentheses belong to the word as long as they are in balance.
func takeBashWord(src string, regex bool) (bashWord, string, bool) {
	w := wordReader{src: src, regex: regex}
	for w.at < len(src) && !w.broken && !w.ends() {
		w.piece()
	}
	w.flush(false)
	return w.out, src[w.at:], !w.broken && w.depth == 0
}

// parseValue reads a whole text as bash would a value: blanks do not end it.
func parseValue(src string) (bashWord, bool) {
	w := wordReader{src: src}
	for w.at < len(src) && !w.broken {
		w.piece()
	}
	w.flush(false)
	return w.out, !w.broken
}

type wordReader struct {
	src    string
	at     int
	regex  bool
	depth  int
	broken bool
	out    bashWord
	plain  strings.Builder
}

func (w *wordReader) ends() bool {
	rest := w.src[w.at:]
	switch {
	case strings.ContainsRune(" \t\r\n", rune(rest[0])):
		return w.depth == 0 || !w.regex
	case w.regex && rest[0] == '(':
		w.depth++
		return false
	case w.regex && rest[0] == ')':
		w.depth--
		if w.depth < 0 {
			w.depth = 0
			return true
		}
		return false
	case w.regex:
		return strings.HasPrefix(rest, "&&") || w.depth == 0 && strings.HasPrefix(rest, "||")
	}
	return bashOperator.MatchString(rest)
}

func (w *wordReader) flush(quoted bool) {
	if w.plain.Len() > 0 || quoted {
		w.out = append(w.out, bashPiece{text: w.plain.String(), quoted: quoted})
		w.plain.Reset()
	}
}

// piece reads one character, one quoted text or one variable.
func (w *wordReader) piece() {
	switch c := w.src[w.at]; c {
	case '\'':
		w.single()
	case '"':
		w.double()
	case '$', '`':
		w.flush(false)
		w.variable(false)
	case '\\':
		if w.regex { // the expression needs it
			w.plain.WriteString(w.src[w.at:min(w.at+2, len(w.src))])
		} else if w.at+1 < len(w.src) {
			w.flush(false)
			w.plain.WriteByte(w.src[w.at+1])
			w.flush(true)
		}
		w.at = min(w.at+2, len(w.src))
	default:
		w.plain.WriteByte(c)
		w.at++
	}
}

func (w *wordReader) single() {
	w.flush(false)
	end := strings.IndexByte(w.src[w.at+1:], '\'')
	if end < 0 {
		w.broken = true
		return
	}
	w.plain.WriteString(w.src[w.at+1 : w.at+1+end])
	w.at += end + 2
	w.flush(true)
}

func (w *wordReader) double() {
	w.flush(false)
	for w.at++; !w.broken && w.at < len(w.src) && w.src[w.at] != '"'; {
		switch c := w.src[w.at]; {
		case c == '$' || c == '`':
			w.flush(true)
			w.variable(true)
		case c == '\\' && w.at+1 < len(w.src) && strings.ContainsRune("$`\"\\", rune(w.src[w.at+1])):
			w.plain.WriteByte(w.src[w.at+1])
			w.at += 2
		default:
			w.plain.WriteByte(c)
			w.at++
		}
	}
	w.broken = w.broken || w.at >= len(w.src)
	w.at = min(w.at+1, len(w.src))
	w.flush(true)
}

var bashName = regexp.MustCompile(`^\$(?:(\w+)|\{(\w+)\})`)

// variable reads $NAME. What a shell would have to run or compute is not understood.
func (w *wordReader) variable(quoted bool) {
	rest := w.src[w.at:]
	if m := bashName.FindStringSubmatch(rest); m != nil {
		w.out = append(w.out, bashPiece{name: m[1] + m[2], quoted: quoted})
		w.at += len(m[0])
		return
	}
	if len(rest) > 1 && rest[0] == '$' && !strings.ContainsRune("({'\"*@#?!-", rune(rest[1])) || rest == "$" {
		w.plain.WriteByte('$') // the end of a regular expression
		w.at++
		return
	}
	w.broken = true
}
