package rules

import (
	"regexp"
	"strconv"
	"strings"
)

// GitHub's expressions are read into a tree once. Two things are made of it: a
// cond, for the question which refs publish, and a value, for one event.

// exprKind says what a node of an expression is.
type exprKind int

const (
	exprLiteral  exprKind = iota
	exprName              // the root of a context: github
	exprProperty          // .text of the first argument; "*" is all of them
	exprIndex             // the first argument [the second]
	exprCall
	exprOperator
)

// expr is a node of an expression.
type expr struct {
	kind  exprKind
	text  string // name, property, function or operator
	value exprValue
	args  []*expr
	src   string // as it is written
}

const (
	maxTokens = 500
	maxNested = 50
)

var expressionToken = regexp.MustCompile(`^(?:'(?:[^']|'')*'|&&|\|\||==|!=|<=|>=|[!<>(),.*\[\]]|[+-]?(?:0[xo][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|[A-Za-z_][\w-]*)`)

// token is a piece of an expression, with its place in the text.
type token struct {
	text       string
	start, end int
}

// tokens splits an expression; false where something is no token.
func tokens(src string) ([]token, bool) {
	var out []token
	for at := 0; ; {
		at += len(src[at:]) - len(strings.TrimLeft(src[at:], " \t\r\n"))
		if at == len(src) {
			return out, true
		}
		n := len(expressionToken.FindString(src[at:]))
		if n == 0 || len(out) == maxTokens {
			return nil, false
		}
		out = append(out, token{src[at : at+n], at, at + n})
		at += n
	}
}

// parseExpr reads an expression without its braces; nil if it is none.
func parseExpr(src string) *expr {
	list, ok := tokens(src)
	p := &expression{src: src, tokens: list}
	if !ok || len(list) == 0 {
		return nil
	}
	out := p.or()
	if p.broken || p.at != len(list) {
		return nil
	}
	return out
}

// expression is a parser at work.
type expression struct {
	src    string
	tokens []token
	at     int
	depth  int
	broken bool
}

func (p *expression) next() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at].text
	}
	return ""
}

func (p *expression) take(texts ...string) (string, bool) {
	for _, t := range texts {
		if t != "" && p.next() == t {
			p.at++
			return t, true
		}
	}
	return "", false
}

// node makes a node of what was read since a token.
func (p *expression) node(start int, e expr) *expr {
	if start < p.at && p.at <= len(p.tokens) {
		e.src = p.src[p.tokens[start].start:p.tokens[p.at-1].end]
	}
	return &e
}

func (p *expression) fail() *expr {
	p.broken = true
	return &expr{}
}

// binary reads operands between operators of one precedence.
func (p *expression) binary(operand func() *expr, operators ...string) *expr {
	start := p.at
	left := operand()
	for !p.broken {
		op, ok := p.take(operators...)
		if !ok {
			break
		}
		right := operand()
		left = p.node(start, expr{kind: exprOperator, text: op, args: []*expr{left, right}})
	}
	return left
}

func (p *expression) or() *expr  { return p.binary(p.and, "||") }
func (p *expression) and() *expr { return p.binary(p.equality, "&&") }
func (p *expression) equality() *expr {
	return p.binary(p.relation, "==", "!=")
}

func (p *expression) relation() *expr {
	return p.binary(p.unary, "<=", ">=", "<", ">")
}

func (p *expression) unary() *expr {
	if p.depth++; p.depth > maxNested {
		return p.fail()
	}
	defer func() { p.depth-- }()
	start := p.at
	if _, ok := p.take("!"); ok {
		of := p.unary()
		return p.node(start, expr{kind: exprOperator, text: "!", args: []*expr{of}})
	}
	return p.access(start, p.primary())
}

func (p *expression) primary() *expr {
	start, t := p.at, p.next()
	p.at++
	switch {
	case t == "(":
		out := p.or()
		if _, ok := p.take(")"); !ok {
			return p.fail()
		}
		return out
	case t != "" && t[0] == '\'':
		return p.node(start, expr{value: textValue(strings.ReplaceAll(t[1:len(t)-1], "''", "'"))})
	case t != "" && strings.ContainsAny(t[:1], "0123456789+-."):
		if n, ok := parseNumber(t); ok {
			return p.node(start, expr{value: numberValue(n)})
		}
	case t != "" && (t[0] == '_' || t[0]|0x20 >= 'a' && t[0]|0x20 <= 'z'):
		return p.named(start, t)
	}
	return p.fail()
}

