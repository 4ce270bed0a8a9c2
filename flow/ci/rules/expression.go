package rules

import (
	"regexp"
	"strings"
)

// parseExpression reads a GitHub `if:`. What it cannot read is a condition in
// words, so nothing is ever decided by a misreading.
func parseExpression(src string) cond {
	src = strings.TrimSpace(src)
	if inner, ok := strings.CutPrefix(src, "${{"); ok && strings.HasSuffix(inner, "}}") && strings.Count(src, "${{") == 1 {
		src = strings.TrimSpace(strings.TrimSuffix(inner, "}}"))
	}
	if src == "" {
		return nil
	}
	p := &expression{tokens: expressionToken.FindAllString(src, maxTokens)}
	if strings.Join(p.tokens, "") != joined(src) {
		return inWords{src}
	}
	out := p.or().cond()
	if p.broken || p.at != len(p.tokens) {
		return inWords{src}
	}
	return out
}

const (
	maxTokens = 500
	maxNested = 50
)

var expressionToken = regexp.MustCompile(`'(?:[^']|'')*'|&&|\|\||==|!=|<=|>=|[!<>(),]|[\w.\-*\[\]]+`)

// joined is src without the blanks between its tokens.
func joined(src string) string {
	var b strings.Builder
	quoted := false
	for _, r := range src {
		if r == '\'' {
			quoted = !quoted
		}
		if quoted || !strings.ContainsRune(" \t\r\n", r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// expression is a parser at work.
type expression struct {
	tokens []string
	at     int
	depth  int
	broken bool
}

// operand is a piece of an expression: a literal, a fact, a condition, or
// something that is known in words only.
type operand struct {
	literal *string
	fact    string
	is      cond
	words   string
}

func (o operand) cond() cond {
	switch {
	case o.is != nil:
		return o.is
	case o.literal != nil:
		return fixed(truth(*o.literal != "" && *o.literal != "false" && *o.literal != "0"))
	case o.fact != "":
		return compare{fact: o.fact, op: opPresent}
	}
	return inWords{o.words}
}

func (p *expression) next() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *expression) take(token string) bool {
	if p.at < len(p.tokens) && p.tokens[p.at] == token {
		p.at++
		return true
	}
	return false
}

func (p *expression) or() operand {
	left := p.and()
	for p.take("||") {
		left = operand{is: anyOf{left.cond(), p.and().cond()}}
	}
	return left
}

func (p *expression) and() operand {
	left := p.comparison()
	for p.take("&&") {
		left = operand{is: allOf{left.cond(), p.comparison().cond()}}
	}
	return left
}

func (p *expression) comparison() operand {
	start := p.at
	left := p.unary()
	for {
		switch {
		case p.take("=="):
			left = operand{is: equal(left, p.unary(), p.since(start))}
		case p.take("!="):
			left = operand{is: negation{equal(left, p.unary(), p.since(start))}}
		case p.take("<"), p.take(">"), p.take("<="), p.take(">="):
			p.unary()
			left = operand{is: inWords{p.since(start)}}
		default:
			return left
		}
	}
}

func (p *expression) since(start int) string { return strings.Join(p.tokens[start:p.at], " ") }

func (p *expression) unary() operand {
	if p.depth++; p.depth > maxNested {
		p.broken = true
		return operand{words: "too deep"}
	}
	defer func() { p.depth-- }()
	if p.take("!") {
		return operand{is: negation{p.unary().cond()}}
	}
	if p.take("(") {
		out := p.or()
		p.broken = p.broken || !p.take(")")
		return out
	}
	return p.primary()
}

func (p *expression) primary() operand {
	t := p.next()
	if t == "" || strings.ContainsAny(t[:1], "&|=!<>(),") {
		p.broken = true
		return operand{words: t}
	}
	p.at++
	if t[0] == '\'' {
		s := strings.ReplaceAll(t[1:len(t)-1], "''", "'")
		return operand{literal: &s}
	}
	if p.take("(") {
		return p.call(t)
	}
	return named(t)
}

// call reads a function's arguments and applies it.
func (p *expression) call(name string) operand {
	start := p.at - 2
	var args []operand
	for !p.take(")") {
		args = append(args, p.or())
		if p.broken || !p.take(",") && p.next() != ")" {
			p.broken = true
			return operand{words: name}
		}
	}
	return apply(name, args, p.since(start))
}

func apply(name string, args []operand, words string) operand {
	op := map[string]string{"startswith": opStarts, "endswith": opEnds, "contains": opHas}[strings.ToLower(name)]
	switch strings.ToLower(name) {
	case "always", "success":
		return operand{is: fixed(yes)}
	case "failure", "cancelled":
		return operand{is: fixed(no)}
	}
	if op == "" || len(args) != 2 || args[0].fact == "" || args[1].literal == nil {
		return operand{words: words}
	}
	return operand{is: compare{args[0].fact, op, *args[1].literal, true}}
}

// The contexts that an event decides.
const (
	contextRepo   = "github.repository"
	contextAction = "github.event.action"
)

func named(t string) operand {
	switch strings.ToLower(t) {
	case "github.ref":
		return operand{fact: factRef}
	case "github.ref_name", "github.event.release.tag_name":
		return operand{fact: factRefName}
	case "github.ref_type":
		return operand{fact: factRefType}
	case "github.event_name":
		return operand{fact: factEvent}
	case "github.event.release":
		return operand{is: compare{factEvent, opIs, "release", true}}
	case "true", "false":
		s := strings.ToLower(t)
		return operand{literal: &s}
	}
	return operand{words: t}
}

// equal compares two operands.
func equal(a, b operand, words string) cond {
	if a.literal != nil {
		a, b = b, a
	}
	switch {
	case b.literal == nil:
		return inWords{words}
	case a.literal != nil:
		return fixed(truth(strings.EqualFold(*a.literal, *b.literal)))
	case a.fact != "":
		return compare{a.fact, opIs, *b.literal, true}
	case a.is != nil && *b.literal == "true":
		return a.is
	case a.is != nil && *b.literal == "false":
		return negation{a.is}
	case strings.EqualFold(a.words, contextRepo):
		return sameRepo{*b.literal}
	case strings.EqualFold(a.words, contextAction):
		return compare{factEvent, opIs, "release", true}
	}
	return inWords{words}
}
