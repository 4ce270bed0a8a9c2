package rules

import (
	"slices"
	"strings"
)

// travisOperand is a value in a Travis condition: a word, an attribute of the
// build, or a call (travis-conditions, lib/travis/conditions/v1/parser.rb).
type travisOperand struct {
	kind string // "" is a word
	text string
	args []travisOperand
}

// The kinds of operands that are no words.
const (
	operandAttribute = "attribute"
	operandEnv       = "env"
	operandConcat    = "concat"
)

// opTrue asks whether a value is true. It takes no second operand.
const opTrue = "is true"

func literal(text string) travisOperand { return travisOperand{text: text} }

var travisAttributes = []string{
	"type", "repo", "head_repo", "os", "dist", "group", "sudo", "language", "sender", "fork", "draft",
	"branch", "head_branch", "tag", "commit_message",
}

func (p *travisIf) operand() travisOperand {
	token := p.token()
	name := strings.ToLower(token)
	switch {
	case (name == operandEnv || name == operandConcat) && p.take("("):
		return travisOperand{kind: name, text: name, args: p.arguments()}
	case slices.Contains(travisAttributes, name):
		return travisOperand{kind: operandAttribute, text: name}
	case strings.HasPrefix(name, "$"):
		p.broken = true // shell code, which Travis refuses
	}
	return literal(strings.Trim(token, `"'`))
}

func (p *travisIf) arguments() []travisOperand {
	if p.depth++; p.depth > maxNested {
		p.broken = true
	}
	defer func() { p.depth-- }()
	var out []travisOperand
	for !p.broken && !p.take(")") {
		out = append(out, p.operand())
		p.take(",")
	}
	return out
}

// value gives what an operand stands for in an event.
func (o travisOperand) value(e event) given {
	switch o.kind {
	case "":
		return certain(o.text)
	case operandAttribute:
		return attribute(o.text, e)
	case operandEnv:
		if len(o.args) != 1 || e.ask == nil {
			return unknownValue
		}
		if name := o.args[0].value(e); name.known {
			return e.ask("env:" + name.text)
		}
		return unknownValue
	}
	var b strings.Builder
	for _, a := range o.args {
		v := a.value(e)
		if !v.known {
			return unknownValue
		}
		b.WriteString(v.text)
	}
	return certain(b.String())
}

func attribute(name string, e event) given {
	fact := map[string]string{"branch": factRefName, "tag": factTag, "type": factEvent}[name]
	switch {
	case fact != "":
		f := e.fact(fact)
		return given{f.text, !f.open, f.text != ""}
	case e.ask == nil:
		return unknownValue
	}
	return e.ask(name)
}

// travisTest is a comparison that a ref alone does not decide.
type travisTest struct {
	left, right travisOperand
	op, text    string
}

func (t travisTest) words() string { return t.text }

func (t travisTest) eval(e event) answer {
	left, right := t.left.value(e), t.right.value(e)
	switch {
	case !left.known || !right.known:
		return maybe
	case t.op == opTrue:
		return truth(left.set && !strings.EqualFold(left.text, "false"))
	case t.op == opPresent:
		return truth(left.text != "" && !strings.EqualFold(left.text, "false"))
	case t.op == opMatches:
		return matchRuby(right.text, left)
	}
	return truth(left.set == right.set && (left.text == right.text || sameBool(left.text, right.text)))
}

// sameBool compares as Travis does: true and TRUE are one value.
func sameBool(a, b string) bool {
	return (strings.EqualFold(a, "true") || strings.EqualFold(a, "false")) && strings.EqualFold(a, b)
}

func matchRuby(src string, v given) answer {
	if !v.set {
		return no
	}
	re, err := compileRuby(src)
	if err != nil {
		return maybe
	}
	return truth(re.MatchString(v.text))
}