func parseNumber(t string) (float64, bool) {
	if len(t) > 2 && t[0] == '0' && strings.ContainsRune("xo", rune(t[1])) {
		n, err := strconv.ParseInt(t, 0, 64)
		return float64(n), err == nil
	}
	n, err := strconv.ParseFloat(t, 64)
	return n, err == nil
}

// named reads what begins with a word: a keyword, a function or a context.
func (p *expression) named(start int, name string) *expr {
	switch strings.ToLower(name) {
	case "true", "false":
		return p.node(start, expr{value: boolValue(strings.EqualFold(name, "true"))})
	case "null":
		return p.node(start, expr{value: exprValue{kind: valueNull}})
	}
	if _, ok := p.take("("); !ok {
		return p.node(start, expr{kind: exprName, text: name})
	}
	var args []*expr
	for p.next() != ")" {
		args = append(args, p.or())
		if _, ok := p.take(","); p.broken || !ok && p.next() != ")" {
			return p.fail()
		}
	}
	p.at++
	return p.node(start, expr{kind: exprCall, text: name, args: args})
}

// access reads the properties that follow a value.
func (p *expression) access(start int, of *expr) *expr {
	for !p.broken {
		switch op, _ := p.take(".", "["); op {
		case ".":
			name := p.next()
			p.at++
			if name != "*" && (name == "" || !strings.ContainsAny(name[:1], "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
				return p.fail()
			}
			of = p.node(start, expr{kind: exprProperty, text: name, args: []*expr{of}})
		case "[":
			of = p.index(start, of)
		default:
			return of
		}
	}
	return of
}

func (p *expression) index(start int, of *expr) *expr {
	if _, ok := p.take("*"); ok {
		of = &expr{kind: exprProperty, text: "*", args: []*expr{of}}
	} else {
		of = &expr{kind: exprIndex, args: []*expr{of, p.or()}}
	}
	if _, ok := p.take("]"); !ok {
		return p.fail()
	}
	return p.node(start, *of)
}

// path gives the names on the way to a property of a context, in lower case;
// nil for anything else.
func (e *expr) path() []string {
	switch {
	case e.kind == exprName:
		return []string{strings.ToLower(e.text)}
	case e.kind == exprProperty:
		if p := e.args[0].path(); p != nil {
			return append(p, strings.ToLower(e.text))
		}
	case e.kind == exprIndex && e.args[1].kind == exprLiteral && e.args[1].value.kind == valueText:
		if p := e.args[0].path(); p != nil {
			return append(p, strings.ToLower(e.args[1].value.text))
		}
	}
	return nil
}

// calls says whether one of the functions occurs in an expression.
func (e *expr) calls(names ...string) bool {
	for _, n := range names {
		if e.kind == exprCall && strings.EqualFold(e.text, n) {
			return true
		}
	}
	for _, a := range e.args {
		if a.calls(names...) {
			return true
		}
	}
	return false
}

// statusFunctions replace the success() that every other condition begins with.
var statusFunctions = []string{"success", "always", "failure", "cancelled"}

// condition is an `if:` as it is written.
type condition struct {
	src  string
	expr *expr // nil where it cannot be read, or there is none
	// text means that braces are only a part of it: what is around them makes it
	// a text, and a text that is not empty holds.
	text bool
}

// readIf reads an `if:`, with or without braces. GitHub makes a text of anything
// around the braces, a final newline included: github.com/rhysd/actionlint
// (rule_if_cond.go), docs.zizmor.sh (unsound-condition).
func readIf(src string) condition {
	c := condition{src: strings.TrimSpace(src)}
	if !strings.Contains(src, "${{") {
		c.expr = parseExpr(src)
		return c
	}
	inner, ok := strings.CutPrefix(src, "${{")
	inner, closed := strings.CutSuffix(inner, "}}")
	if !ok || !closed || strings.Contains(inner, "${{") {
		c.text = true
		return c
	}
	c.expr = parseExpr(inner)
	return c
}

// checksStatus says whether a condition speaks of how earlier jobs or steps
// ended; one that does not holds only where all of them passed.
func (c condition) checksStatus() bool {
	return c.expr != nil && c.expr.calls(statusFunctions...)
}
