package pypi

import "slices"

// pyTarget is a name or an attribute that a statement gives a value, or takes it from.
type pyTarget struct {
	chain   []string // root first; "" where the root is no name
	indexed bool     // a part of it
}

func (t pyTarget) root() string { return t.chain[0] }
func (t pyTarget) leaf() string { return t.chain[len(t.chain)-1] }

// isOwn says whether it is of the object whose method it stands in.
func (t pyTarget) isOwn() bool { return t.root() == "self" || t.root() == "cls" }

// targets gives what a line may assign, in all the ways there are. It would rather
// give one too many.
func (l pyLine) targets() (all []pyTarget) {
	for i, t := range l.tokens {
		if t.kind != tokName || !l.assigns(i) {
			continue
		}
		next := token{}
		if i+1 < len(l.tokens) {
			next = l.tokens[i+1]
		}
		if !next.is(".") && !next.is("(") {
			all = append(all, pyTarget{l.chainTo(i), next.is("[")})
		}
	}
	return all
}

// assigns says whether a token stands where a statement names what it assigns.
func (l pyLine) assigns(i int) bool {
	last := l.findLast("=", "+=", "-=", "*=", "/=", "//=", "%=", "|=", "&=", "^=", "@=", "**=", ">>=", "<<=")
	if i < last {
		return true
	}
	if in := l.find("in"); l.find("for") >= 0 && in > 0 && i < in {
		return true
	}
	for j := range i {
		if t := l.tokens[j]; t.kind == tokName && (t.name("as") || t.name("del")) && !l.tokens[0].name("from") {
			return true
		}
	}
	return i+1 < len(l.tokens) && l.tokens[i+1].is(":=")
}

// chainTo gives the names with dots between them that end at a place.
func (l pyLine) chainTo(i int) []string {
	chain := []string{l.tokens[i].text}
	for ; i > 0 && l.tokens[i-1].is("."); i -= 2 {
		if i < 2 || l.tokens[i-2].kind != tokName {
			return append([]string{""}, chain...)
		}
		chain = append([]string{l.tokens[i-2].text}, chain...)
	}
	return chain
}

// changers are methods that change what they are called on.
func changers() []string {
	return []string{"update", "append", "extend", "insert", "pop", "popitem", "clear", "setdefault", "remove", "sort", "reverse", "__setitem__"}
}

// assignedElsewhere gives the names that sources set on modules, or change in them:
// what a module is then read for need not be what its file says.
func assignedElsewhere(sources []pySource) map[string]bool {
	names := map[string]bool{}
	for _, s := range sources {
		for _, l := range pyLines(s.tokens) {
			for _, t := range l.targets() {
				_, _, imported := s.from(t.root())
				if len(t.chain) > 1 && !t.isOwn() && !t.indexed || imported && t.indexed && s.file != pyFile {
					names[t.leaf()] = true
				}
			}
			for i, t := range l.tokens {
				if t.name("setattr") && i+4 < len(l.tokens) && l.tokens[i+3].is(",") && l.tokens[i+4].plain {
					names[l.tokens[i+4].text] = true
				}
				if i < 2 || t.kind != tokName || !slices.Contains(changers(), t.text) || !l.tokens[i-1].is(".") {
					continue
				}
				chain := l.chainTo(i)
				if _, _, imported := s.from(chain[0]); imported && len(chain) > 1 && s.file != pyFile {
					names[chain[len(chain)-2]] = true
				}
			}
		}
	}
	return names
}
