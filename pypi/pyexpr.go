package pypi

import (
	"slices"
	"strconv"
	"strings"
)

// expr gives the value of an expression.
func (r *pyRun) expr(l pyLine, s *pyScope) pyValue {
	v := r.value(l, s)
	switch v.(type) {
	case nil, pyKnown, pyMethod: // of these it is not even known that they are there
		r.unknown++
	}
	return v
}

// find finds an operator or a word outside all brackets; -1 if there is none.
func (l pyLine) find(words ...string) int {
	return slices.IndexFunc(l.tokens, func(t token) bool {
		return t.depth == l.tokens[0].depth && t.kind != tokString && slices.Contains(words, t.text)
	})
}

func (l pyLine) findLast(words ...string) int {
	for i := len(l.tokens) - 1; i >= 0; i-- {
		if t := l.tokens[i]; t.depth == l.tokens[0].depth && t.kind == tokOp && slices.Contains(words, t.text) {
			return i
		}
	}
	return -1
}

func (l pyLine) upTo(i int) pyLine { return pyLine{l.tokens[:i], l.at} }

func (r *pyRun) value(l pyLine, s *pyScope) pyValue {
	if r.steps += 1 + len(l.tokens); len(l.tokens) == 0 || r.lost || r.steps > maxPySteps || r.nested > maxPyNest {
		return nil
	}
	r.nested++
	defer func() { r.nested-- }()
	if l.find("lambda", "await", "yield", "for", ":=", ",") >= 0 {
		return r.tuple(l, s)
	}
	if i := l.find("if"); i > 0 {
		return r.either(l, i, s)
	}
	if l.find("or", "and") >= 0 {
		return nil
	}
	if l.tokens[0].name("not") {
		if is, known := truth(r.expr(l.from(1), s)); known {
			return !is
		}
		return nil
	}
	if i := l.find("==", "!=", "in", "is", "<", ">", "<=", ">="); i > 0 {
		return r.compare(l, i, s)
	}
	if i := l.findLast("|", "^", "&", "<<", ">>"); i > 0 {
		a, aOK := flag(r.value(l.upTo(i), s))
		b, bOK := flag(r.value(l.from(i+1), s))
		if aOK && bOK && l.tokens[i].is("|") {
			return pyFlags{a + b}
		}
		return nil
	}
	if i := l.findLast("+", "-"); i > 0 {
		if l.tokens[i].is("-") {
			return nil
		}
		return add(r.expr(l.upTo(i), s), r.expr(l.from(i+1), s))
	}
	if i := l.findLast("*", "/", "//", "%", "@", "**"); i > 0 {
		return operate(l.tokens[i].text, r.expr(l.upTo(i), s), r.expr(l.from(i+1), s))
	}
	return r.chain(l, s)
}

// tuple is "a, b" without brackets.
func (r *pyRun) tuple(l pyLine, s *pyScope) pyValue {
	if l.find("lambda", "await", "yield", "for", ":=") >= 0 {
		return nil
	}
	var list pyList
	for len(l.tokens) > 0 {
		i := l.find(",")
		if i < 0 {
			i = len(l.tokens)
		}
		list = append(list, r.expr(l.upTo(i), s))
		l = l.from(min(i+1, len(l.tokens)))
	}
	return list
}

func (r *pyRun) either(l pyLine, i int, s *pyScope) pyValue {
	j := l.find("else")
	if j < i {
		return nil
	}
	is, known := truth(r.expr(pyLine{l.tokens[i+1 : j], l.at + i + 1}, s))
	switch {
	case !known:
		return nil
	case is:
		return r.expr(l.upTo(i), s)
	}
	return r.expr(l.from(j+1), s)
}

func (r *pyRun) compare(l pyLine, i int, s *pyScope) pyValue {
	not := l.tokens[i].name("in") && l.tokens[i-1].name("not")
	left := l.upTo(i)
	if not {
		left = l.upTo(i - 1)
	}
	right := l.from(i + 1)
	if len(right.tokens) == 0 || len(left.tokens) == 0 {
		return nil
	}
	if isNot := right.tokens[0].name("not"); l.tokens[i].name("is") && right.from(min(1, len(right.tokens))).isNone(isNot) {
		v := r.expr(left, s)
		_, none := v.(pyNone)
		switch v.(type) {
		case nil, pyKnown, pyMethod: // which may be None
			return nil
		}
		return none != isNot
	}
	a, aOK := r.expr(left, s).(pyText)
	b, bOK := r.expr(right, s).(pyText)
	if !aOK || !bOK {
		return nil
	}
	switch l.tokens[i].text {
	case "==":
		return a.text == b.text
	case "!=":
		return a.text != b.text
	case "in":
		return strings.Contains(b.text, a.text) != not
	}
	return nil
}

// isNone says whether the line, behind a "not" or with the word before it, is None.
func (l pyLine) isNone(not bool) bool {
	return not && len(l.tokens) == 1 && l.tokens[0].name("None")
}

func add(a, b pyValue) pyValue {
	switch a := a.(type) {
	case pyText:
		if b, ok := b.(pyText); ok {
			return pyText{a.text + b.text, cmpText(a.from, b.from)}
		}
	case pyList:
		if b, ok := b.(pyList); ok && a.whole() && b.whole() {
			return append(slices.Clone(a), b...)
		}
	}
	return nil
}

func operate(op string, a, b pyValue) pyValue {
	switch a := a.(type) {
	case pyPath:
		if texts, _, ok := allTexts([]pyValue{a, b}); ok && op == "/" {
			return pyPath{pyJoin(texts)}
		}
	case pyText:
		if op == "%" {
			return percent(a, b)
		}
	}
	return nil
}

