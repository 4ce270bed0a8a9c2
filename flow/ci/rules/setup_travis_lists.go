package rules

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// addItem puts an item into a list.
func (x *setupText) addItem(o setupOp, y layout) bool {
	if inFlow(o.at) {
		return x.addFlowItem(o)
	}
	items := o.at.Content
	if len(items) == 0 {
		return false
	}
	last := items[len(items)-1]
	column, gap := x.itemLayout(items)
	if column < 0 {
		return false
	}
	y.gap = gap
	first, _ := x.dash(last)
	if first != column {
		return false
	}
	x.insert(x.end(last.Line, column, last)+1, y.item(o.value, strings.Repeat(" ", column)), o.name)
	return true
}

// itemLayout gives the column of the dashes and the blanks behind them.
func (x *setupText) itemLayout(items []*yaml.Node) (column, gap int) {
	column, gap = -1, 1
	for _, item := range items {
		dash, same := x.dash(item)
		if column < 0 {
			column = dash
		}
		if same && item.Anchor == "" {
			gap = item.Column - 1 - dash - 1
		}
	}
	return column, gap
}

// addFlowItem puts an item behind the bracket that opens a list.
func (x *setupText) addFlowItem(o setupOp) bool {
	at := x.offset(o.at)
	if at < 0 || x.src[at] != '[' {
		return false
	}
	x.noteAbove(o, o.at.Line)
	text := flowText(o.value)
	if len(o.at.Content) > 0 {
		text += ", "
	}
	x.splice(at+1, at+1, text, o.name)
	return true
}

// setItem puts another item in the place of a scalar.
func (x *setupText) setItem(o setupOp, y layout) bool {
	was := o.at.Content[o.index]
	from, to := x.offset(was), x.behind(was)
	if from < 0 || to < 0 || was.Anchor != "" {
		return false
	}
	if inFlow(o.at) {
		x.noteAbove(o, was.Line)
		x.splice(from, to, flowText(o.value), o.name)
		return true
	}
	dash, same := x.dash(was)
	if dash < 0 || !same {
		return false
	}
	y.gap = was.Column - 1 - dash - 1
	lines := y.item(o.value, strings.Repeat(" ", dash))
	x.splice(from, to, lines[0][was.Column-1:], o.name)
	x.insert(was.Line+1, lines[1:], o.name)
	return true
}

// dropItem takes an item away that has a line to itself.
func (x *setupText) dropItem(o setupOp) bool {
	was := o.at.Content[o.index]
	before, _, after, ok := x.lines.raw(was)
	if inFlow(o.at) || !ok || len(o.at.Content) < 2 || strings.Trim(before, " -") != "" || strings.TrimSpace(after) != "" {
		return false
	}
	x.splice(x.start(was.Line), x.start(was.Line+1), "", o.name)
	return true
}

// wrap makes a list of what stands under a key, and adds further items.
func (x *setupText) wrap(o setupOp, y layout) bool {
	k, v := pairNode(tree{o.at}, o.key)
	colon := x.colon(k)
	if colon < 0 || inFlow(o.at) {
		return false
	}
	last := x.end(k.Line, k.Column-1, v)
	column, gap := k.Column-1+y.dash, y.gap
	if last > k.Line { // its further lines must stand no less deep than the dash
		column = k.Column - 1
	}
	switch block := v.Kind == yaml.MappingNode && !inFlow(v); {
	case block && len(v.Content) == 0:
		return false
	case block:
		column, gap = x.wrapMap(o, k, v, colon)
	case v.Line != k.Line || x.offset(v) < colon:
		return false
	default:
		indent := "\n" + strings.Repeat(" ", column)
		note := x.takeNote(o, k.Line)
		if note != "" {
			note = indent + note
		}
		x.splice(colon, x.offset(v), note+indent+"- ", o.name)
	}
	if column < 0 {
		return false
	}
	y.gap = gap
	x.insert(last+1, y.items(o.value, strings.Repeat(" ", column)), o.name)
	return true
}

// takeNote gives the comment about the key above a line, and takes an older one away.
func (x *setupText) takeNote(o setupOp, line int) string {
	note, above := x.notes[line], x.lines.at(line-1)
	if keyNote.MatchString(above) {
		x.splice(x.start(line-1), x.start(line), "", o.name)
		note = cmp.Or(note, above)
	}
	return strings.TrimSpace(note)
}

// movedDown gives the line of a key whose value goes below it as it is wrapped; 0
// if the value has lines of its own.
func (x *setupText) movedDown(o setupOp) int {
	if k, v := pairNode(tree{o.at}, o.key); v.Kind != yaml.MappingNode || inFlow(v) {
		return k.Line
	}
	return 0
}

// wrapMap puts a dash before a mapping, in the blanks before its first key where
// there is room; an anchor goes with it. It gives the layout of the list.
func (x *setupText) wrapMap(o setupOp, k, v *yaml.Node, colon int) (column, gap int) {
	first := v.Content[0]
	for i := 0; i < len(v.Content) && slices.Contains(x.gone[v], first.Value); i += 2 {
		first = v.Content[i]
	}
	before, ok := x.before(first)
	if !ok || strings.TrimSpace(before) != "" {
		return -1, 0
	}
	column = first.Column - 1 - 2
	if v.Anchor == "" && column >= k.Column-1 {
		x.splice(x.start(first.Line)+column, x.offset(first), "- ", o.name)
		return column, 1
	}
	column, gap = max(column, k.Column-1), 1
	if v.Anchor != "" {
		from := x.offset(v)
		if from < colon || !strings.HasPrefix(x.src[from:], "&"+v.Anchor) {
			return -1, 0
		}
		x.splice(colon, from+len(v.Anchor)+1, "", o.name)
	}
	x.insert(k.Line+1, []string{strings.TrimRight(strings.Repeat(" ", column)+"- "+anchorText(v), " ")}, o.name)
	return column, gap
}

func anchorText(n *yaml.Node) string {
	if n.Anchor == "" {
		return ""
	}
	return "&" + n.Anchor
}
