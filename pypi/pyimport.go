package pypi

import (
	"maps"
	"strings"
)

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
			s.bind(word(i+1), r.module(module, s))
			i += 2
		} else {
			s.bind(top, r.module(top, s))
			if space, local := s.names[top].(*pySpace); local && top != module {
				space.names[module[len(top)+1:]] = r.module(module, s)
			}
		}
		r.mayLack(module, "")
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
		s.bind(as, r.member(module, t.text, s))
		r.mayLack(module, t.text)
		if as != t.text {
			i += 2
		}
	}
}

// member is what a module has by a name, which may be a module of its own.
func (r *pyRun) member(module, name string, s *pyScope) pyValue {
	v := r.attribute(r.module(module, s), name)
	if space, ok := r.module(module, s).(*pySpace); ok && v == nil && !space.spoilt && !r.assigned[name] {
		if _, bound := space.names[name]; bound {
			return nil
		}
		if sub, ok := r.module(module+"."+name, s).(*pySpace); ok {
			return sub
		}
	}
	return v
}

// star may bind any name; setuptools binds none that matters here but its own.
func (r *pyRun) star(module string, s *pyScope) {
	if module == "setuptools" || module == "distutils.core" {
		s.bind("setup", pyKnown{module + ".setup"})
		r.risks++
		return
	}
	r.lost = true
}

// mayLack counts a risk where a module, or a name in it, may not be there.
func (r *pyRun) mayLack(module, name string) {
	switch module + " " + name {
	case "os ", "os path", "os.path ", "sys ", "re ", "io ", "io open", "ast ", "codecs ", "codecs open", "pathlib ", "pathlib Path",
		"setuptools ", "setuptools setup", "setuptools find_packages":
		return
	}
	r.risks++
}

// module is one of the tree, where those can be imported, or one of Python's. It
// is run once, however often it is imported.
func (r *pyRun) module(name string, s *pyScope) pyValue {
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
	key := "import " + name // which is no name of Python's
	if _, done := s.top().names[key]; !done {
		s.top().names[key] = r.imported(rel)
	}
	return s.top().names[key]
}

func (r *pyRun) imported(rel string) pyValue {
	space := &pySpace{names: map[string]pyValue{}, module: true}
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

// load runs a module's file into a space.
func (r *pyRun) load(text pyText, space *pySpace) bool {
	r.ran = append(r.ran, text.text)
	tokens, err := tokenize(text.from, text.text)
	if err != nil || r.depth > maxPyDepth || otherwiseWritten(text.text) {
		return false
	}
	if name, version := tampered([]pySource{{text.from, tokens, importsOf(tokens)}}); name || version {
		r.lost = true
		return false
	}
	inner := &pyRun{
		tree: r.tree, tokens: tokens, steps: r.steps, depth: r.depth + 1, calls: map[int]pySetup{},
		assigned: r.assigned, suspects: r.suspects, dirt: r.dirt, guessing: r.guessing,
	}
	s := newScope(nil)
	maps.Copy(s.names, space.names)
	s.names["__name__"] = nil
	flow, _ := inner.exec(pyLines(tokens), s)
	r.steps, r.ran = inner.steps, append(r.ran, inner.ran...)
	if inner.unknown+inner.risks > 0 {
		r.risks++
	}
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
