package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The edits of the text that do the changes. Each is false where the lines of the
// file are not plain enough to be sure.

func (x *setupText) do(o setupOp, y layout) bool {
	switch o.what {
	case setKey:
		if k, v := pairNode(tree{o.at}, o.key); k != nil {
			return x.set(o, k, v, y)
		}
		return x.add(o, y)
	case removeKey:
		return x.remove(o)
	case addItem:
		return x.addItem(o, y)
	case wrapValue:
		return x.wrap(o, y)
	case setItem:
		return x.setItem(o, y)
	}
	return x.dropItem(o)
}

func inFlow(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }

// set puts another value under a key that is there.
func (x *setupText) set(o setupOp, k, v *yaml.Node, y layout) bool {
	colon := x.colon(k)
	if colon < 0 || !x.note(o, k) {
		return false
	}
	if inFlow(o.at) && o.value.Kind != yaml.ScalarNode {
		x.noteAbove(o, k.Line)
	}
	end := x.behind(v)
	simple := o.value.Kind == yaml.ScalarNode || inFlow(o.value)
	switch {
	case v.Tag == "!!null" && v.Value == "":
		return !inFlow(o.at) && x.fill(o, k, colon, colon, y)
	case v.Anchor != "":
		return false
	case end >= 0 && v.Line == k.Line && (simple || inFlow(o.at)):
		x.splice(x.offset(v), end, x.rewritten(v, o.value), o.name)
		return true
	case inFlow(o.at):
		return false
	case end >= 0 && v.Line == k.Line:
		return x.fill(o, k, colon, end, y)
	}
	return x.setBlock(o, k, v, colon, y)
}

// rewritten writes a value in the quotes of the one before it.
func (x *setupText) rewritten(was, now *yaml.Node) string {
	if now.Kind != yaml.ScalarNode || was.Kind != yaml.ScalarNode {
		return flowText(now)
	}
	_, token, _, _ := x.lines.raw(was)
	quote := ""
	if len(token) > 1 && strings.ContainsAny(token[:1], `"'`) {
		quote = token[:1]
	}
	return scalarText(now, quote)
}

// fill puts a value behind a colon, in the place of what stands there on its line.
func (x *setupText) fill(o setupOp, k *yaml.Node, colon, end int, y layout) bool {
	if o.value.Kind == yaml.ScalarNode || inFlow(o.value) {
		x.splice(colon, end, " "+flowText(o.value), o.name)
		return true
	}
	indent := strings.Repeat(" ", k.Column-1)
	if colon < end {
		x.splice(colon, end, "", o.name)
	}
	x.insert(k.Line+1, y.valueLines(o.value, indent), o.name)
	return true
}

// setBlock puts a value in the place of one that has lines of its own.
func (x *setupText) setBlock(o setupOp, k, v *yaml.Node, colon int, y layout) bool {
	last := x.end(k.Line, k.Column-1, v)
	rest := strings.TrimSuffix(x.src[colon:x.start(k.Line+1)], "\n")
	if v.Line == k.Line || v.Kind == yaml.ScalarNode {
		rest = ""
	}
	lines := []string{}
	if o.value.Kind == yaml.ScalarNode || inFlow(o.value) {
		rest = " " + flowText(o.value) + rest
	} else {
		lines = y.valueLines(o.value, strings.Repeat(" ", k.Column-1))
	}
	x.splice(colon, x.start(last+1), strings.Join(append([]string{rest}, lines...), "\n")+"\n", o.name)
	return true
}

// note writes the comment of a value above its line, in the place of an older one.
func (x *setupText) note(o setupOp, k *yaml.Node) bool {
	if o.value.HeadComment == "" {
		return true
	}
	indent := strings.Repeat(" ", indentOf(x.lines.at(k.Line)))
	if before, ok := x.before(k); !ok || !inFlow(o.at) && strings.TrimSpace(before) != "" {
		return false
	}
	line, first := indent+o.value.HeadComment, k.Line
	above := x.lines.at(k.Line - 1)
	if above == line || x.notes[k.Line] == line {
		return true
	}
	x.notes[k.Line] = line
	if k.Line == x.wrapped {
		return true
	}
	if keyNote.MatchString(above) {
		first--
	}
	x.splice(x.start(first), x.start(k.Line), line+"\n", o.name)
	return true
}

