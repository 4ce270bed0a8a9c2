package rules

import (
	"regexp"
	"slices"
	"strings"
)

// Conditions in CI files are read into one small tree, whatever language they
// are written in, and evaluated against an event with three answers: what the
// files do not decide is maybe, and maybe is never taken for yes or no.

// answer is the outcome of a condition.
type answer int

const (
	no answer = iota
	maybe
	yes
)

func not(a answer) answer { return yes - a }

func truth(b bool) answer {
	if b {
		return yes
	}
	return no
}

// event is what starts CI. name may be left open, to ask about a ref whose
// name is not known; an event that does not come from a ref has an open kind.
type event struct {
	what string // push, release, workflow_dispatch
	kind string // branch, tag; "" is open
	name string
	open bool // name is open
	// ask tells what else is known: of the job, the commit, the repository. It is
	// nil where only refs are asked about.
	ask func(name string) given
}

func pushOf(kind, name string) event { return event{what: "push", kind: kind, name: name} }

// cond is a condition; nil holds always.
type cond interface{ eval(event) answer }

func evaluate(c cond, e event) answer {
	if c == nil {
		return yes
	}
	return c.eval(e)
}

// allOf holds when every part does.
type allOf []cond

func (cs allOf) eval(e event) answer {
	out := yes
	for _, c := range cs {
		out = min(out, evaluate(c, e))
	}
	return out
}

// anyOf holds when one part does.
type anyOf []cond

func (cs anyOf) eval(e event) answer {
	out := no
	for _, c := range cs {
		out = max(out, evaluate(c, e))
	}
	return out
}

// negation holds when its part does not.
type negation struct{ of cond }

func (n negation) eval(e event) answer { return not(evaluate(n.of, e)) }

// fixed is a condition with a known answer; maybe is one we cannot read.
type fixed answer

func (f fixed) eval(event) answer { return answer(f) }

// safelist is Travis' branches section, which tags obey as well.
type safelist struct{ only, except []string }

func (s safelist) eval(e event) answer {
	if e.open {
		return maybe
	}
	return s.evalName(e.name)
}

// The facts about an event that conditions ask for.
const (
	factRef     = "ref"     // refs/heads/x
	factRefName = "refname" // x
	factRefType = "reftype" // branch, tag
	factTag     = "tag"     // x on a tag, else empty
	factEvent   = "event"   // push, release
)

// fact is a value of an event, of which the end or all may be open.
type fact struct {
	text string
	open bool // text is only the beginning
}

func (e event) fact(name string) fact {
	prefix := map[string]string{"branch": "refs/heads/", "tag": "refs/tags/"}[e.kind]
	switch {
	case name == factEvent:
		return fact{text: e.what}
	case name == factRefType && e.kind != "":
		return fact{text: e.kind}
	case name == factRef && e.kind == "":
		return fact{text: "refs/", open: true}
	case name == factRef:
		return fact{prefix + e.name, e.open}
	case name == factRefName:
		return fact{e.name, e.open || e.kind == ""}
	case name == factTag && e.kind == "branch":
		return fact{}
	case name == factTag:
		return fact{e.name, e.open || e.kind == ""}
	}
	return fact{open: true}
}

// compare asks how a fact of the event stands to a literal.
type compare struct {
	fact, op, text string
	fold           bool // GitHub compares without regard to case
}

// The operators. present takes no literal.
const (
	opIs      = "="
	opStarts  = "startsWith"
	opEnds    = "endsWith"
	opHas     = "contains"
	opMatches = "=~"
	opPresent = "present"
)

func (c compare) eval(e event) answer {
	f, lit := e.fact(c.fact), c.text
	if c.fold {
		f.text, lit = strings.ToLower(f.text), strings.ToLower(lit)
	}
	if f.open {
		return c.evalOpen(e, f, lit)
	}
	switch c.op {
	case opIs:
		return truth(f.text == lit)
	case opStarts:
		return truth(strings.HasPrefix(f.text, lit))
	case opEnds:
		return truth(strings.HasSuffix(f.text, lit))
	case opHas:
		return truth(strings.Contains(f.text, lit))
	case opPresent:
		return truth(f.text != "")
	}
	re, err := compileRuby(c.text)
	if err != nil {
		return maybe
	}
	return truth(re.MatchString(f.text))
}

