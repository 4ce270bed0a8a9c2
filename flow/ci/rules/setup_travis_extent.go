package rules

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// indentOf counts the blanks that a line begins with.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// noted says whether a line holds nothing but a comment, or nothing at all.
func noted(line string) bool {
	t := strings.TrimSpace(line)
	return t == "" || t[0] == '#'
}

// end gives the last line of what begins in a line and stands deeper than an
// indent. Comments below it belong to what follows.
func (x *setupText) end(line, indent int, v *yaml.Node) int {
	out := max(line, x.deepest(v))
	for l := line + 1; l <= len(x.lines); l++ {
		text := x.lines.at(l)
		switch {
		case noted(text):
		case indentOf(text) > indent || isItem(text, indent) && v.Kind == yaml.SequenceNode:
			out = max(out, l)
		case l > out:
			return x.throughBlock(out, indent, v)
		}
	}
	return x.throughBlock(out, indent, v)
}

// isItem says whether a line begins an item of a list at an indent.
func isItem(line string, indent int) bool {
	rest := strings.TrimLeft(line, " ")
	return indentOf(line) == indent && (rest == "-" || strings.HasPrefix(rest, "- "))
}

// throughBlock adds the lines of a text as a block that look like comments.
func (x *setupText) throughBlock(end, indent int, v *yaml.Node) int {
	last := lastLeaf(v)
	if last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return end
	}
	for l := end + 1; l <= len(x.lines) && noted(x.lines.at(l)); l++ {
		if text := x.lines.at(l); strings.TrimSpace(text) != "" && indentOf(text) > indent {
			end = l
		}
	}
	return end
}

func lastLeaf(n *yaml.Node) *yaml.Node {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	return n
}

// deepest gives the last line that a node is certainly on.
func (x *setupText) deepest(n *yaml.Node) int {
	out := n.Line
	for _, c := range n.Content {
		out = max(out, x.deepest(c))
	}
	if at := x.offset(n); at >= 0 && n.Style&yaml.FlowStyle != 0 {
		if end := x.close(at); end > 0 {
			out = max(out, x.lineOf(end-1))
		}
	}
	return out
}

// close gives the offset behind the bracket that closes the next one that opens;
// 0 if there is none.
func (x *setupText) close(at int) int {
	depth, quote := 0, byte(0)
	for i := at; i < len(x.src); i++ {
		c := x.src[i]
		switch {
		case quote == '"' && c == '\\', quote == '\'' && strings.HasPrefix(x.src[i:], "''"):
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && strings.ContainsRune(" \n,[{:", rune(x.src[max(i-1, 0)])):
			quote = c
		case c == '#' && strings.ContainsRune(" \n", rune(x.src[max(i-1, 0)])):
			i += strings.IndexByte(x.src[i:], '\n')
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	return 0
}

// behind gives the offset behind a node that lies on one line; -1 if it does not.
func (x *setupText) behind(n *yaml.Node) int {
	at := x.offset(n)
	if at < 0 {
		return -1
	}
	rest := x.src[at:x.start(n.Line+1)]
	switch {
	case n.Kind == yaml.AliasNode && strings.HasPrefix(rest, "*"+n.Value):
		return at + 1 + len(n.Value)
	case n.Kind == yaml.ScalarNode:
		if _, token, _, ok := x.lines.raw(n); ok {
			return at + len(token)
		}
	case n.Style&yaml.FlowStyle != 0 && n.Anchor == "":
		if end := x.close(at); end > 0 && x.lineOf(end-1) == n.Line {
			return end
		}
	}
	return -1
}

// colon gives the offset behind the colon of a key; -1 if it is not plain to see.
func (x *setupText) colon(k *yaml.Node) int {
	at := x.offset(k)
	if at < 0 || k.Kind != yaml.ScalarNode {
		return -1
	}
	rest := x.src[at:x.start(k.Line+1)]
	end := tokenEnd(rest, k)
	if end < 0 {
		return -1
	}
	blanks := len(rest[end:]) - len(strings.TrimLeft(rest[end:], " "))
	if !strings.HasPrefix(rest[end+blanks:], ":") {
		return -1
	}
	return at + end + blanks + 1
}

// dash gives the column, from 0, of the dash before an item of a list, and
// whether the item begins on the dash's line; -1 if no dash is to be seen.
func (x *setupText) dash(item *yaml.Node) (int, bool) {
	before, ok := x.before(item)
	if !ok {
		return -1, false
	}
	if t := strings.TrimRight(before, " "); strings.HasSuffix(t, "-") {
		return len(t) - 1, true
	}
	if strings.TrimSpace(before) != "" {
		return -1, false
	}
	for l := item.Line - 1; l > 0; l-- {
		if t := strings.TrimRight(x.lines.at(l), " "); !noted(t) {
			if !strings.HasSuffix(t, "-") || strings.Trim(t, " -") != "" {
				return -1, false
			}
			return len(t) - 1, false
		}
	}
	return -1, false
}

// before gives what stands before a node on its line.
func (x *setupText) before(n *yaml.Node) (string, bool) {
	at := x.offset(n)
	if at < 0 {
		return "", false
	}
	return x.src[x.start(n.Line):at], true
}
