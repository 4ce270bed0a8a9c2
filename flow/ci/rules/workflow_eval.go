package rules

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// scope is what an expression can ask for where it stands.
type scope struct {
	// look gives a property of a context by its path in lower case.
	look func(path []string, words string) exprValue
	// passed is success(): whether all that had to pass before did.
	passed answer
}

// eval gives the value of an expression.
func (s scope) eval(e *expr) exprValue {
	switch e.kind {
	case exprLiteral:
		return e.value
	case exprCall:
		return s.call(e)
	case exprOperator:
		return s.operate(e)
	}
	if p := e.path(); p != nil {
		return s.look(p, e.src)
	}
	if e.kind == exprProperty {
		if e.text == "*" {
			return unknown(e.src)
		}
		return s.eval(e.args[0]).property(textValue(e.text), e.src)
	}
	return s.eval(e.args[0]).property(s.eval(e.args[1]), e.src)
}

func (s scope) operate(e *expr) exprValue {
	a := s.eval(e.args[0])
	if e.text == "!" {
		return ofAnswer(not(a.truth()), e.src)
	}
	b := s.eval(e.args[1])
	switch e.text {
	case "&&":
		return logic(a, b, no)
	case "||":
		return logic(a, b, yes)
	case "==":
		return ofAnswer(sameValue(a, b), e.src)
	case "!=":
		return ofAnswer(not(sameValue(a, b)), e.src)
	case "<":
		return ofAnswer(lessValue(a, b), e.src)
	case ">":
		return ofAnswer(lessValue(b, a), e.src)
	case "<=":
		return ofAnswer(max(lessValue(a, b), sameValue(a, b)), e.src)
	}
	return ofAnswer(max(lessValue(b, a), sameValue(a, b)), e.src)
}

// logic is && and ||, which give one of their operands: the first where it is
// what stops them, else the second.
func logic(a, b exprValue, stop answer) exprValue {
	switch t := a.truth(); {
	case t == stop:
		return a
	case t != maybe:
		return b
	case b.truth() == stop:
		return exprValue{holds: stop, words: a.words}
	}
	return unknown(append(slices.Clone(a.words), b.words...)...)
}

func (s scope) call(e *expr) exprValue {
	name := strings.ToLower(e.text)
	switch {
	case name == "always":
		return boolValue(true)
	case name == "success" && len(e.args) == 0:
		return ofAnswer(s.passed, e.src)
	case name == "failure" && len(e.args) == 0, name == "cancelled":
		return boolValue(false) // what had to pass is taken to have passed
	}
	var args []exprValue
	for _, a := range e.args {
		args = append(args, s.eval(a))
	}
	if f, ok := functions[name]; ok && len(args) > 0 {
		if v := f(args); v.known() {
			return v
		}
	}
	return unknown(e.src)
}

// functions are those that files alone can answer. An unknown value is given
// where they cannot.
var functions = map[string]func(args []exprValue) exprValue{
	"startswith": ofTexts(strings.HasPrefix),
	"endswith":   ofTexts(strings.HasSuffix),
	"contains":   contains,
	"format":     format,
	"join":       join,
	"fromjson":   fromJSON,
}

func ofTexts(holds func(s, part string) bool) func([]exprValue) exprValue {
	return func(args []exprValue) exprValue {
		if len(args) != 2 || !args[0].known() || !args[1].known() {
			return unknown()
		}
		return boolValue(holds(strings.ToLower(args[0].shown()), strings.ToLower(args[1].shown())))
	}
}

func contains(args []exprValue) exprValue {
	if len(args) != 2 || args[0].kind != valueList {
		return ofTexts(strings.Contains)(args)
	}
	out := no
	for _, item := range args[0].items {
		out = max(out, sameValue(item, args[1]))
	}
	return ofAnswer(out)
}

func format(args []exprValue) exprValue {
	var pairs []string
	for i, a := range args {
		if !a.known() {
			return unknown()
		}
		if i > 0 {
			pairs = append(pairs, "{"+strconv.Itoa(i-1)+"}", a.shown())
		}
	}
	pairs = append([]string{"{{", "{", "}}", "}"}, pairs...)
	return textValue(strings.NewReplacer(pairs...).Replace(args[0].shown()))
}

func join(args []exprValue) exprValue {
	separator := ","
	if len(args) > 1 {
		separator = args[1].shown()
	}
	var out []string
	for _, item := range args[0].items {
		out = append(out, item.shown())
		if !item.known() {
			return unknown()
		}
	}
	if args[0].kind != valueList || len(args) > 1 && !args[1].known() {
		return unknown()
	}
	return textValue(strings.Join(out, separator))
}

// fromJSON reads JSON as the YAML that it is, with the order of its keys.
func fromJSON(args []exprValue) exprValue {
	src := args[0].shown()
	if args[0].kind != valueText || !json.Valid([]byte(src)) {
		return unknown()
	}
	root, _, wrong := parseYAML([]byte("v: " + strings.ReplaceAll(src, "\n", " ")))
	if wrong != "" {
		return unknown()
	}
	return ofTree(root.get("v"))
}

// expand puts the values of its expressions into a text; words name the first
// that no file tells.
func (s scope) expand(text string) (out, words string) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${{")
		inner, after, closed := strings.Cut(rest, "}}")
		b.WriteString(before)
		if !found || !closed {
			b.WriteString(text[len(before):])
			return b.String(), words
		}
		v := exprValue{}
		if e := parseExpr(inner); e != nil {
			v = s.eval(e)
		}
		if !v.known() {
			b.WriteString("${{" + inner + "}}")
			if words == "" {
				words = strings.TrimSpace(inner)
			}
		}
		b.WriteString(v.shown())
		text = after
	}
}

// holds evaluates an `if:`, with the success() that GitHub puts before one that
// asks for no status. The words say what is open.
func (s scope) holds(c condition) (answer, string) {
	out := exprValue{kind: valueBool, number: 1}
	switch {
	case c.src == "" || c.text:
	case c.expr == nil:
		out = unknown(c.src)
	default:
		out = s.eval(c.expr)
	}
	a := out.truth()
	if !c.checksStatus() {
		a = min(a, s.passed)
	}
	if a != maybe {
		return a, ""
	}
	return a, strings.Join(slices.Compact(out.words), "; ")
}

// value evaluates what a file holds where an expression may stand for it.
func (s scope) value(t tree) exprValue {
	src := strings.TrimSpace(t.text())
	c := readIf(src)
	switch {
	case !strings.Contains(src, "${{"):
		return ofTree(t)
	case c.expr != nil:
		return s.eval(c.expr)
	}
	text, words := s.expand(src)
	if words != "" {
		return unknown(words)
	}
	return textValue(text)
}
