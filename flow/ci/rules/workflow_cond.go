package rules

import "strings"

// parseExpression makes a condition of a GitHub `if:`. What cannot be read is a
// condition in words, so nothing is ever decided by a misreading.
func parseExpression(src string) cond { return after{fixed(yes)}.parse(src) }

// after reads conditions that stand behind something: passed is what success()
// asks for.
type after struct{ passed cond }

func (r after) parse(src string) cond {
	c := readIf(src)
	switch {
	case c.src == "":
		return nil
	case c.text:
		return fixed(yes)
	case c.expr == nil:
		return inWords{c.src}
	}
	return r.operand(c.expr).cond()
}

// operand is a piece of an expression: a literal, a fact, a condition, or
// something that is known in words only.
type operand struct {
	literal *exprValue
	fact    string
	is      cond
	words   string
}

func (o operand) cond() cond {
	switch {
	case o.is != nil:
		return o.is
	case o.literal != nil:
		return fixed(o.literal.truth())
	case o.fact != "":
		return compare{fact: o.fact, op: opPresent}
	}
	return inWords{o.words}
}

func (r after) operand(e *expr) operand {
	switch e.kind {
	case exprLiteral:
		return operand{literal: &e.value}
	case exprCall:
		return r.applied(e)
	case exprOperator:
		return r.operated(e)
	}
	return named(e)
}

func (r after) operated(e *expr) operand {
	a := r.operand(e.args[0])
	if e.text == "!" {
		return operand{is: negation{a.cond()}}
	}
	b := r.operand(e.args[1])
	switch e.text {
	case "||":
		return operand{is: anyOf{a.cond(), b.cond()}}
	case "&&":
		return operand{is: allOf{a.cond(), b.cond()}}
	case "==":
		return operand{is: equal(a, b, e.src)}
	case "!=":
		return operand{is: negation{equal(a, b, e.args[0].src+" == "+e.args[1].src)}}
	}
	return operand{is: inWords{e.src}}
}

func (r after) applied(e *expr) operand {
	name := strings.ToLower(e.text)
	switch {
	case name == "always":
		return operand{is: fixed(yes)}
	case name == "success" && len(e.args) == 0:
		return operand{is: r.passed}
	case (name == "failure" || name == "cancelled") && len(e.args) == 0:
		return operand{is: fixed(no)}
	}
	op := map[string]string{"startswith": opStarts, "endswith": opEnds, "contains": opHas}[name]
	if op == "" || len(e.args) != 2 {
		return operand{words: e.src}
	}
	a, b := r.operand(e.args[0]), r.operand(e.args[1])
	if a.fact == "" || b.literal == nil || b.literal.kind != valueText {
		return operand{words: e.src}
	}
	return operand{is: compare{a.fact, op, b.literal.text, true}}
}

// The contexts that an event decides.
const (
	contextRepo   = "github.repository"
	contextAction = "github.event.action"
)

func named(e *expr) operand {
	switch strings.Join(e.path(), ".") {
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
	}
	return operand{words: e.src}
}

// equal compares two operands. Facts are texts, and never null.
func equal(a, b operand, words string) cond {
	if a.literal != nil {
		a, b = b, a
	}
	switch {
	case b.literal == nil:
		return inWords{words}
	case a.literal != nil:
		return fixed(sameValue(*a.literal, *b.literal))
	case b.literal.kind == valueText:
		return equalText(a, b.literal.text, words)
	case a.is != nil && b.literal.kind == valueBool && b.literal.truth() == yes:
		return a.is
	case a.is != nil:
		return negation{a.is}
	case a.fact != "" && b.literal.kind == valueNull:
		return fixed(no)
	}
	return inWords{words}
}

func equalText(a operand, text, words string) cond {
	switch {
	case a.fact != "":
		return compare{a.fact, opIs, text, true}
	case strings.EqualFold(a.words, contextRepo):
		return sameRepo{text}
	case strings.EqualFold(a.words, contextAction):
		return compare{factEvent, opIs, "release", true}
	}
	return inWords{words}
}
