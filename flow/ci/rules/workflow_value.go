package rules

import (
	"math"
	"strconv"
	"strings"
)

// valueKind is a type of GitHub's expressions.
type valueKind int

const (
	valueUnknown valueKind = iota // no file says what it is
	valueNull
	valueBool
	valueNumber
	valueText
	valueList
	valueObject
)

// exprValue is a value of an expression. The null value of the type is unknown.
type exprValue struct {
	kind   valueKind
	text   string
	number float64 // of a number; 1 is true
	items  []exprValue
	keys   []string // of an object, beside its items
	// Of an unknown value: whether it holds, where only that is known, and what
	// it is in the words of the file.
	holds answer
	words []string
}

func textValue(s string) exprValue    { return exprValue{kind: valueText, text: s} }
func numberValue(n float64) exprValue { return exprValue{kind: valueNumber, number: n} }

func boolValue(b bool) exprValue {
	if b {
		return exprValue{kind: valueBool, number: 1}
	}
	return exprValue{kind: valueBool}
}

func unknown(words ...string) exprValue { return exprValue{holds: maybe, words: words} }

// ofAnswer makes a value of an answer; the words say what is open.
func ofAnswer(a answer, words ...string) exprValue {
	if a == maybe {
		return unknown(words...)
	}
	return boolValue(a == yes)
}

func (v exprValue) known() bool { return v.kind != valueUnknown }

// truth says whether a value holds, as a condition.
func (v exprValue) truth() answer {
	switch v.kind {
	case valueUnknown:
		return v.holds
	case valueNull:
		return no
	case valueBool, valueNumber:
		return truth(v.number != 0 && !math.IsNaN(v.number))
	case valueText:
		return truth(v.text != "")
	}
	return yes
}

// shown gives a value as GitHub puts it into a text.
func (v exprValue) shown() string {
	switch v.kind {
	case valueBool:
		return strconv.FormatBool(v.number != 0)
	case valueNumber:
		return strconv.FormatFloat(v.number, 'g', 15, 64)
	case valueText:
		return v.text
	case valueList:
		return "Array"
	case valueObject:
		return "Object"
	}
	return ""
}

// toNumber is what a value counts for beside one of another type.
func (v exprValue) toNumber() float64 {
	switch v.kind {
	case valueNull:
		return 0
	case valueBool, valueNumber:
		return v.number
	case valueText:
		if s := strings.TrimSpace(v.text); s == "" {
			return 0
		} else if n, ok := parseNumber(s); ok {
			return n
		}
	}
	return math.NaN()
}

// sameValue compares as == does: texts without regard to case, different types
// as numbers.
func sameValue(a, b exprValue) answer {
	switch {
	case !a.known() || !b.known():
		return maybe
	case a.kind == valueList || a.kind == valueObject || b.kind == valueList || b.kind == valueObject:
		return maybe // these are compared by what they are, not by what they hold
	case a.kind == valueText && b.kind == valueText:
		return truth(strings.EqualFold(a.text, b.text))
	}
	return truth(a.toNumber() == b.toNumber())
}

func lessValue(a, b exprValue) answer {
	switch {
	case !a.known() || !b.known():
		return maybe
	case a.kind == valueText && b.kind == valueText:
		return truth(strings.ToLower(a.text) < strings.ToLower(b.text))
	}
	return truth(a.toNumber() < b.toNumber())
}

// property gives a property of a value, null where there is none.
func (v exprValue) property(name exprValue, words string) exprValue {
	if !v.known() || !name.known() {
		return unknown(words)
	}
	if v.kind == valueList && name.kind == valueNumber {
		if i := int(name.number); i >= 0 && i < len(v.items) {
			return v.items[i]
		}
	}
	for i, k := range v.keys {
		if v.kind == valueObject && strings.EqualFold(k, name.shown()) {
			return v.items[i]
		}
	}
	return exprValue{kind: valueNull}
}

// ofTree makes a value of what a file holds, as YAML 1.2 types it: 3.10 is the
// number 3.1 there, as it is for GitHub.
func ofTree(t tree) exprValue {
	switch {
	case t.isMap():
		v := exprValue{kind: valueObject}
		for _, p := range t.pairs() {
			v.keys, v.items = append(v.keys, p.key), append(v.items, ofTree(p.value))
		}
		return v
	case t.isList():
		v := exprValue{kind: valueList}
		for _, item := range t.list() {
			v.items = append(v.items, ofTree(item))
		}
		return v
	}
	return ofScalar(t)
}

func ofScalar(t tree) exprValue {
	if !t.ok() {
		return exprValue{kind: valueNull}
	}
	switch n := t.node(); n.ShortTag() {
	case "!!bool":
		return boolValue(strings.EqualFold(n.Value, "true"))
	case "!!int", "!!float":
		if f, ok := parseNumber(n.Value); ok {
			return numberValue(f)
		}
	}
	return textValue(t.text())
}
