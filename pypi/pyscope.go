package pypi

import "maps"

// pyScope is the names of a module or of a call.
type pyScope struct {
	names map[string]pyValue // a name that is here and nil is bound to what is not known
	up    *pyScope
	loose map[string]pyLoose // names that others may change at any time
}

// pyLoose is how a name may be changed at any time.
type pyLoose int

const (
	changes pyLoose = 1 + iota // what it stands for changes, where that can
	rebinds                    // it stands for something else
)

func newScope(up *pyScope) *pyScope { return &pyScope{names: map[string]pyValue{}, up: up} }

func (s *pyScope) get(name string) pyValue {
	for ; s != nil; s = s.up {
		if v, ok := s.names[name]; ok {
			return v
		}
	}
	return pyKnown{name}
}

// bind gives a name a value, unless others may take it away again.
func (s *pyScope) bind(name string, v pyValue) {
	if how := s.loose[name]; how == rebinds || how == changes && isMutable(v) {
		v = nil
	}
	s.names[name] = v
}

func (s *pyScope) top() *pyScope {
	for s.up != nil {
		s = s.up
	}
	return s
}

// pyCopier copies values so that two names of one thing are so in the copy too.
type pyCopier struct {
	scopes    map[*pyScope]*pyScope
	spaces    map[*pySpace]*pySpace
	files     map[*pyOpen]*pyOpen
	functions map[*pyFunction]*pyFunction
	lists     map[*pyValue]pyList
	values    int
}

// copied is a scope in which may be tried what might not happen: nothing that is
// done there is seen outside, whichever way it is done.
func (s *pyScope) copied() (copy *pyScope, values int) {
	c := &pyCopier{
		map[*pyScope]*pyScope{}, map[*pySpace]*pySpace{}, map[*pyOpen]*pyOpen{}, map[*pyFunction]*pyFunction{}, map[*pyValue]pyList{}, 0,
	}
	return c.scope(s), c.values
}

func (c *pyCopier) scope(s *pyScope) *pyScope {
	if s == nil || c.scopes[s] != nil {
		return c.scopes[s]
	}
	n := &pyScope{names: map[string]pyValue{}, loose: maps.Clone(s.loose)}
	c.scopes[s] = n
	n.up = c.scope(s.up)
	c.fill(n.names, s.names)
	return n
}

func (c *pyCopier) fill(to, from map[string]pyValue) {
	c.values += len(from)
	for name, v := range from {
		to[name] = c.value(v)
	}
}

func (c *pyCopier) value(v pyValue) pyValue {
	switch v := v.(type) {
	case *pySpace:
		return c.space(v)
	case *pyOpen:
		if c.files[v] == nil {
			f := *v
			c.files[v] = &f
		}
		return c.files[v]
	case pyList:
		return c.list(v)
	case *pyFunction:
		return c.function(v)
	case pyMethod:
		return pyMethod{c.value(v.of), v.name}
	}
	return v
}

func (c *pyCopier) space(v *pySpace) *pySpace {
	if c.spaces[v] == nil {
		n := &pySpace{map[string]pyValue{}, v.module, v.spoilt}
		c.spaces[v] = n
		c.fill(n.names, v.names)
	}
	return c.spaces[v]
}

func (c *pyCopier) list(v pyList) pyList {
	if len(v) == 0 {
		return pyList{}
	}
	n, seen := c.lists[&v[0]]
	if !seen || len(n) != len(v) {
		n = make(pyList, len(v))
		c.lists[&v[0]] = n
		c.values += len(v)
		for i, e := range v {
			n[i] = c.value(e)
		}
	}
	return n
}

func (c *pyCopier) function(v *pyFunction) *pyFunction {
	if c.functions[v] == nil {
		n := *v
		c.functions[v] = &n
		n.home, n.defaults = c.scope(v.home), map[string]pyValue{}
		c.fill(n.defaults, v.defaults)
		c.functions[v] = &n
	}
	return c.functions[v]
}

func isMutable(v pyValue) bool {
	switch v.(type) {
	case *pySpace, pyList, *pyOpen:
		return true
	}
	return false
}
