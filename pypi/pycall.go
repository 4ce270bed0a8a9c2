package pypi

import (
	"path"
	"slices"
	"strings"
)

// pyArgs are the arguments of a call.
type pyArgs struct {
	at     []pyValue
	named  map[string]pyValue
	unsure bool // there are others
}

func (r *pyRun) arguments(l pyLine, s *pyScope) pyArgs {
	a := pyArgs{named: map[string]pyValue{}}
	for _, p := range r.split(l) {
		t := p.tokens
		switch {
		case t[0].is("**"):
			space, ok := r.expr(p.from(1), s).(*pySpace)
			if !ok {
				a.unsure = true
				continue
			}
			for k, v := range space.names {
				a.named[k] = v
			}
		case t[0].is("*"):
			list, ok := r.expr(p.from(1), s).(pyList)
			a.at, a.unsure = append(a.at, list...), a.unsure || !ok
		case len(t) > 2 && t[0].kind == tokName && t[1].is("="):
			a.named[t[0].text] = r.expr(p.from(2), s)
		default:
			a.at = append(a.at, r.expr(p, s))
		}
	}
	return a
}

func (r *pyRun) call(f pyValue, l pyLine, s *pyScope) pyValue {
	a := r.arguments(l, s)
	switch f := f.(type) {
	case *pyFunction:
		return r.function(f, a)
	case pyKnown:
		if f.name == "setuptools.setup" || f.name == "distutils.core.setup" {
			r.note(l, a)
			return pyNone{}
		}
		if a.unsure {
			return nil
		}
		return r.known(f.name, a, s)
	case pyMethod:
		if a.unsure {
			return nil
		}
		return r.method(f.of, f.name, a)
	}
	return nil
}

// note keeps what a call of setup() was given.
func (r *pyRun) note(l pyLine, a pyArgs) {
	now := pySetup{l.tokens[0].line, a.named, a.unsure || len(a.at) > 0, false}
	if old, again := r.calls[l.at]; again {
		now.differs = old.differs || !same(old, now)
	}
	r.calls[l.at] = now
}

func same(a, b pySetup) bool {
	for _, key := range []string{"name", "version"} {
		x, xOK := a.args[key].(pyText)
		y, yOK := b.args[key].(pyText)
		_, xIs := a.args[key]
		_, yIs := b.args[key]
		if xIs != yIs || xOK != yOK || x.text != y.text {
			return false
		}
	}
	return a.spread == b.spread
}

func (r *pyRun) function(f *pyFunction, a pyArgs) pyValue {
	if r.depth > maxPyDepth || a.unsure || len(a.at) > len(f.params) && f.rest == "" {
		return nil
	}
	s := newScope(f.home)
	for name, v := range f.defaults {
		s.names[name] = v
	}
	n := min(len(a.at), len(f.params))
	for i, v := range a.at[:n] {
		s.names[f.params[i]] = v
	}
	if f.rest != "" {
		s.names[f.rest] = pyList(a.at[n:])
	}
	for name, v := range a.named {
		if !slices.Contains(f.params, name) {
			return nil
		}
		s.names[name] = v
	}
	for _, p := range f.params {
		if _, given := s.names[p]; !given {
			return nil
		}
	}
	return r.body(f, s)
}

func (r *pyRun) body(f *pyFunction, s *pyScope) pyValue {
	r.depth++
	defer func() { r.depth-- }()
	switch flow, v := r.exec(f.body, s); flow {
	case returns:
		return v
	case goesOn:
		return pyNone{}
	}
	return nil
}

// root is where the tree is thought to be. A path that is written out whole
// and lies elsewhere is not known.
const root = "/\x00tree"

func pyJoin(parts []string) string {
	out := ""
	for _, p := range parts {
		switch {
		case strings.HasPrefix(p, "/") || out == "":
			out = p
		case strings.HasSuffix(out, "/"):
			out += p
		default:
			out += "/" + p
		}
	}
	return out
}

func absolute(p string) string {
	return path.Clean(pyJoin([]string{root, p}))
}

// open gives a file of the tree.
func (r *pyRun) open(a pyArgs) pyValue {
	texts, _, ok := allTexts(a.at[:min(1, len(a.at))])
	if named, is := a.named["file"]; is {
		texts, _, ok = allTexts([]pyValue{named})
	}
	if !ok || len(texts) == 0 {
		return nil
	}
	mode := ""
	if len(a.at) > 1 {
		t, _ := a.at[1].(pyText)
		mode = cmpText(t.text, "?")
	} else if m, is := a.named["mode"]; is {
		t, _ := m.(pyText)
		mode = cmpText(t.text, "?")
	}
	if strings.Trim(mode, "rbtU") != "" {
		return nil
	}
	text, ok := r.read(texts[0])
	if !ok {
		return nil
	}
	return &pyOpen{text, strings.Contains(mode, "b")}
}

