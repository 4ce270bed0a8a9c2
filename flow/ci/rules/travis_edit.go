package rules

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// travisLines is the text of a .travis.yml, for edits of whole lines. What is
// not plainly a block of its own lines gets no edit: then a person must.
type travisLines []string

func linesOf(text []byte) travisLines {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

// at gives a line, counted from 1.
func (l travisLines) at(line int) string {
	if line < 1 || line > len(l) {
		return ""
	}
	return l[line-1]
}

// indent is what stands before a node, and whether that is blanks alone.
func (l travisLines) indent(n *yaml.Node) (string, bool) {
	line := []rune(l.at(n.Line))
	if n.Column < 1 || n.Column-1 > len(line) {
		return "", false
	}
	before := string(line[:n.Column-1])
	return before, strings.Trim(before, " ") == ""
}

// afterScalar is what may follow a scalar on its line.
var afterScalar = regexp.MustCompile(`^(?:\s*$|\s+#|\s*[,}\]])`)

// raw finds the token of a scalar that stands on one line: what is before, the
// token with its quotes, and what is after.
func (l travisLines) raw(n *yaml.Node) (before, token, after string, ok bool) {
	line := []rune(l.at(n.Line))
	if n.Kind != yaml.ScalarNode || n.Column < 1 || n.Column-1 > len(line) {
		return "", "", "", false
	}
	before, rest := string(line[:n.Column-1]), string(line[n.Column-1:])
	end := tokenEnd(rest, n)
	if end < 0 || !afterScalar.MatchString(rest[end:]) {
		return "", "", "", false
	}
	return before, rest[:end], rest[end:], true
}

// tokenEnd measures a token; -1 if it goes on below.
func tokenEnd(rest string, n *yaml.Node) int {
	quote := map[yaml.Style]string{yaml.SingleQuotedStyle: "'", yaml.DoubleQuotedStyle: `"`}[n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle)]
	if quote == "" {
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || !strings.HasPrefix(rest, n.Value) {
			return -1
		}
		return len(n.Value)
	}
	end := 1 + len(n.Value) + 1
	if strings.HasPrefix(rest, quote+n.Value+quote) { // nothing in it is escaped
		return end
	}
	return -1
}

// replace puts another value in the place of a scalar and keeps its quotes.
func (l travisLines) replace(n *yaml.Node, value string) []Edit {
	before, token, after, ok := l.raw(n)
	if !ok {
		return nil
	}
	quote := ""
	if len(token) > 1 && strings.ContainsAny(token[:1], `"'`) {
		quote = token[:1]
	}
	return []Edit{{travisFile, n.Line, n.Line, []string{before + quote + value + quote + after}}}
}

// last gives the last line of a node; false where that cannot be seen.
func (l travisLines) last(n *yaml.Node) (int, bool) {
	switch n.Kind {
	case yaml.AliasNode:
		return n.Line, true
	case yaml.ScalarNode:
		_, _, _, ok := l.raw(n)
		return n.Line, ok || n.Value == "" && n.Tag == "!!null"
	}
	out := n.Line
	for _, c := range n.Content {
		line, ok := l.last(c)
		if !ok {
			return 0, false
		}
		out = max(out, line)
	}
	return out, n.Style&yaml.FlowStyle == 0 || strings.ContainsAny(l.at(out), "}]")
}

// open says whether a key can be written below the last line of a document: its
// keys stand at the margin, and no marker ends it.
func (l travisLines) open(root tree) bool {
	indent, alone := l.indent(root.node())
	marker := slices.ContainsFunc(l[min(root.line(), len(l)):], func(line string) bool {
		return strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")
	})
	return alone && indent == "" && !marker
}

// block is a key with its value, as lines of their own.
type block struct {
	first, last int
	indent      string
}

// pairNode finds a key that a mapping has itself, not by merging.
func pairNode(m tree, key string) (k, v *yaml.Node) {
	if !m.isMap() {
		return nil, nil
	}
	c := m.node().Content
	for i := 0; i+1 < len(c); i += 2 {
		if c[i].Value == key {
			return c[i], c[i+1]
		}
	}
	return nil, nil
}

// block finds the lines of a key; false where it shares them with something else.
func (l travisLines) block(m tree, key string) (block, bool) {
	k, v := pairNode(m, key)
	if k == nil || m.node().Style&yaml.FlowStyle != 0 {
		return block{}, false
	}
	indent, alone := l.indent(k)
	last, ok := l.last(v)
	return block{k.Line, max(k.Line, last), indent}, alone && ok
}

// remove takes the lines of a key away.
func (l travisLines) remove(m tree, key string) []Edit {
	b, ok := l.block(m, key)
	if !ok || len(m.pairs()) < 2 { // a mapping without keys would be something else
		return nil
	}
	return []Edit{{File: travisFile, First: b.first, Last: b.last}}
}

// moved gives the lines of a block with another indent.
func (l travisLines) moved(b block, indent string) []string {
	out := slices.Clone(l[b.first-1 : b.last])
	for i, line := range out {
		if rest, ok := strings.CutPrefix(line, b.indent); ok {
			out[i] = indent + rest
		} else if strings.TrimSpace(line) != "" {
			return nil
		}
	}
	return out
}

// moveInto takes a key of m and puts it last into the mapping that stands under
// another key of m, which is made if it is not there.
func (l travisLines) moveInto(m tree, key, under string) []Edit {
	b, ok := l.block(m, key)
	if !ok {
		return nil
	}
	target := m.get(under)
	if k, _ := pairNode(m, under); target.ok() && k == nil {
		return nil // it is merged in, and belongs to others as well
	}
	if !target.ok() {
		lines := l.moved(b, b.indent+"  ")
		if lines == nil {
			return nil
		}
		return []Edit{{travisFile, b.first, b.last, append([]string{b.indent + under + ":"}, lines...)}}
	}
	return l.relocate(b, target, key)
}

// relocate puts a block behind the last key of a mapping.
func (l travisLines) relocate(b block, target tree, key string) []Edit {
	pairs := target.pairs()
	if len(pairs) == 0 || target.n.Kind == yaml.AliasNode || target.get(key).ok() {
		return nil
	}
	end, ok := l.block(target, pairs[len(pairs)-1].key)
	if !ok {
		return nil
	}
	lines := l.moved(b, end.indent)
	switch {
	case lines == nil:
		return nil
	case end.last+1 == b.first:
		return []Edit{{travisFile, b.first, b.last, lines}}
	}
	return []Edit{{travisFile, end.last + 1, end.last, lines}, {File: travisFile, First: b.first, Last: b.last}}
}
