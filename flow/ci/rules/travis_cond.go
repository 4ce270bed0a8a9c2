package rules

import (
	"regexp"
	"strings"
)

// travisToken splits a Travis condition into words, quoted words and operators.
var travisToken = regexp.MustCompile(`"[^"]*"|'[^']*'|!=|!~|=~|~=|==|=|&&|\|\||!|[(),]|[^\s(),=!~"']+`)

// parseTravisIf reads Travis' condition language, as in "tag IS present AND
// branch = master". What it cannot read is a condition in words.
func parseTravisIf(src string) cond {
	if strings.TrimSpace(src) == "" {
		return nil
	}
	p := &travisIf{src: src}
	p.split()
	out := p.or()
	if p.broken || p.at != len(p.tokens) {
		return inWords{src}
	}
	return out
}

type travisIf struct {
	src    string
	tokens []string
	at     int
	depth  int
	broken bool
}

// split keeps a regular expression, which may hold anything but blanks, in one piece.
func (p *travisIf) split() {
	rest := p.src
	for len(p.tokens) < maxTokens {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return
		}
		if n := len(p.tokens); n > 0 && isMatch(p.tokens[n-1]) && rest[0] != '(' {
			end := strings.IndexAny(rest, " \t\r\n")
			if end < 0 {
				end = len(rest)
			}
			for end > 0 && rest[end-1] == ')' && strings.Count(rest[:end], ")") > strings.Count(rest[:end], "(") {
				end--
			}
			p.tokens, rest = append(p.tokens, rest[:end]), rest[end:]
			continue
		}
		loc := travisToken.FindStringIndex(rest)
		if loc == nil || loc[0] != 0 {
			p.broken = true
			return
		}
		p.tokens, rest = append(p.tokens, rest[:loc[1]]), rest[loc[1]:]
	}
	p.broken = true
}

func isMatch(op string) bool { return op == "=~" || op == "~=" || op == "!~" }

func (p *travisIf) take(words ...string) bool {
	if p.at >= len(p.tokens) {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(p.tokens[p.at], w) {
			p.at++
			return true
		}
	}
	return false
}

func (p *travisIf) word() string { return strings.Trim(p.token(), `"'`) }

func (p *travisIf) token() string {
	if p.at >= len(p.tokens) {
		p.broken = true
		return ""
	}
	p.at++
	return p.tokens[p.at-1]
}

func (p *travisIf) or() cond {
	left := p.and()
	for p.take("OR", "||") {
		left = anyOf{left, p.and()}
	}
	return left
}

func (p *travisIf) and() cond {
	left := p.unary()
	for p.take("AND", "&&") {
		left = allOf{left, p.unary()}
	}
	return left
}

func (p *travisIf) unary() cond {
	if p.depth++; p.depth > maxNested {
		p.broken = true
		return fixed(maybe)
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("NOT", "!"):
		return negation{p.unary()}
	case p.take("("):
		out := p.or()
		p.broken = p.broken || !p.take(")")
		return out
	}
	return p.term()
}

func (p *travisIf) term() cond {
	start := p.at
	left := p.operand()
	switch {
	case p.take("=", "=="):
		return p.about(left, opIs, p.operand(), start)
	case p.take("!="):
		return negation{p.about(left, opIs, p.operand(), start)}
	case p.take("=~", "~="):
		return p.about(left, opMatches, literal(slashed(p.word())), start)
	case p.take("!~"):
		return negation{p.about(left, opMatches, literal(slashed(p.word())), start)}
	case p.take("IS"):
		return p.presence(left, start)
	case p.take("NOT"):
		p.broken = p.broken || !p.take("IN")
		return negation{p.in(left, start)}
	case p.take("IN"):
		return p.in(left, start)
	case left.kind == "" && strings.EqualFold(left.text, "true"):
		return fixed(yes)
	case left.kind == "" && strings.EqualFold(left.text, "false"):
		return fixed(no)
	}
	return travisTest{left: left, op: opTrue, text: p.since(start)}
}