// text is what str() makes of a value.
func text(v pyValue) (pyText, bool) {
	switch v := v.(type) {
	case pyText:
		return v, true
	case int:
		return pyText{strconv.Itoa(v), ""}, true
	case pyPath:
		return pyText{v.path, ""}, true
	}
	return pyText{}, false
}

// chain is a value with what hangs on it: attributes, calls, indexes.
func (r *pyRun) chain(l pyLine, s *pyScope) pyValue {
	v, n := r.primary(l, s)
	for n > 0 && n < len(l.tokens) {
		t := l.tokens[n]
		switch {
		case t.is(".") && n+1 < len(l.tokens):
			v = r.attribute(v, l.tokens[n+1].text)
			n += 2
		case t.is("(") || t.is("["):
			end := n + closed(l.tokens[n:])
			inside := pyLine{l.tokens[n:end], l.at + n}
			if t.is("(") {
				if v == nil && slices.ContainsFunc(l.tokens[:n], func(t token) bool { return r.suspects[t.text] }) {
					r.soil(false, nil)
				}
				v = r.call(v, inside, s)
			} else {
				v = r.taken(v, r.index(v, inside, s))
			}
			n = end
		default:
			return nil
		}
	}
	if n <= 0 {
		return nil
	}
	return v
}

// taken spoils what may have been taken out of a value, where it is not known what was.
func (r *pyRun) taken(of, v pyValue) pyValue {
	if v == nil {
		switch of := of.(type) {
		case pyList:
			for _, e := range of {
				r.spoil(e)
			}
		case *pySpace:
			for _, e := range of.names {
				r.spoil(e)
			}
		}
	}
	return v
}

// closed is how many tokens a bracket and all in it are.
func closed(tokens []token) int {
	for i, t := range tokens[1:] {
		if t.depth == tokens[0].depth && (t.is(")") || t.is("]") || t.is("}")) {
			return i + 2
		}
	}
	return len(tokens)
}

// primary is what a chain begins with, and how many tokens that is.
func (r *pyRun) primary(l pyLine, s *pyScope) (pyValue, int) {
	t := l.tokens[0]
	switch {
	case t.kind == tokString:
		n := slices.IndexFunc(l.tokens, func(t token) bool { return t.kind != tokString })
		if n < 0 {
			n = len(l.tokens)
		}
		if text, ok := literal(l.tokens[:n]); ok {
			return pyText{text, ""}, n
		}
		if n == 1 && t.format {
			return r.formatted(t.text, s), n
		}
		return nil, n
	case t.kind == tokNumber:
		if n, err := strconv.Atoi(t.text); err == nil {
			return n, 1
		}
		return nil, 1
	case t.is("(") || t.is("["):
		end := closed(l.tokens)
		return r.brackets(pyLine{l.tokens[:end], l.at}, s), end
	case t.is("{"):
		end := closed(l.tokens)
		return r.dictionary(pyLine{l.tokens[:end], l.at}, s), end
	case t.kind == tokName:
		return r.name(t.text, s), 1
	}
	return nil, 0
}

func (r *pyRun) name(name string, s *pyScope) pyValue {
	switch name {
	case "True":
		return true
	case "False":
		return false
	case "None":
		return pyNone{}
	}
	return s.get(name)
}

func (r *pyRun) brackets(l pyLine, s *pyScope) pyValue {
	parts := r.split(l)
	if l.tokens[0].is("(") && len(parts) == 1 && !l.tokens[len(l.tokens)-2].is(",") {
		return r.expr(parts[0], s)
	}
	if len(parts) == 0 {
		return nil // what is put into it later may come under another name
	}
	list := pyList{}
	for _, p := range parts {
		if p.find("for") >= 0 {
			return nil
		}
		list = append(list, r.expr(p, s))
	}
	return list
}

func (r *pyRun) dictionary(l pyLine, s *pyScope) pyValue {
	space := &pySpace{names: map[string]pyValue{}}
	for _, p := range r.split(l) {
		colon := p.find(":")
		if colon != 1 || !p.tokens[0].plain || p.find("for") >= 0 {
			return nil
		}
		space.names[p.tokens[0].text] = r.expr(p.from(2), s)
	}
	return space
}

// split cuts what is in brackets at its commas.
func (r *pyRun) split(l pyLine) (parts []pyLine) {
	inside := l.tokens[0].depth + 1
	from := 1
	for i := 1; i < len(l.tokens); i++ {
		t := l.tokens[i]
		if last := i == len(l.tokens)-1; last || t.depth == inside && t.is(",") {
			if i > from {
				parts = append(parts, pyLine{l.tokens[from:i], l.at + from})
			}
			from = i + 1
		}
	}
	return parts
}

func (r *pyRun) index(v pyValue, l pyLine, s *pyScope) pyValue {
	parts := r.split(l)
	if len(parts) != 1 || parts[0].find(":") >= 0 {
		return nil
	}
	if l := parts[0]; len(l.tokens) == 2 && l.tokens[0].is("-") {
		list, _ := v.(pyList)
		n, err := strconv.Atoi(l.tokens[1].text)
		if err == nil && n > 0 && n <= len(list) {
			return list[len(list)-n]
		}
		return nil
	}
	at := r.expr(parts[0], s)
	switch v := v.(type) {
	case pyList:
		if n, ok := at.(int); ok && n < len(v) {
			return v[n]
		}
	case *pySpace:
		if key, ok := at.(pyText); ok {
			return v.names[key.text]
		}
	case *pyMatch:
		return v.group(at)
	}
	return nil
}
