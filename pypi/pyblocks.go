package pypi

import (
	"slices"
	"strings"
)

// branch follows if, elif and else.
func (r *pyRun) branch(lines []pyLine, s *pyScope) (pyFlow, pyValue, []pyLine) {
	start := lines
	taken, unsure := -1, false
	var bodies [][]pyLine
	for first := true; len(lines) > 0 && (first || lines[0].starts("elif", "else") && lines[0].tokens[0].col == start[0].tokens[0].col); first = false {
		head, body, rest, ok := block(lines)
		is, known := true, true
		if !head.starts("else") {
			is, known = false, false
			if ok && len(head.tokens) > 1 {
				is, known = truth(r.careful(head, head.from(1), s))
			}
		}
		if taken < 0 && !unsure && known && is {
			taken = len(bodies)
		}
		unsure = unsure || taken < 0 && !known
		bodies, lines = append(bodies, body), rest
	}
	if !unsure {
		if taken < 0 {
			return goesOn, nil, lines
		}
		flow, v := r.exec(bodies[taken], s)
		return flow, v, lines
	}
	for _, body := range bodies {
		r.maybe(body, s)
		if !leavesForGood(body) {
			r.mayHaveWritten(body, s)
		}
	}
	quiet := r.quiet
	r.quiet = true
	flow := r.perhaps(start[:len(start)-len(lines)], s)
	r.quiet = quiet
	return flow, nil, lines
}

// perhaps is after lines that may have been run.
func (r *pyRun) perhaps(lines []pyLine, s *pyScope) pyFlow {
	r.poison(lines, s)
	if leaves(lines, "return", "break", "continue") {
		return nobodyKnows
	}
	return goesOn
}

// leaves says whether one of the words may leave the lines. What stands in a
// function of their own leaves only that.
func leaves(lines []pyLine, words ...string) bool {
	inside := -1 // the column of the function that is passed over
	for _, l := range lines {
		col := l.tokens[0].col
		if inside >= 0 && col > inside {
			continue
		}
		inside = -1
		if l.starts("def", "class") {
			inside = col
			continue
		}
		if slices.ContainsFunc(l.tokens, func(t token) bool { return t.kind == tokName && slices.Contains(words, t.text) }) {
			return true
		}
	}
	return false
}

// repeatedly is a while, of which nobody knows how often it goes round.
func (r *pyRun) repeatedly(lines []pyLine, s *pyScope) (pyFlow, pyValue, []pyLine) {
	_, body, rest, _ := block(lines)
	all := lines[:len(lines)-len(rest)]
	r.maybe(body, s)
	r.ranCommand(all)
	r.poison(all, s)
	if leaves(all, "return") {
		return nobodyKnows, nil, rest
	}
	return goesOn, nil, rest
}

// loop follows a for over something that is known.
func (r *pyRun) loop(lines []pyLine, s *pyScope) (pyFlow, pyValue, []pyLine) {
	head, body, rest, ok := block(lines)
	var otherwise []pyLine
	if len(rest) > 0 && rest[0].starts("else") && rest[0].tokens[0].col == lines[0].tokens[0].col {
		_, otherwise, rest, _ = block(rest)
	}
	all := lines[:len(lines)-len(rest)]
	if !ok || len(head.tokens) < 4 || !head.tokens[2].name("in") {
		r.maybe(body, s)
		r.ranCommand(all)
		return r.perhaps(all, s), nil, rest
	}
	over := r.careful(head, head.from(3), s)
	items, known := iterate(over)
	if !known {
		r.maybe(body, s)
		r.ranCommand(all)
		return r.perhaps(all, s), nil, rest
	}
	file, _ := over.(*pyOpen)
	for _, item := range items {
		left := file.skip(item)
		s.bind(head.tokens[1].text, item)
		flow, v := r.exec(body, s)
		if file != nil && (file.spoilt || file.text.text != left) { // the body reads on, too
			flow = nobodyKnows
		}
		switch flow {
		case breaks:
			return goesOn, nil, rest
		case returns, ends:
			return flow, v, rest
		case nobodyKnows:
			r.poison(all, s)
			return nobodyKnows, nil, rest
		}
	}
	flow, v := r.exec(otherwise, s)
	return flow, v, rest
}

// skip takes a line off a file, and gives what is left of it.
func (f *pyOpen) skip(line pyValue) string {
	if f == nil {
		return ""
	}
	text, _ := line.(pyText)
	f.text.text = strings.TrimPrefix(f.text.text, text.text)
	return f.text.text
}

