package rules

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The nodes that a change is made of.

func textNode(v string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v}
}

// quotedNode is a text that is quoted, as a version or a long value should be.
func quotedNode(v string) *yaml.Node {
	n := textNode(v)
	n.Style = yaml.DoubleQuotedStyle
	return n
}

func boolNode(v bool) *yaml.Node {
	if v {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"}
}

func listNode(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

func mapNode(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: content}
}

// withKey adds a key, which needs no quotes, to a mapping.
func withKey(m *yaml.Node, key string, v *yaml.Node) {
	m.Content = append(m.Content, textNode(key), v)
}

// bare is a text that means itself without quotes, in a list in brackets as well.
var (
	bare     = regexp.MustCompile(`^[A-Za-z_$/][\w$/.=+^\\()*~@:-]*(?: [\w$/.=+^\\()*~@"'-][\w$/.=+^\\()*~@:"'-]*)*$`)
	reserved = regexp.MustCompile(`(?i)^(?:true|false|yes|no|on|off|null|y|n|~)$`)
)

// scalarText writes a scalar, in the quotes that are wanted where they will do.
func scalarText(n *yaml.Node, quote string) string {
	v := n.Value
	single := "'" + strings.ReplaceAll(v, "'", "''") + "'"
	isBare := bare.MatchString(v) && !reserved.MatchString(v) && !strings.Contains(v, ": ") && !strings.HasSuffix(v, ":")
	switch {
	case n.Tag == "!!bool":
		return v
	case strings.ContainsAny(v, `"\`) && (quote != "" || !isBare):
		return single
	case quote == "'":
		return single
	case quote == `"` || n.Style == yaml.DoubleQuotedStyle || !isBare:
		return `"` + v + `"`
	}
	return v
}

// flowText writes a node on one line.
func flowText(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.SequenceNode:
		for _, c := range n.Content {
			parts = append(parts, flowText(c))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, n.Content[i].Value+": "+flowText(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return scalarText(n, "")
}

// layout is how a file indents: the blanks before the dash of a list under a
// key, and those between the dash and its item.
type layout struct{ dash, gap int }

// pairLines writes a key with its value as lines.
func (y layout) pairLines(key string, v *yaml.Node, indent string) []string {
	out := y.noteLines(v, indent)
	if v.Kind == yaml.ScalarNode || v.Style&yaml.FlowStyle != 0 {
		return append(out, indent+key+": "+flowText(v))
	}
	return append(append(out, indent+key+":"), y.valueLines(v, indent)...)
}

func (layout) noteLines(v *yaml.Node, indent string) []string {
	if v.HeadComment == "" {
		return nil
	}
	return []string{indent + v.HeadComment}
}

// valueLines writes what stands below a key.
func (y layout) valueLines(v *yaml.Node, indent string) []string {
	if v.Kind == yaml.SequenceNode {
		return y.items(v, indent+strings.Repeat(" ", y.dash))
	}
	return y.mapLines(v, indent+"  ")
}

func (y layout) mapLines(v *yaml.Node, indent string) []string {
	var out []string
	for i := 0; i+1 < len(v.Content); i += 2 {
		out = append(out, y.pairLines(v.Content[i].Value, v.Content[i+1], indent)...)
	}
	return out
}

func (y layout) items(v *yaml.Node, indent string) []string {
	var out []string
	for _, item := range v.Content {
		out = append(out, y.item(item, indent)...)
	}
	return out
}

// item writes an item with its dash.
func (y layout) item(v *yaml.Node, indent string) []string {
	gap := strings.Repeat(" ", max(y.gap, 1))
	if v.Kind != yaml.MappingNode {
		return []string{indent + "-" + gap + flowText(v)}
	}
	lines := y.mapLines(v, indent+" "+gap)
	lines[0] = indent + "-" + lines[0][len(indent)+1:]
	return lines
}

// layoutOf reads the layout of a file from its lists.
func (x *setupText) layoutOf(root *yaml.Node) layout {
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		if v.Kind != yaml.SequenceNode || v.Style&yaml.FlowStyle != 0 || len(v.Content) == 0 {
			continue
		}
		if dash, _ := x.dash(v.Content[0]); dash >= k.Column-1 {
			return layout{min(dash-(k.Column-1), 8), 1}
		}
	}
	return layout{2, 1}
}

// spaced says whether the file parts its sections with blank lines.
func (x *setupText) spaced(root *yaml.Node) bool {
	return slices.ContainsFunc(root.Content[min(2, len(root.Content)):], func(n *yaml.Node) bool {
		return n.Column == root.Column && x.lines.at(n.Line-1) == ""
	})
}
