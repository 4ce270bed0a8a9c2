package pypi

import "slices"

// poison takes every name that the lines might bind or change for unknown. Calls
// of setup() in them are noted, with what is known by then.
func (r *pyRun) poison(lines []pyLine, s *pyScope) {
	r.unknown++
	r.mayHaveWritten(lines, s)
	for _, l := range lines {
		r.steps += len(l.tokens)
		if slices.ContainsFunc(l.tokens, func(t token) bool { return t.name("lambda") }) {
			r.effects([]pyLine{l}, s)
		}
		for i, t := range l.tokens {
			if t.kind != tokName {
				continue
			}
			switch t.text {
			case "exec", "execfile", "globals", "locals", "vars", "setattr", "__dict__", "f_globals", "f_locals", "_getframe", "currentframe":
				r.lost = true
			}
			next, before := token{}, token{}
			if i+1 < len(l.tokens) {
				next = l.tokens[i+1]
			}
			if i > 0 {
				before = l.tokens[i-1]
			}
			value := s.get(t.text)
			if before.is(".") {
				value = nil // an attribute
			}
			if f, ok := value.(*pyFunction); ok {
				r.escape(f)
			}
			mutable := isMutable(value) && !onlyRead(l.tokens[i+1:])
			assigned := next.kind == tokOp && next.text != "" && next.text[len(next.text)-1] == '=' && next.text != "==" && next.text != "!="
			listed := t.depth == l.tokens[0].depth && (next.is(",") || before.is(",") || next.is(":"))
			bound := before.kind == tokName && binds(before.text)
			if before.is(".") {
				continue
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
	r.spoil(s.get(name))
	s.names[name] = nil
	for up := s.up; up != nil; up = up.up {
		if _, ok := up.names[name]; ok {
			up.names[name] = nil
		}
	}
}

// spoil takes what a value holds for unknown, under all of its names, and all
// that can be reached through it.
func (r *pyRun) spoil(v pyValue) {
	switch v := v.(type) {
	case *pySpace:
		held := v.names
		v.names, v.spoilt = map[string]pyValue{}, true
		for _, e := range held {
			r.spoil(e)
		}
	case pyList:
		held := slices.Clone(v)
		clear(v)
		for _, e := range held {
			r.spoil(e)
		}
	case *pyOpen:
		v.spoilt = true
	case pyMethod:
		r.spoil(v.of)
	case *pyFunction:
		r.escape(v)
	}
}

// whole says whether all of a list is known, and so how long it is.
func (l pyList) whole() bool { return !slices.Contains(l, nil) }

// escape is of a function that anybody may call from now on.
func (r *pyRun) escape(f *pyFunction) {
	if !f.escaped {
		f.escaped = true
		r.effects(f.body, f.home)
	}
}

// effects takes for unknown, now and later, all that lines change which may be run
// at any time: what names of theirs stand for, and names that they call global.
func (r *pyRun) effects(lines []pyLine, s *pyScope) {
	r.mayHaveWritten(lines, s)
	for _, l := range lines {
		r.steps += len(l.tokens)
		how := changes
		if l.starts("global", "nonlocal") {
			how = rebinds
		}
		for i, t := range l.tokens {
			if t.kind != tokName || i > 0 && l.tokens[i-1].is(".") {
				continue
			}
			if f, ok := s.get(t.text).(*pyFunction); ok {
				r.escape(f)
			}
			if how == rebinds || !onlyRead(l.tokens[i+1:]) {
				r.loosen(t.text, how, s)
			}
		}
	}
}

// loosen notes that a name may be changed at any time.
func (r *pyRun) loosen(name string, how pyLoose, s *pyScope) {
	for ; s != nil; s = s.up {
		if s.loose == nil {
			s.loose = map[string]pyLoose{}
		}
		s.loose[name] = max(s.loose[name], how)
		v, bound := s.names[name]
		if bound && (how == rebinds || isMutable(v)) {
			r.spoil(v)
			s.names[name] = nil
		}
	}
}

// maybe follows lines that may or may not be run: for the calls in them alone.
func (r *pyRun) maybe(lines []pyLine, s *pyScope) {
	copy, values := s.copied()
	r.steps += values
	written := len(r.dirt.words)
	r.guessing++
	r.exec(lines, copy)
	r.guessing--
	if r.ended || leavesForGood(lines) { // and then there is no version
		r.dirt.words = r.dirt.words[:written]
	}
	r.ended = false
}
