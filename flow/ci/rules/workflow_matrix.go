package rules

import (
	"slices"
	"strings"
)

// cell is one combination of a matrix.
type cell struct {
	keys   []string
	values []exprValue
	from   int // how many of the keys the matrix itself has; others are added
}

func (c *cell) find(key string) int {
	return slices.IndexFunc(c.keys, func(k string) bool { return strings.EqualFold(k, key) })
}

func (c *cell) set(key string, v exprValue) {
	if i := c.find(key); i >= 0 {
		c.values[i] = v
		return
	}
	c.keys, c.values = append(c.keys, key), append(c.values, v)
}

func (c *cell) clone() *cell {
	return &cell{slices.Clone(c.keys), slices.Clone(c.values), c.from}
}

// shown gives the values for people: "python-version 3.12, os ubuntu-latest".
func (c *cell) shown() string {
	var out []string
	for i, k := range c.keys {
		out = append(out, k+" "+c.values[i].briefly())
	}
	return strings.Join(out, ", ")
}

// suffix is what the service puts behind the name of the job.
func (c *cell) suffix() string {
	var out []string
	for _, v := range c.values {
		out = append(out, v.briefly())
	}
	return " (" + strings.Join(out, ", ") + ")"
}

func (v exprValue) briefly() string {
	switch v.kind {
	case valueUnknown:
		return strings.Join(v.words, " ")
	case valueList, valueObject:
		var out []string
		for _, item := range v.items {
			out = append(out, item.briefly())
		}
		return strings.Join(out, ", ")
	}
	return v.shown()
}

// maxMatrix is the most jobs that a matrix may make: docs.github.com, "Running
// variations of jobs in a workflow".
const maxMatrix = 256

// maxProduct bounds the combinations before some are excluded.
const maxProduct = 16 * maxMatrix

// matrix expands `strategy.matrix`. The words name what no file tells; too many
// combinations, which GitHub refuses, give ok = false.
func (s scope) matrix(t tree) (cells []*cell, words string, ok bool) {
	v := s.whole(t)
	if !t.ok() {
		return []*cell{{}}, "", true
	}
	if v.kind != valueObject {
		return []*cell{{}}, plainOr(t.text(), "the matrix"), true
	}
	cells = []*cell{{}}
	var include, exclude exprValue
	for i, key := range v.keys {
		switch values := v.items[i]; {
		case key == "include":
			include = values
		case key == "exclude":
			exclude = values
		case values.kind != valueList:
			words = plainOr(strings.Join(values.words, "; "), key)
			cells = product(cells, key, []exprValue{unknown(words)})
		case len(cells)*len(values.items) > maxProduct:
			return nil, "", false
		default:
			cells = product(cells, key, values.items)
		}
	}
	return s.adjust(cells, include, exclude, words)
}

func plainOr(s, other string) string {
	if s = strings.TrimSpace(s); s == "" {
		return other
	}
	return s
}

// whole evaluates a matrix with the expressions in it.
func (s scope) whole(t tree) exprValue {
	switch {
	case t.isMap():
		v := exprValue{kind: valueObject}
		for _, p := range t.pairs() {
			v.keys, v.items = append(v.keys, p.key), append(v.items, s.whole(p.value))
		}
		return v
	case t.isList():
		v := exprValue{kind: valueList}
		for _, item := range t.list() {
			v.items = append(v.items, s.whole(item))
		}
		return v
	}
	return s.value(t)
}

func product(cells []*cell, key string, values []exprValue) []*cell {
	var out []*cell
	for _, c := range cells {
		for _, v := range values {
			n := c.clone()
			n.set(key, v)
			n.from = len(n.keys)
			out = append(out, n)
		}
	}
	return out
}

// adjust takes combinations out, and then puts others in.
func (s scope) adjust(cells []*cell, include, exclude exprValue, words string) ([]*cell, string, bool) {
	if len(include.items)+len(exclude.items) > 0 || len(include.words)+len(exclude.words) > 0 {
		words = plainOr(words, openIn(include, exclude))
	}
	for _, rule := range exclude.items {
		cells = slices.DeleteFunc(cells, func(c *cell) bool { return c.excluded(rule) })
	}
	if len(cells) == 1 && len(cells[0].keys) == 0 && len(include.items) > 0 {
		cells = nil // there are only the combinations that are put in
	}
	cells = addIncluded(cells, include.items)
	return cells, words, len(cells) <= maxMatrix
}

// openIn names the first value below that no file tells, "" if there is none.
func openIn(values ...exprValue) string {
	for _, v := range values {
		if !v.known() && len(v.words) > 0 {
			return strings.Join(v.words, "; ")
		}
		if words := openIn(v.items...); words != "" {
			return words
		}
	}
	return ""
}

// excluded says whether every key of a rule has its value in the combination.
func (c *cell) excluded(rule exprValue) bool {
	for i, k := range rule.keys {
		if at := c.find(k); at < 0 || !sameDeep(c.values[at], rule.items[i]) {
			return false
		}
	}
	return len(rule.keys) > 0
}

// addIncluded puts each object into every combination of the matrix whose own
// values it does not overwrite, or else makes a combination of it. One that was
// made so takes no further objects. docs.github.com, "Expanding or adding matrix
// configurations".
func addIncluded(cells []*cell, objects []exprValue) []*cell {
	var made []*cell
	for _, o := range objects {
		fits := false
		for _, c := range cells {
			if c.takes(o) {
				fits = true
				for i, k := range o.keys {
					c.set(k, o.items[i])
				}
			}
		}
		if !fits && o.kind == valueObject {
			n := &cell{}
			for i, k := range o.keys {
				n.set(k, o.items[i])
			}
			made = append(made, n)
		}
	}
	return append(cells, made...)
}

func (c *cell) takes(o exprValue) bool {
	for i, k := range o.keys {
		if at := c.find(k); at >= 0 && at < c.from && !sameDeep(c.values[at], o.items[i]) {
			return false
		}
	}
	return o.kind == valueObject
}

// sameDeep compares values of a matrix, by what they hold.
func sameDeep(a, b exprValue) bool {
	if a.kind != b.kind || len(a.items) != len(b.items) || !slices.Equal(a.keys, b.keys) {
		return false
	}
	for i := range a.items {
		if !sameDeep(a.items[i], b.items[i]) {
			return false
		}
	}
	return len(a.items) > 0 || a.known() && a.shown() == b.shown()
}