// evalOpen decides what the known beginning of a fact decides.
func (c compare) evalOpen(e event, f fact, lit string) answer {
	switch c.op {
	case opIs, opStarts:
		if c.op == opIs && lit == "" && f.text+e.kind != "" {
			return no // a ref has a name
		}
		if c.op == opStarts && strings.HasPrefix(f.text, lit) {
			return yes
		}
		if !strings.HasPrefix(lit, f.text) {
			return no
		}
	case opHas:
		if strings.Contains(f.text, lit) {
			return yes
		}
	case opPresent:
		if e.kind == "tag" || c.fact != factTag {
			return yes
		}
	case opMatches:
		if e.kind == "tag" && matchesAnything.MatchString(c.text) {
			return yes
		}
	}
	return maybe
}

// matchesAnything is a regular expression that every name satisfies.
var matchesAnything = regexp.MustCompile(`^\^?\.[*+]\$?$`)

// inWords is a condition that we cannot decide, as it is written.
type inWords struct{ text string }

func (inWords) eval(event) answer { return maybe }

func (w inWords) words() string { return w.text }

// worded is a condition that a ref does not decide, told as it is written.
type worded interface {
	cond
	words() string
}

// sameRepo is a condition on the repository's name. It holds where only refs are
// asked about; whoever scans reports the name.
type sameRepo struct{ slug string }

func (r sameRepo) eval(e event) answer {
	if e.ask == nil {
		return yes
	}
	if repo := e.ask("repo"); repo.known {
		return sameSlug(repo.text, r.slug)
	}
	return maybe
}

// each visits a condition and its parts.
func each(c cond, visit func(cond)) {
	switch c := c.(type) {
	case nil:
		return
	case allOf:
		for _, p := range c {
			each(p, visit)
		}
	case anyOf:
		for _, p := range c {
			each(p, visit)
		}
	case negation:
		each(c.of, visit)
	}
	visit(c)
}

// namesIn lists patterns of names that a condition asks for of branches or of
// tags: the candidates for refs that satisfy it.
func namesIn(c cond, kind string) []string {
	out := askedFor(c, kind)
	slices.Sort(out)
	return slices.Compact(out)
}

func askedFor(c cond, kind string) []string {
	var out []string
	switch c := c.(type) { // what is negated is not asked for
	case allOf:
		for _, p := range c {
			out = append(out, askedFor(p, kind)...)
		}
	case anyOf:
		for _, p := range c {
			out = append(out, askedFor(p, kind)...)
		}
	case compare:
		if name := c.pattern(kind); name != "" {
			out = append(out, name)
		}
	case safelist:
		out = append(out, c.only...)
	}
	return out
}

// pattern gives the names that a comparison selects, "" where it is not about
// names of that kind.
func (c compare) pattern(kind string) string {
	name := c.text
	if c.fact == factRef && c.op != opMatches {
		own, other := "refs/heads/", "refs/tags/"
		if kind == "tag" {
			own, other = other, own
		}
		if strings.HasPrefix(name, other) {
			return ""
		}
		name = strings.TrimPrefix(name, own)
	}
	if c.fact == factEvent || c.fact == factRefType || c.fact == factTag && kind != "tag" || name == "" {
		return ""
	}
	switch c.op {
	case opIs:
		return name
	case opStarts:
		return name + "**"
	case opEnds:
		return "**" + name
	case opHas:
		return "**" + name + "**"
	case opMatches:
		return "/" + name + "/"
	}
	return ""
}

// suppose gives the condition with every part in words taken for a.
func suppose(c cond, a answer) cond {
	switch c := c.(type) {
	case allOf:
		out := make(allOf, len(c))
		for i, p := range c {
			out[i] = suppose(p, a)
		}
		return out
	case anyOf:
		out := make(anyOf, len(c))
		for i, p := range c {
			out[i] = suppose(p, a)
		}
		return out
	case negation:
		return negation{suppose(c.of, a)}
	case worded:
		return fixed(a)
	}
	return c
}

// doubt says what a condition leaves open about an event, in the words of the
// file; "" if those words make no difference to it.
func doubt(c cond, e event) string {
	if evaluate(c, e) != maybe {
		return ""
	}
	// Words on both sides of a negation may agree with one another and still
	// leave it open: only a name that is not known leaves it open either way.
	if all, none := evaluate(suppose(c, yes), e), evaluate(suppose(c, no), e); all == maybe && none == maybe {
		return ""
	}
	var out []string
	each(c, func(c cond) {
		if w, ok := c.(worded); ok && !slices.Contains(out, w.words()) {
			out = append(out, w.words())
		}
	})
	return strings.Join(out, "; ")
}

// repoIn gives the repository that a condition insists on, "" if none.
func repoIn(c cond) string {
	switch c := c.(type) {
	case sameRepo:
		return c.slug
	case allOf:
		for _, p := range c {
			if r := repoIn(p); r != "" {
				return r
			}
		}
	}
	return ""
}
