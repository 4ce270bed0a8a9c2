package pypi

import (
	"slices"
)

// pyRun follows a setup.py without running it: it keeps the values that are
// certain, follows only what it knows of Python, and takes everything that any
// other statement might bind for unknown. A statement that ends the build is
// taken not to happen, because then there is no version either.
type pyRun struct {
	tree    tree
	tokens  []token
	local   bool // modules of the tree can be imported
	steps   int
	unknown int // how many values were not known, so far
	lost    bool
	depth   int
	nested  int
	calls   map[int]pySetup // of setup(), by the place of the bracket
}

// pySetup is what a call of setup() was given.
type pySetup struct {
	line    int
	args    map[string]pyValue
	spread  bool // and something else that is not known
	differs bool // and another time something else
}

// pyLine is a logical line, with the place of its first token.
type pyLine struct {
	tokens []token
	at     int
}

// What a statement does to the flow of control.
type pyFlow int

const (
	goesOn pyFlow = iota
	breaks
	continues
	returns
	nobodyKnows
)

const (
	maxPySteps = 3_000_000
	maxPyDepth = 12  // of calls and modules
	maxPyNest  = 300 // of expressions
)

func pyLines(tokens []token) (lines []pyLine) {
	from := 0
	for i, t := range tokens {
		if t.isLine() {
			if i > from {
				lines = append(lines, pyLine{tokens[from:i], from})
			}
			from = i + 1
		}
	}
	return lines
}

func (l pyLine) starts(words ...string) bool {
	return l.tokens[0].kind == tokName && slices.Contains(words, l.tokens[0].text)
}

func (l pyLine) from(i int) pyLine { return pyLine{l.tokens[i:], l.at + i} }

// block cuts a compound statement off: its head without the colon, its body, and
// what follows. ok is false where the head cannot be told from the body.
func block(lines []pyLine) (head pyLine, body, rest []pyLine, ok bool) {
	l := lines[0]
	colon := slices.IndexFunc(l.tokens, func(t token) bool { return t.is(":") && t.depth == l.tokens[0].depth })
	n := 1
	for n < len(lines) && lines[n].tokens[0].col > l.tokens[0].col {
		n++
	}
	body, rest = lines[1:n], lines[n:]
	if colon < 0 || slices.ContainsFunc(l.tokens[:max(colon, 0)], func(t token) bool { return t.name("lambda") }) {
		return l, body, rest, false
	}
	head = pyLine{l.tokens[:colon], l.at}
	if colon+1 < len(l.tokens) {
		for len(rest) > 0 && rest[0].tokens[0].line == l.tokens[0].line { // behind a semicolon
			body, rest = append(slices.Clone(body), rest[0]), rest[1:]
		}
		body = append([]pyLine{l.from(colon + 1)}, body...)
	}
	return head, body, rest, true
}

// exec follows lines one by one.
func (r *pyRun) exec(lines []pyLine, s *pyScope) (flow pyFlow, value pyValue) {
	for len(lines) > 0 {
		if r.steps++; r.steps > maxPySteps {
			r.lost = true
		}
		if r.lost {
			return nobodyKnows, nil
		}
		var flow pyFlow
		flow, value, lines = r.statement(lines, s)
		if flow != goesOn {
			return flow, value
		}
	}
	return goesOn, nil
}

func (r *pyRun) statement(lines []pyLine, s *pyScope) (pyFlow, pyValue, []pyLine) {
	l, rest := lines[0], lines[1:]
	switch {
	case l.starts("if"):
		return r.branch(lines, s)
	case l.starts("for"):
		return r.loop(lines, s)
	case l.starts("with"):
		return r.with(lines, s)
	case l.starts("try"):
		return r.try(lines, s)
	case l.starts("def"):
		return goesOn, nil, r.define(lines, s)
	case l.starts("class", "while", "async", "elif", "else", "except", "finally") || l.tokens[0].is("@"):
		_, _, rest, _ = block(lines)
		if l.tokens[0].is("@") && len(rest) > 0 { // what is decorated
			l = rest[0]
			_, _, rest, _ = block(rest)
		}
		r.poison(lines[:len(lines)-len(rest)], s)
		return goesOn, nil, rest
	case l.starts("return"):
		return returns, r.careful(l, l.from(1), s), rest
	case l.starts("break"):
		return breaks, nil, rest
	case l.starts("continue"):
		return continues, nil, rest
	case l.starts("raise", "pass", "assert"):
		return goesOn, nil, rest
	case l.starts("import", "from"):
		r.imports(l, s)
	case l.starts("del", "global", "nonlocal"):
		r.poison(lines[:1], s)
	default:
		r.simple(l, s)
	}
	return goesOn, nil, rest
}

