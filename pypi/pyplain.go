package pypi

import "slices"

// plainSetup says whether every setup( of a file is a call of setuptools' own: the
// name is bound by imports alone, and nothing else is done with it.
func plainSetup(tokens []token) bool {
	s := pySource{pyFile, tokens, importsOf(tokens)}
	if dynamicNames(tokens) {
		return false
	}
	for _, i := range s.imports {
		if i.as == "setup" && (i.name != "setup" || !ownSetup(i.module)) {
			return false
		}
	}
	return !slices.ContainsFunc(pyLines(tokens), func(l pyLine) bool { return !s.callsPlainly(l) })
}

// callsPlainly says whether a line names setup only to import or to call it.
func (s pySource) callsPlainly(l pyLine) bool {
	imports := l.starts("from", "import") || l.find("import") > 0
	for i, t := range l.tokens {
		if t.kind == tokString && t.text == "setup" {
			return false
		}
		if !t.name("setup") || imports {
			continue
		}
		called := i+1 < len(l.tokens) && l.tokens[i+1].is("(")
		before := token{}
		if i > 0 {
			before = l.tokens[i-1]
		}
		if !called || before.name("def") || before.name("class") || before.is(".") && !s.ofModule(l.chainTo(i)) {
			return false
		}
	}
	return true
}

// ofModule says whether setuptools' own module is called, by a name that stands for nothing else.
func (s pySource) ofModule(chain []string) bool {
	root := chain[0]
	for _, i := range s.imports {
		if i.as != root {
			continue
		}
		switch {
		case i.name != "": // from distutils import core
			if !ownSetup(i.module+"."+i.name) || len(chain) != 2 {
				return false
			}
		case i.module == root || len(i.module) > len(root) && i.module[:len(root)+1] == root+".": // import distutils.core
			if !ownSetup(spelling(chain[:len(chain)-1])) {
				return false
			}
		case !ownSetup(i.module) || len(chain) != 2: // import setuptools as s
			return false
		}
	}
	return importedOnly(s.tokens, root)
}

func spelling(chain []string) string {
	out := chain[0]
	for _, name := range chain[1:] {
		out += "." + name
	}
	return out
}

// importedOnly says whether nothing but imports gives a name its value.
func importedOnly(tokens []token, name string) bool {
	imported := false
	for _, l := range pyLines(tokens) {
		if l.find("import") >= 0 {
			imported = imported || slices.ContainsFunc(l.tokens, func(t token) bool { return t.name(name) })
		} else if l.binds(name) > 0 {
			return false
		}
	}
	return imported
}

// bindings counts the places where a name may get a value. It would rather
// count one too many than miss one.
func bindings(tokens []token, name string) int {
	n := 0
	for _, l := range pyLines(tokens) {
		n += l.binds(name)
	}
	return n
}

func (l pyLine) binds(name string) (n int) {
	everywhere := l.starts("def", "async", "case") // a parameter, too
	for i, t := range l.tokens {
		everywhere = everywhere || t.name("lambda") || t.depth == l.tokens[0].depth && t.kind == tokName &&
			slices.Contains([]string{"import", "global", "nonlocal", "del", "def"}, t.text)
		if !t.name(name) || i > 0 && l.tokens[i-1].is(".") {
			continue
		}
		next := token{}
		if i+1 < len(l.tokens) {
			next = l.tokens[i+1]
		}
		before := i > 0 && l.tokens[i-1].kind == tokName && binds(l.tokens[i-1].text)
		annotated := t.depth == l.tokens[0].depth && next.is(":")
		if everywhere || before || annotated || next.is(":=") || !next.is(".") && l.assigns(i) {
			n++
		}
	}
	return n
}

// inNamespace says whether the call of exec that begins here is given a place of
// its own for the names that it binds.
func inNamespace(call []token) bool {
	if len(call) == 0 || !call[0].is("(") {
		return false
	}
	return len((&pyRun{}).split(pyLine{call[:closed(call)], 0})) > 1
}

// dynamicNames says whether the file binds names in ways no reader can follow.
func dynamicNames(tokens []token) bool {
	for i, t := range tokens {
		before := token{}
		if i > 0 {
			before = tokens[i-1]
		}
		switch {
		case t.kind != tokName || before.is("."):
		case t.name("exec") && inNamespace(tokens[i+1:]):
		case !isASCII(t.text), slices.Contains([]string{"exec", "execfile", "eval", "globals", "_getframe", "currentframe", "__dict__", "__main__"}, t.text),
			(t.text == "vars" || t.text == "locals") && !before.is("%") && !before.is("**"):
			return true
		case t.text == "import" && i+1 < len(tokens) && tokens[i+1].is("*") && (i < 1 || !before.name("setuptools") && !before.name("core")):
			return true
		}
	}
	return false
}