func iterate(v pyValue) (items []pyValue, known bool) {
	switch v := v.(type) {
	case pyList:
		return slices.Clone(v), v.whole()
	case *pyOpen:
		if v.binary || v.spoilt {
			return nil, false
		}
		return v.lines(), true
	}
	return nil, false
}

// with follows "with open(…) as f".
func (r *pyRun) with(lines []pyLine, s *pyScope) (pyFlow, pyValue, []pyLine) {
	head, body, rest, ok := block(lines)
	as := slices.IndexFunc(head.tokens, func(t token) bool { return t.name("as") && t.depth == head.tokens[0].depth })
	var f *pyOpen
	if ok && as > 1 && as == len(head.tokens)-2 {
		f, _ = r.careful(head, pyLine{head.tokens[1:as], head.at + 1}, s).(*pyOpen)
	}
	if f == nil {
		r.maybe(body, s)
		r.ranCommand(lines[:len(lines)-len(rest)])
		return r.perhaps(lines[:len(lines)-len(rest)], s), nil, rest
	}
	s.bind(head.tokens[as+1].text, f)
	flow, v := r.exec(body, s)
	return flow, v, rest
}

// try follows the body where all of it is known, so that nothing is caught.
func (r *pyRun) try(lines []pyLine, s *pyScope) (pyFlow, pyValue, []pyLine) {
	col := lines[0].tokens[0].col
	_, body, rest, _ := block(lines)
	var handlers, always [][]pyLine
	for len(rest) > 0 && rest[0].starts("except", "else", "finally") && rest[0].tokens[0].col == col {
		word := rest[0].tokens[0].text
		var part []pyLine
		_, part, rest, _ = block(rest)
		if word == "except" {
			handlers = append(handlers, part)
		} else {
			always = append(always, part)
		}
	}
	if ok, flow := r.tried(body, s, len(handlers) == 0); ok {
		if flow, v := r.exec(body, s); flow != goesOn {
			return flow, v, rest
		}
		for _, part := range always {
			if flow, v := r.exec(part, s); flow != goesOn {
				return flow, v, rest
			}
		}
		return goesOn, nil, rest
	} else if flow == ends && len(handlers) == 0 {
		r.ended = true
		return ends, nil, rest
	}
	for _, part := range append(handlers, always...) {
		r.maybe(part, s)
	}
	return r.perhaps(lines[:len(lines)-len(rest)], s), nil, rest
}

// tried says whether a body is certain to raise nothing, or, where uncaught
// errors end the build anyway, whether it can be followed as it stands.
func (r *pyRun) tried(body []pyLine, s *pyScope, uncaught bool) (ok bool, flow pyFlow) {
	copy, values := s.copied()
	r.steps += values
	unknown, risks := r.unknown, r.risks
	flow, _ = r.exec(body, copy)
	r.ended = false
	return flow == goesOn && (uncaught || r.unknown == unknown && r.risks == risks), flow
}

// define binds a function, or what is not known where its parameters are not plain.
func (r *pyRun) define(lines []pyLine, s *pyScope) []pyLine {
	head, body, rest, ok := block(lines)
	if len(head.tokens) < 4 {
		return rest
	}
	name := head.tokens[1].text
	s.names[name] = nil
	f := &pyFunction{defaults: map[string]pyValue{}, body: body, home: s}
	strange := slices.ContainsFunc(body, func(l pyLine) bool {
		return slices.ContainsFunc(l.tokens, func(t token) bool { return t.name("global") || t.name("yield") || t.name("nonlocal") })
	})
	if strange || !ok || !head.tokens[2].is("(") || !r.parameters(f, head, s) {
		r.suspect(lines[:len(lines)-len(rest)])
		r.poison(body, s)
		r.effects(body, s)
		return rest
	}
	s.bind(name, f)
	return rest
}

func (r *pyRun) parameters(f *pyFunction, head pyLine, s *pyScope) bool {
	for _, arg := range r.split(pyLine{head.tokens[2:], head.at + 2}) {
		t := arg.tokens
		switch {
		case t[0].is("*") && len(t) > 1:
			f.rest = t[1].text
		case t[0].kind != tokName || f.rest != "":
			return false
		default:
			f.params = append(f.params, t[0].text)
			if eq := slices.IndexFunc(t, func(t token) bool { return t.is("=") }); eq > 0 {
				f.defaults[t[0].text] = r.careful(arg, arg.from(eq+1), s)
			}
		}
	}
	return true
}
