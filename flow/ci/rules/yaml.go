package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlLine finds the line in an error of the parser, which gives it as text only.
var yamlLine = regexp.MustCompile(`line (\d+)`)

// tree is a place in a YAML document. It reads through aliases and merge keys,
// keeps scalars as they are written (3.10 stays 3.10), and is safe to use where
// the document holds something else than expected.
type tree struct{ n *yaml.Node }

// parseYAML gives the document's root, or the line and text of what is wrong.
func parseYAML(src []byte) (tree, int, string) {
	if len(src) > maxText {
		return tree{}, 1, fmt.Sprintf("it has %d bytes, and no more than %d are read", len(src), maxText)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		text := strings.TrimPrefix(err.Error(), "yaml: ")
		line := 0
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		return tree{}, line, text
	}
	if len(doc.Content) == 0 {
		return tree{}, 1, "the file is empty"
	}
	root := tree{doc.Content[0]}
	if nodes := spread(doc.Content[0], 0, maxSpread); nodes >= maxSpread {
		return tree{}, root.line(), "the aliases of the file hold themselves, or spread to more than it can mean"
	}
	if !root.isMap() {
		return tree{}, root.line(), "the file is not a mapping of keys"
	}
	return root, 0, ""
}

// maxText is far more than any CI file has, and is parsed at once.
const maxText = 1 << 20

// Bounds of a document when every alias is written out. The parser builds nodes
// for aliases that hold themselves, and for a few lines that mean billions.
const (
	maxSpread = 200_000
	maxDeep   = 200
)

// spread counts the nodes of a document with its aliases written out, and stops
// at the limit.
func spread(n *yaml.Node, depth, limit int) int {
	if n == nil || limit <= 0 {
		return 0
	}
	if depth > maxDeep {
		return limit
	}
	count := 1 + spread(n.Alias, depth+1, limit-1)
	for _, c := range n.Content {
		if count >= limit {
			return limit
		}
		count += spread(c, depth+1, limit-count)
	}
	return count
}

// node follows aliases. A chain of them cannot be endless: parseYAML refuses it.
func (t tree) node() *yaml.Node {
	n := t.n
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func (t tree) ok() bool {
	n := t.node()
	return n != nil && n.Tag != "!!null"
}

func (t tree) isMap() bool { n := t.node(); return n != nil && n.Kind == yaml.MappingNode }

func (t tree) isList() bool { n := t.node(); return n != nil && n.Kind == yaml.SequenceNode }

func (t tree) line() int {
	if t.n == nil {
		return 0
	}
	return t.n.Line
}

// get looks a key up, the first of names that is there. Own keys come before merged ones.
func (t tree) get(names ...string) tree {
	for _, name := range names {
		if v := t.lookup(name, 0); v.ok() {
			return v
		}
	}
	return tree{}
}

// maxMerge bounds the depth of merge keys that lookup follows.
const maxMerge = 20

func (t tree) lookup(name string, depth int) tree {
	if !t.isMap() || depth > maxMerge {
		return tree{}
	}
	c := t.node().Content
	for i := 0; i+1 < len(c); i += 2 {
		if c[i].Value == name {
			return tree{c[i+1]}
		}
	}
	for i := len(c) - 2; i >= 0; i -= 2 { // Ruby's parser lets the last of several merge keys win
		if c[i].Value != "<<" {
			continue
		}
		for _, m := range (tree{c[i+1]}).list() {
			if v := m.lookup(name, depth+1); v.ok() {
				return v
			}
		}
	}
	return tree{}
}

// list gives the items of a sequence, or the thing itself as the only one.
func (t tree) list() []tree {
	if !t.ok() {
		return nil
	}
	if !t.isList() {
		return []tree{t}
	}
	var out []tree
	for _, c := range t.node().Content {
		out = append(out, tree{c})
	}
	return out
}

// pair is a key of a mapping with its value.
type pair struct {
	key   string
	value tree
	line  int
}

// pairs gives the keys of a mapping in their order, without merged ones.
func (t tree) pairs() []pair {
	if !t.isMap() {
		return nil
	}
	var out []pair
	c := t.node().Content
	for i := 0; i+1 < len(c); i += 2 {
		out = append(out, pair{c[i].Value, tree{c[i+1]}, c[i].Line})
	}
	return out
}

// text gives a scalar as it is written, "" for anything else.
func (t tree) text() string {
	if n := t.node(); n != nil && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return n.Value
	}
	return ""
}

// texts gives the scalars of a list, or the single scalar.
func (t tree) texts() []string {
	var out []string
	for _, item := range t.list() {
		if s := item.text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// truth reads a boolean as YAML 1.1 does, where yes and on are true.
func (t tree) truth() (value, known bool) {
	switch strings.ToLower(t.text()) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

// words puts what a node holds into one line, for a person to read.
func (t tree) words() string {
	if s := t.text(); s != "" {
		return s
	}
	if t.isList() {
		return strings.Join(t.texts(), ", ")
	}
	var parts []string
	for _, p := range t.pairs() {
		parts = append(parts, fmt.Sprintf("%s: %s", p.key, p.value.words()))
	}
	return strings.Join(parts, ", ")
}
