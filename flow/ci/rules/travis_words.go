package rules

import (
	"slices"
	"strings"
)

// maxWords bounds the text that is made of a tree. Aliases can make a small file
// endless.
const maxWords = 4096

// plainWords describes a tree, so that two can be compared.
func plainWords(t tree) string {
	var b strings.Builder
	describeTree(&b, t, 0)
	return b.String()
}

func describeTree(b *strings.Builder, t tree, depth int) {
	switch {
	case b.Len() > maxWords || depth > maxMerge:
	case t.isMap():
		b.WriteString("{")
		for _, p := range t.pairs() {
			b.WriteString(p.key + ": ")
			describeTree(b, p.value, depth+1)
			b.WriteString(", ")
		}
		b.WriteString("}")
	case t.isList():
		for _, item := range t.list() {
			describeTree(b, item, depth+1)
			b.WriteString(", ")
		}
	default:
		b.WriteString(t.text())
	}
}

// mergedPairs gives the keys of a mapping with those that are merged in.
func mergedPairs(t tree, depth int) []pair {
	var out []pair
	add := func(p pair) {
		if !slices.ContainsFunc(out, func(o pair) bool { return o.key == p.key }) {
			out = append(out, p)
		}
	}
	for _, p := range t.pairs() {
		if p.key != "<<" {
			add(p)
		}
	}
	for _, p := range t.pairs() {
		if p.key != "<<" || depth > maxCalls {
			continue
		}
		for _, m := range p.value.list() {
			for _, more := range mergedPairs(m, depth+1) {
				add(more)
			}
		}
	}
	return out
}