func slashed(re string) string {
	if len(re) > 1 && re[0] == '/' && re[len(re)-1] == '/' {
		return re[1 : len(re)-1]
	}
	return re
}

func (p *travisIf) since(start int) string {
	return strings.Join(p.tokens[start:min(p.at, len(p.tokens))], " ")
}

func (p *travisIf) presence(left travisOperand, start int) cond {
	negative, op := p.take("NOT"), opPresent
	switch {
	case p.take("present"):
	case p.take("blank"):
		negative = !negative
	case p.take("true"):
		op = opTrue
	case p.take("false"):
		negative, op = !negative, opTrue
	default:
		p.broken = true
	}
	c := p.about(left, op, literal(""), start)
	if negative {
		return negation{c}
	}
	return c
}

func (p *travisIf) in(left travisOperand, start int) cond {
	var out anyOf
	p.broken = p.broken || !p.take("(")
	for !p.broken && !p.take(")") {
		w := p.operand()
		p.take(",")
		out = append(out, p.about(left, opIs, w, start))
	}
	return out
}

// about makes a comparison. What a ref decides is compared as such, so that it
// can be asked of refs whose name is not known.
func (p *travisIf) about(left travisOperand, op string, right travisOperand, start int) cond {
	fact := map[string]string{"branch": factRefName, "tag": factTag, "type": factEvent}[left.text]
	plain := left.kind == operandAttribute && right.kind == "" && op != opTrue
	switch {
	case plain && fact == factTag && op == opIs && right.text == "":
		return fixed(no) // without a tag there is no text to compare, not an empty one
	case plain && fact == factTag && op == opMatches:
		return allOf{compare{fact: fact, op: opPresent}, compare{fact: fact, op: op, text: right.text}}
	case plain && fact != "":
		return compare{fact: fact, op: op, text: right.text}
	case plain && left.text == "repo" && op == opIs:
		return sameRepo{right.text}
	case plain && left.text == "fork" && op == opIs:
		return fixed(truth(right.text == "false"))
	}
	return travisTest{left: left, op: op, right: right, text: p.since(start)}
}

// bashTest is one comparison inside [[ ]], as deploy conditions are written.
var bashTest = regexp.MustCompile(`^"?\$\{?(\w+)\}?"?\s*(=~|==|!=|=)\s*(.*)$`)

// bashFact names what the variables say that Travis derives from the ref.
var bashFact = map[string]string{
	"TRAVIS_TAG": factTag, "TRAVIS_BRANCH": factRefName, "TRAVIS_EVENT_TYPE": factEvent,
}

// parseBash reads a deploy condition. Comparisons of other variables choose a
// job of the matrix, or cannot be decided; they come back in words.
func parseBash(src string) cond {
	if strings.Contains(src, "||") {
		return inWords{src}
	}
	var out allOf
	for part := range strings.SplitSeq(src, "&&") {
		part = strings.TrimSpace(part)
		part = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(part, "[["), "["), "]]"))
		out = append(out, bashPart(part))
	}
	return out
}

func bashPart(part string) cond {
	if v, ok := strings.CutPrefix(part, "-n "); ok && strings.Contains(v, "TRAVIS_TAG") {
		return compare{fact: factTag, op: opPresent}
	}
	if v, ok := strings.CutPrefix(part, "-z "); ok && strings.Contains(v, "TRAVIS_TAG") {
		return negation{compare{fact: factTag, op: opPresent}}
	}
	m := bashTest.FindStringSubmatch(part)
	if m == nil || bashFact[m[1]] == "" {
		return inWords{part}
	}
	c := compare{fact: bashFact[m[1]], op: opIs, text: strings.Trim(strings.TrimSpace(m[3]), `"'`)}
	switch m[2] {
	case "=~":
		c.op, c.text = opMatches, strings.TrimSpace(m[3])
	case "!=":
		return negation{c}
	}
	if c.op == opIs && strings.ContainsAny(c.text, "*?[$") {
		return inWords{part}
	}
	return c
}