// simple is an assignment or an expression.
func (r *pyRun) simple(l pyLine, s *pyScope) {
	eq := slices.IndexFunc(l.tokens, func(t token) bool { return t.is("=") && t.depth == l.tokens[0].depth })
	switch {
	case eq > 0:
		r.assign(l, eq, s)
	case len(l.tokens) > 2 && l.tokens[0].kind == tokName && l.tokens[1].is("+="):
		name := l.tokens[0].text
		v := add(s.get(name), r.careful(l, l.from(2), s))
		if isMutable(v) { // it is the same list, and now longer
			r.forget(name, s)
			v = nil
		}
		s.names[name] = v
	case slices.ContainsFunc(l.tokens, func(t token) bool { return t.kind == tokOp && len(t.text) > 1 && t.text[len(t.text)-1] == '=' }):
		r.poison([]pyLine{l}, s)
	default:
		r.careful(l, l, s)
	}
}

// careful gives the value of an expression in a line. Where part of it is not
// known, that part may have changed what the line names.
func (r *pyRun) careful(line, l pyLine, s *pyScope) pyValue {
	before := r.unknown
	v := r.expr(l, s)
	if r.unknown != before {
		r.poison([]pyLine{line}, s)
	}
	return v
}

func (r *pyRun) assign(l pyLine, eq int, s *pyScope) {
	var targets []pyLine
	for eq > 0 {
		targets = append(targets, pyLine{l.tokens[:eq], l.at})
		l = l.from(eq + 1)
		eq = slices.IndexFunc(l.tokens, func(t token) bool { return t.is("=") && t.depth == l.tokens[0].depth })
	}
	v := r.careful(l, l, s)
	for _, t := range targets {
		first := t.tokens[0]
		space, _ := s.get(first.text).(*pySpace)
		switch {
		case first.kind == tokName && (len(t.tokens) == 1 || t.tokens[1].is(":")):
			s.names[first.text] = v
		case first.kind == tokName && len(t.tokens) == 4 && t.tokens[1].is("[") && t.tokens[2].plain && space != nil:
			space.names[t.tokens[2].text] = v
		default:
			r.poison([]pyLine{t}, s)
			r.poisonNames(t, s)
		}
	}
}

// poison takes every name that the lines might bind or change for unknown. Calls
// of setup() in them are noted, with what is known by then.
func (r *pyRun) poison(lines []pyLine, s *pyScope) {
	r.unknown++
	for _, l := range lines {
		r.steps += len(l.tokens)
		for i, t := range l.tokens {
			if t.kind != tokName {
				continue
			}
			switch t.text {
			case "exec", "execfile", "globals", "locals", "vars", "setattr", "__dict__":
				r.lost = true
			}
			next, before := token{}, token{}
			if i+1 < len(l.tokens) {
				next = l.tokens[i+1]
			}
			if i > 0 {
				before = l.tokens[i-1]
			}
			mutable := isMutable(s.get(t.text)) && !onlyRead(l.tokens[i+1:])
			assigned := next.kind == tokOp && next.text != "" && next.text[len(next.text)-1] == '=' && next.text != "==" && next.text != "!="
			listed := t.depth == l.tokens[0].depth && (next.is(",") || before.is(",") || next.is(":"))
			bound := before.kind == tokName && binds(before.text)
			if before.is(".") && !mutable {
				continue // an attribute
			}
			if assigned && t.depth == l.tokens[0].depth || next.is(":=") || listed || bound || mutable {
				r.forget(t.text, s)
			}
		}
	}
}

// onlyRead says whether what stands behind a name takes a part of it and does
// nothing to it.
func onlyRead(behind []token) bool {
	n := 0
	switch {
	case len(behind) > 0 && behind[0].is("["):
		n = closed(behind)
	case len(behind) > 1 && behind[0].is("."):
		n = 2
	}
	if n == 0 {
		return false
	}
	if n == len(behind) {
		return true
	}
	next := behind[n]
	if next.is("(") && behind[0].is(".") || next.is("[") {
		return false
	}
	return (next.is("==") || next.kind != tokOp || next.text[len(next.text)-1] != '=')
}

// poisonNames is for targets that are no single name.
func (r *pyRun) poisonNames(l pyLine, s *pyScope) {
	for _, t := range l.tokens {
		if t.kind == tokName {
			r.forget(t.text, s)
		}
	}
}

// forget makes a name unknown wherever it is bound, and what it stands for under
// every other name.
func (r *pyRun) forget(name string, s *pyScope) {
	destroy(s.get(name))
	s.names[name] = nil
	for up := s.up; up != nil; up = up.up {
		if _, ok := up.names[name]; ok {
			up.names[name] = nil
		}
	}
}

// maybe follows lines that may or may not be run: for the calls in them alone.
func (r *pyRun) maybe(lines []pyLine, s *pyScope) {
	r.exec(lines, s.copied())
}
