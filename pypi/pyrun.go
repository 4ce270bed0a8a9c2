package pypi

import (
	"slices"
)

// pyRun follows a setup.py without running it: it keeps the values that are
// certain, follows only what it knows of Python, and takes everything that any
// other statement might bind for unknown. A statement that might end the build is
// taken not to, because then there is no version either; what comes behind one
// that does end it is not followed.
type pyRun struct {
	tree    tree
	source  string
	ran     []string // the sources of files that it runs
	tokens  []token
	local   bool // modules of the tree can be imported
	steps   int
	unknown int  // how many values were not known, so far
	risks   int  // how many statements might have raised an error, so far
	ended   bool // an error is raised, or the program has ended
	lost    bool
	depth   int
	nested  int
	calls   map[int]pySetup // of setup(), by the place of the bracket

	assigned map[string]bool // attributes that anybody sets on modules
	suspects map[string]bool // functions and classes that are not followed, and may write
	dirt     *pyDirt
	guessing int  // how many branches deep it is in what might not be run
	quiet    bool // what is poisoned writes nothing
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
	ends // by an error, or for good
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
		if r.ended {
			return ends, nil
		}
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
	case l.starts("class", "async") || l.tokens[0].is("@"):
		return goesOn, nil, r.strange(lines, s)
	case l.starts("while"):
		return r.repeatedly(lines, s)
	case l.starts("elif", "else", "except", "finally"):
		_, _, rest, _ = block(lines)
		return r.perhaps(lines[:len(lines)-len(rest)], s), nil, rest
	case l.starts("return"):
		return returns, r.careful(l, l.from(1), s), rest
	case l.starts("break"):
		return breaks, nil, rest
	case l.starts("continue"):
		return continues, nil, rest
	case l.starts("raise"):
		r.ended = true
		return ends, nil, rest
	case l.starts("assert"):
		r.asserts(l, s)
	case l.starts("pass"):
	case l.starts("import", "from"):
		r.imports(l, s)
	case l.starts("del", "global", "nonlocal"):
		r.poison(lines[:1], s)
		r.poisonNames(l, s)
	case len(rest) > 0 && rest[0].tokens[0].col > l.tokens[0].col: // a statement that is not known here, such as match
		_, _, rest, _ = block(lines)
		return r.perhaps(lines[:len(lines)-len(rest)], s), nil, rest
	default:
		r.simple(l, s)
	}
	return goesOn, nil, rest
}

// strange is a class, or what is decorated: its names are bound in ways of its own,
// and its functions may be called by anybody.
func (r *pyRun) strange(lines []pyLine, s *pyScope) (rest []pyLine) {
	_, _, rest, _ = block(lines)
	for at := lines; at[0].tokens[0].is("@") && len(rest) > 0; {
		at = rest
		_, _, rest, _ = block(rest)
	}
	all := lines[:len(lines)-len(rest)]
	r.suspect(all)
	r.ranCommand(outside(all))
	r.poison(all, s)
	r.effects(all, s)
	return rest
}

// asserts ends the build where the condition is certainly false.
func (r *pyRun) asserts(l pyLine, s *pyScope) {
	condition := l.from(1)
	if comma := condition.find(","); len(condition.tokens) > 0 && comma > 0 {
		condition = condition.upTo(comma)
	}
	is, known := truth(r.careful(l, condition, s))
	r.ended = known && !is
	if !known {
		r.risks++
	}
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
		s.bind(name, v)
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
		r.ranCommand([]pyLine{line})
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
		if l.find("lambda") >= 0 && l.mayWrite() {
			r.suspects[first.text] = true
		}
		switch {
		case first.kind == tokName && (len(t.tokens) == 1 || t.tokens[1].is(":")):
			s.bind(first.text, v)
		case first.kind == tokName && len(t.tokens) == 4 && t.tokens[1].is("[") && t.tokens[2].plain && space != nil:
			space.names[t.tokens[2].text] = v
		default:
			r.spoil(v) // under names that are not followed
			r.poison([]pyLine{t}, s)
			r.poisonNames(t, s)
		}
	}
}
