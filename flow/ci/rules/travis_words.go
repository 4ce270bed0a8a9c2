package rules

import "strings"

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
