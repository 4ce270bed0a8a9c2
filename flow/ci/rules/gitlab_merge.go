package rules

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// flat gives the keys of a mapping with those that merge keys bring in.
func flat(t tree, depth int) []pair {
	if depth > maxMerge {
		return nil
	}
	var out []pair
	for _, p := range t.pairs() {
		if p.key != "<<" {
			out = append(out, p)
		}
	}
	for _, p := range t.pairs() {
		if p.key != "<<" {
			continue
		}
		for _, m := range slices.Backward(p.value.list()) {
			for _, q := range flat(m, depth+1) {
				if !slices.ContainsFunc(out, func(o pair) bool { return o.key == q.key }) {
					out = append(out, q)
				}
			}
		}
	}
	return out
}

// merge lays one mapping over another, as GitLab merges includes and extends:
// mappings into one another, everything else is replaced.
func (c *labConfig) merge(below, above tree, depth int) tree {
	if !below.isMap() || !above.isMap() || depth > maxMerge || c.tired() {
		if above.n == nil {
			return below
		}
		return above
	}
	over := flat(above, 0)
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: above.line()}
	if f, ok := c.files[above.n]; ok {
		c.files[n] = f
	}
	put := func(key string, line int, v tree) {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: line}, v.n)
	}
	for _, p := range flat(below, 0) {
		c.steps += len(over) / 64 // of the search
		i := slices.IndexFunc(over, func(o pair) bool { return o.key == p.key })
		if i < 0 {
			put(p.key, p.line, p.value)
			continue
		}
		put(p.key, over[i].line, c.merge(p.value, over[i].value, depth+1))
		over = slices.Delete(over, i, i+1)
	}
	for _, p := range over {
		put(p.key, p.line, p.value)
	}
	return tree{n}
}

// extended is a job with what it extends below it.
func (c *labConfig) extended(name string, job tree, depth int) tree {
	names := c.texts(job.get("extends"))
	if len(names) == 0 || depth > maxExtends || c.tired() {
		return job
	}
	if known, ok := c.extends[name]; ok {
		return known
	}
	if c.extends == nil {
		c.extends = map[string]tree{}
	}
	c.extends[name] = job // for one that extends itself
	var below tree
	for _, n := range names {
		if n == name {
			continue
		}
		below = c.merge(below, c.extended(n, c.root.get(n), depth+1), 0)
	}
	c.extends[name] = c.merge(below, job, 0)
	return c.extends[name]
}

const referenceTag = "!reference"

// deref follows a !reference to what it names.
func (c *labConfig) deref(t tree, depth int) tree {
	n := t.node()
	if n == nil || n.Tag != referenceTag || depth > maxMerge || c.tired() {
		return t
	}
	at := c.root
	for i, k := range n.Content {
		next := at.get(k.Value)
		if i == 0 {
			next = c.extended(k.Value, next, 0)
		}
		at = c.deref(next, depth+1)
	}
	return at
}

// list gives the items of a list, those of nested lists and references among them.
func (c *labConfig) list(t tree) []tree { return c.items(t, 0) }

func (c *labConfig) items(t tree, depth int) []tree {
	t = c.deref(t, 0)
	if c.tired() {
		return nil
	}
	if depth > maxMerge || !t.isList() {
		if !t.ok() {
			return nil
		}
		return []tree{t}
	}
	var out []tree
	for _, item := range t.list() {
		out = append(out, c.items(item, depth+1)...)
		if len(out) > maxSpread {
			return nil
		}
	}
	return out
}

func (c *labConfig) texts(t tree) []string {
	var out []string
	for _, item := range c.list(t) {
		if s := item.text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}