// add makes a key.
func (x *setupText) add(o setupOp, y layout) bool {
	if inFlow(o.at) {
		return x.addFlow(o)
	}
	if len(o.at.Content) == 0 {
		return false
	}
	k, v := pairNode(tree{o.at}, o.after)
	if k == nil {
		k, v = o.at.Content[len(o.at.Content)-2], o.at.Content[len(o.at.Content)-1]
	}
	first, ok := x.before(o.at.Content[0])
	if !ok || strings.Trim(first, " -") != "" {
		return false
	}
	lines := y.pairLines(o.key, o.value, strings.Repeat(" ", o.at.Content[0].Column-1))
	if o.key == "deploy" && x.blank {
		lines = append([]string{""}, lines...)
	}
	x.insert(x.end(k.Line, k.Column-1, v)+1, lines, o.name)
	return true
}

// addFlow makes a key behind the bracket that opens a mapping.
func (x *setupText) addFlow(o setupOp) bool {
	at := x.offset(o.at)
	if at < 0 || x.src[at] != '{' {
		return false
	}
	x.noteAbove(o, o.at.Line)
	text := o.key + ": " + flowText(o.value)
	if x.coming[o.at]--; x.coming[o.at] > 0 || len(o.at.Content)/2 > len(x.gone[o.at]) {
		text += ", "
	}
	x.splice(at+1, at+1, text, o.name)
	return true
}

// noteAbove writes the comments of a value above the line that it goes to, each once.
func (x *setupText) noteAbove(o setupOp, line int) {
	indent := strings.Repeat(" ", indentOf(x.lines.at(line)))
	for _, note := range notesIn(o.value) {
		if text := indent + note; x.lines.at(line-1) != text && x.notes[line] != text {
			x.notes[line] = text
			if line != x.wrapped {
				x.insert(line, []string{text}, o.name)
			}
		}
	}
}

func notesIn(n *yaml.Node) []string {
	var out []string
	if n.HeadComment != "" {
		out = append(out, n.HeadComment)
	}
	for _, c := range n.Content {
		out = append(out, notesIn(c)...)
	}
	return out
}

// remove takes a key away with the lines of its value.
func (x *setupText) remove(o setupOp) bool {
	i := 0
	for o.at.Content[i].Value != o.key {
		i += 2
	}
	k, v := o.at.Content[i], o.at.Content[i+1]
	if v.Anchor != "" || k.Anchor != "" {
		return false
	}
	if inFlow(o.at) {
		return x.removeFlow(o, i)
	}
	before, ok := x.before(k)
	switch {
	case !ok:
		return false
	case x.withFirst(o, i):
		return true
	}
	last := x.end(k.Line, k.Column-1, v)
	if strings.TrimSpace(before) == "" {
		x.splice(x.start(k.Line), x.start(last+1), "", o.name)
		return true
	}
	return x.removeFirst(o, k)
}

// removeFirst takes the first key of an item away, which stands behind the dash,
// with those below it that go as well.
func (x *setupText) removeFirst(o setupOp, k *yaml.Node) bool {
	c, i := o.at.Content, 0
	for i < len(c) && slices.Contains(x.gone[o.at], c[i].Value) {
		i += 2
	}
	if i == 0 || i == len(c) || x.end(c[i-2].Line, c[i-2].Column-1, c[i-1])+1 != c[i].Line {
		return false
	}
	x.splice(x.offset(k), x.offset(c[i]), "", o.name)
	return true
}

// withFirst says whether a key goes together with the first of its item.
func (x *setupText) withFirst(o setupOp, i int) bool {
	c := o.at.Content
	first, ok := x.before(c[0])
	if !ok || i == 0 || strings.TrimSpace(first) == "" {
		return false
	}
	for j := 0; j < i; j += 2 {
		if !slices.Contains(x.gone[o.at], c[j].Value) {
			return false
		}
	}
	return true
}

// removeFlow takes a key of a mapping in brackets away, with its comma.
func (x *setupText) removeFlow(o setupOp, i int) bool {
	c := o.at.Content
	from, to := x.offset(c[i]), x.behind(c[i+1])
	if from < 0 || to < 0 || c[i].Line != c[i+1].Line {
		return false
	}
	if i+2 < len(c) && c[i+2].Line == c[i].Line {
		x.splice(from, x.offset(c[i+2]), "", o.name)
		return true
	}
	if len(c) == 2 {
		x.splice(from, to, "", o.name)
		return true
	}
	head := strings.TrimRight(x.src[x.start(c[i].Line):from], " ")
	if !strings.HasSuffix(head, ",") || i+2 < len(c) {
		return false
	}
	x.splice(x.start(c[i].Line)+len(head)-1, to, "", o.name)
	return true
}
