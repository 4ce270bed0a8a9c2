package rules

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// plainTree copies a document with its aliases written out, and remembers which
// copy is of which node where it stands itself.
type plainTree struct {
	root   *yaml.Node
	copies map[*yaml.Node]*yaml.Node
}

func newPlainTree(root *yaml.Node) *plainTree {
	p := &plainTree{copies: map[*yaml.Node]*yaml.Node{}}
	p.root = p.clone(root, true)
	return p
}

func (p *plainTree) clone(n *yaml.Node, direct bool) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		out := p.clone(n.Alias, false)
		if direct {
			p.copies[n] = out
		}
		return out
	}
	out := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value}
	if direct {
		p.copies[n] = out
	}
	for _, c := range n.Content {
		out.Content = append(out.Content, p.clone(c, direct))
	}
	return out
}

// sameTree compares what two plain trees mean; the order of keys means nothing.
func sameTree(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		return slices.EqualFunc(a.Content, b.Content, sameTree)
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		_, v := pairNode(tree{b}, a.Content[i].Value)
		if v == nil || !sameTree(a.Content[i+1], v) {
			return false
		}
	}
	return true
}

// What a change does to a mapping or a list.
const (
	setKey    = "set"    // a key, which is made if it is not there
	removeKey = "remove" // a key
	addItem   = "add"    // an item: at the end of a list, at the start of one in brackets
	wrapValue = "wrap"   // the value of a key, as the first item of a list that goes on with others
	setItem   = "item"   // the item of a list that stands at an index
	dropItem  = "drop"   // likewise, away
)

// setupOp is a change to one place of the document. From it come both the tree
// that is meant and the edit of the text.
type setupOp struct {
	name  string // the changes that it is part of, with blanks between
	what  string
	at    *yaml.Node // the mapping or list
	key   string
	after string // the key behind which a new one would stand best
	index int
	value *yaml.Node
}

// mean does the change to the tree.
func (p *plainTree) mean(o setupOp) {
	at := p.copies[o.at]
	var value *yaml.Node
	if o.value != nil {
		value = newPlainTree(o.value).root
	}
	switch o.what {
	case addItem:
		where := len(at.Content)
		if o.at.Style&yaml.FlowStyle != 0 {
			where = o.index
		}
		at.Content = slices.Insert(at.Content, where, value)
	case setItem:
		at.Content[o.index] = value
	case dropItem:
		at.Content = slices.DeleteFunc(at.Content, func(n *yaml.Node) bool { return n == p.copies[o.at.Content[o.index]] })
	default:
		p.meanKey(at, o, value)
	}
}

func (p *plainTree) meanKey(at *yaml.Node, o setupOp, value *yaml.Node) {
	i := 0
	for i < len(at.Content) && at.Content[i].Value != o.key {
		i += 2
	}
	switch {
	case o.what == removeKey:
		at.Content = slices.Delete(at.Content, i, i+2)
	case o.what == wrapValue:
		list := newPlainTree(listNode()).root
		list.Content = append([]*yaml.Node{at.Content[i+1]}, value.Content...)
		at.Content[i+1] = list
	case i < len(at.Content):
		at.Content[i+1] = value
	default:
		at.Content = append(at.Content, newPlainTree(textNode(o.key)).root, value)
	}
}