func (r *pyRun) read(file string) (pyText, bool) {
	in, ok := strings.CutPrefix(absolute(file), root+"/")
	if !ok {
		return pyText{}, false
	}
	text, err := r.tree.read(in)
	return pyText{text, in}, err == nil
}

// load runs a module's file into a space.
func (r *pyRun) load(text pyText, space *pySpace) bool {
	tokens, err := tokenize(text.from, text.text)
	if err != nil || r.depth > maxPyDepth {
		return false
	}
	inner := &pyRun{tree: r.tree, tokens: tokens, steps: r.steps, depth: r.depth + 1, calls: map[int]pySetup{}}
	s := newScope(nil)
	for k, v := range space.names {
		s.names[k] = v
	}
	s.names["__name__"] = nil
	flow, _ := inner.exec(pyLines(tokens), s)
	r.steps = inner.steps
	for k, v := range s.names {
		if t, ok := v.(pyText); ok && t.from == "" {
			v = pyText{t.text, text.from}
		}
		space.names[k] = v
	}
	if flow != goesOn || inner.lost {
		clear(space.names)
		return false
	}
	return true
}

func attribute(v pyValue, name string) pyValue {
	switch v := v.(type) {
	case pyKnown:
		return pyKnown{v.name + "." + name}
	case *pySpace:
		if v.module {
			return v.names[name]
		}
		return pyMethod{v, name}
	case *pySpec:
		if name == "loader" {
			return v
		}
		return pyMethod{v, name}
	case pyPath:
		switch name {
		case "parent":
			return pyPath{path.Dir(v.path)}
		case "name":
			return pyText{path.Base(v.path), ""}
		}
		return pyMethod{v, name}
	case nil:
		return nil
	}
	return pyMethod{v, name}
}

// imports binds what an import statement binds.
func (r *pyRun) imports(l pyLine, s *pyScope) {
	word := func(i int) string {
		if i < len(l.tokens) {
			return l.tokens[i].text
		}
		return ""
	}
	i, module := 1, ""
	for i < len(l.tokens) && !l.tokens[i].name("import") && !l.tokens[i].name("as") && !l.tokens[i].is(",") {
		module += word(i)
		i++
	}
	if word(0) == "from" {
		r.importFrom(l, i+1, module, s)
		return
	}
	for {
		top, _, _ := strings.Cut(module, ".")
		if word(i) == "as" {
			s.names[word(i+1)] = r.module(module)
			i += 2
		} else {
			s.names[top] = r.module(top)
			if space, local := s.names[top].(*pySpace); local && top != module {
				space.names[module[len(top)+1:]] = r.module(module)
			}
		}
		if word(i) != "," {
			return
		}
		i, module = i+1, ""
		for i < len(l.tokens) && !l.tokens[i].name("as") && !l.tokens[i].is(",") {
			module += word(i)
			i++
		}
	}
}

func (r *pyRun) importFrom(l pyLine, i int, module string, s *pyScope) {
	for ; i < len(l.tokens); i++ {
		t := l.tokens[i]
		if t.is("*") {
			r.star(module, s)
			return
		}
		if t.kind != tokName {
			continue
		}
		as := t.text
		if i+2 < len(l.tokens) && l.tokens[i+1].name("as") {
			as = l.tokens[i+2].text
		}
		s.names[as] = attribute(r.module(module), t.text)
		if as != t.text {
			i += 2
		}
	}
}

// star may bind any name; setuptools binds none that matters here but its own.
func (r *pyRun) star(module string, s *pyScope) {
	if module == "setuptools" || module == "distutils.core" {
		s.names["setup"] = pyKnown{module + ".setup"}
		return
	}
	r.lost = true
}

// module is one of the tree, where those can be imported, or one of Python's.
func (r *pyRun) module(name string) pyValue {
	if strings.HasPrefix(name, ".") {
		return nil
	}
	rel := strings.ReplaceAll(name, ".", "/")
	top, _, _ := strings.Cut(rel, "/")
	if !r.has(top+".py") && !r.has(top+"/__init__.py") {
		return pyKnown{name}
	}
	if !r.local || r.depth > 0 {
		return nil
	}
	space := &pySpace{map[string]pyValue{}, true}
	for _, file := range []string{rel + "/__init__.py", rel + ".py"} {
		if text, ok := r.read(file); ok && r.load(text, space) {
			return space
		} else if ok {
			return nil
		}
	}
	return nil
}

func (r *pyRun) has(file string) bool {
	_, there, err := r.tree.optional(file)
	return there || err != nil
}
