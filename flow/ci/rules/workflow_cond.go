package rules

import "strings"

// parseExpression makes a condition of a GitHub `if:`. What cannot be read is a
// condition in words, so nothing is ever decided by a misreading.
func parseExpression(src string) cond {
	c := readIf(src)
	switch {
	case c.src == "":
		return nil
	case c.text:
		return fixed(yes)
	case c.expr == nil:
		return inWords{c.src}
	}
	return operandOf(c.expr).cond()
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

func operandOf(e *expr) operand {
	switch e.kind {
	case exprLiteral:
		s := e.value.shown()
		return operand{literal: &s}
	case exprCall:
		return applied(e)
	case exprOperator:
		return operated(e)
	}
	return named(e)
}

func operated(e *expr) operand {
	a := operandOf(e.args[0])
	if e.text == "!" {
		return operand{is: negation{a.cond()}}
	}
	b := operandOf(e.args[1])
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

func applied(e *expr) operand {
	name := strings.ToLower(e.text)
	switch {
	case name == "always", name == "success" && len(e.args) == 0:
		return operand{is: fixed(yes)}
	case (name == "failure" || name == "cancelled") && len(e.args) == 0:
		return operand{is: fixed(no)}
	}
	op := map[string]string{"startswith": opStarts, "endswith": opEnds, "contains": opHas}[name]
	if op == "" || len(e.args) != 2 {
		return operand{words: e.src}
	}
	a, b := operandOf(e.args[0]), operandOf(e.args[1])
	if a.fact == "" || b.literal == nil {
		return operand{words: e.src}
	}
	return operand{is: compare{a.fact, op, *b.literal, true}}
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
