package rules

import (
	"regexp"
	"slices"
	"strings"
)

// labToken splits a condition of GitLab's into its parts
// (docs.gitlab.com/ci/jobs/job_rules, "CI/CD variable expressions").
var labToken = regexp.MustCompile(`^\s*(\$\{?\w+\}?|"[^"]*"|'[^']*'|/(?:[^/\\\n]|\\.)+/[ismU]*|&&|\|\||==|!=|=~|!~|[()]|null\b)`)

// parseLabIf reads the `if` of a rule. What it cannot read is a condition in words.
func parseLabIf(src string) cond {
	p := &labParser{}
	rest := strings.TrimSpace(src)
	for rest != "" && len(p.tokens) < maxTokens {
		m := labToken.FindStringSubmatch(rest)
		if m == nil {
			return inWords{src}
		}
		p.tokens, rest = append(p.tokens, m[1]), strings.TrimSpace(rest[len(m[0]):])
	}
	out := p.or()
	if p.broken || p.at != len(p.tokens) {
		return inWords{src}
	}
	return out
}

type labParser struct {
	tokens    []string
	at, depth int
	broken    bool
}

func (p *labParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *labParser) take(tokens ...string) string {
	if t := p.peek(); t != "" && slices.Contains(tokens, t) {
		p.at++
		return t
	}
	return ""
}

func (p *labParser) or() cond {
	left := p.and()
	for p.take("||") != "" {
		left = anyOf{left, p.and()}
	}
	return left
}

func (p *labParser) and() cond {
	left := p.term()
	for p.take("&&") != "" {
		left = allOf{left, p.term()}
	}
	return left
}

func (p *labParser) term() cond {
	if p.depth++; p.depth > maxNested {
		p.broken = true
		return fixed(maybe)
	}
	defer func() { p.depth-- }()
	if p.take("(") != "" {
		out := p.or()
		p.broken = p.broken || p.take(")") == ""
		return out
	}
	start := p.at
	t := labTest{left: p.operand()}
	if t.op = p.take("==", "!=", "=~", "!~"); t.op != "" {
		t.right = p.operand()
	}
	t.words = strings.Join(p.tokens[start:p.at], " ")
	return t
}

func (p *labParser) operand() labOperand {
	t := p.peek()
	if t == "" || strings.ContainsAny(t[:1], "&|=!()") {
		p.broken = true
		return labOperand{}
	}
	p.at++
	switch t[0] {
	case '$':
		return labOperand{variable: strings.Trim(t, "${}")}
	case '"', '\'':
		return labOperand{given: certain(t[1 : len(t)-1])}
	case '/':
		return labOperand{pattern: t}
	}
	return labOperand{given: unset} // null
}

// labOperand is a variable, a pattern, a text or null.
type labOperand struct {
	variable string
	pattern  string
	given    given
}

func (o labOperand) value(e event) given {
	if o.variable == "" {
		return o.given
	}
	return labVariable(e, o.variable)
}

// labTest compares two operands, or asks whether one holds something.
type labTest struct {
	left, right labOperand
	op, words   string
}

func (t labTest) eval(e event) answer {
	if e.open {
		if c := t.aboutRef(); c != nil {
			return evaluate(c, e)
		}
	}
	l := t.left.value(e)
	switch t.op {
	case "==":
		return sameGiven(l, t.right.value(e))
	case "!=":
		return not(sameGiven(l, t.right.value(e)))
	case "=~":
		return t.matches(l, e)
	case "!~":
		return not(t.matches(l, e))
	}
	switch {
	case l.known:
		return truth(l.text != "")
	case l.set:
		return yes
	}
	return maybe
}

// sameGiven compares two values. One that is not set equals no other.
func sameGiven(a, b given) answer {
	unsetA, unsetB := a.known && !a.set, b.known && !b.set
	switch {
	case unsetA && unsetB:
		return yes
	case unsetA && b.set, unsetB && a.set:
		return no
	case a.known && b.known:
		return truth(a.text == b.text)
	}
	return maybe
}

func (t labTest) matches(l given, e event) answer {
	pattern := t.right.pattern
	if pattern == "" {
		v := t.right.value(e)
		if !v.known {
			return maybe
		}
		pattern = v.text
	}
	re := labRegexp(pattern)
	switch {
	case re == nil:
		return maybe
	case !l.known:
		return maybe
	}
	return truth(l.set && re.MatchString(l.text))
}

// labRegexp compiles /re/flags. GitLab's expressions are RE2, as Go's; nil if it is
// none.
func labRegexp(pattern string) *regexp.Regexp {
	end := strings.LastIndex(pattern, "/")
	if !strings.HasPrefix(pattern, "/") || end <= 0 {
		return nil
	}
	src, flags := strings.ReplaceAll(pattern[1:end], `\/`, `/`), pattern[end+1:]
	if flags != "" {
		src = "(?" + flags + ")" + src
	}
	re, err := regexp.Compile(src)
	if err != nil {
		return nil
	}
	return re
}

// aboutRef puts a test of the ref's name against a literal in the terms that can be
// decided for a ref whose name is open; nil if it is no such test.
func (t labTest) aboutRef() cond {
	kind, ok := map[string]string{"CI_COMMIT_BRANCH": "branch", "CI_COMMIT_TAG": "tag", "CI_COMMIT_REF_NAME": ""}[t.left.variable]
	if !ok || t.right.variable != "" {
		return nil
	}
	var c cond
	switch {
	case t.op == "":
		c = compare{fact: factRefName, op: opPresent}
	case !t.right.given.set && t.right.pattern == "": // null
		c = fixed(no)
	case t.op == "==" || t.op == "!=":
		c = compare{fact: factRefName, op: opIs, text: t.right.given.text}
	case strings.HasSuffix(t.right.pattern, "/"):
		c = compare{fact: factRefName, op: opMatches, text: t.right.pattern[1 : len(t.right.pattern)-1]}
	default:
		c = fixed(maybe)
	}
	if kind != "" {
		set := compare{fact: factRefType, op: opIs, text: kind}
		if !t.right.given.set && t.right.pattern == "" && t.op != "" {
			c = negation{set}
		} else {
			c = allOf{set, c}
		}
	}
	if strings.HasPrefix(t.op, "!") {
		return negation{c}
	}
	return c
}

// labVariable is what a variable holds for an event.
func labVariable(e event, name string) given {
	v := given{e.name, !e.open, true}
	switch {
	case name == "CI_PIPELINE_SOURCE" && e.ask == nil:
		return certain(labSource(e.what))
	case name == "CI_COMMIT_REF_NAME", name == "CI_COMMIT_BRANCH" && e.kind == "branch", name == "CI_COMMIT_TAG" && e.kind == "tag":
		return v
	case name == "CI_COMMIT_BRANCH" && e.kind == "tag", name == "CI_COMMIT_TAG" && e.kind == "branch":
		return unset
	case strings.HasPrefix(name, "CI_MERGE_REQUEST_"), strings.HasPrefix(name, "CI_EXTERNAL_PULL_REQUEST_"), name == "CI_PIPELINE_SCHEDULE_DESCRIPTION":
		return unset
	}
	if e.ask == nil {
		return unknownValue
	}
	return e.ask(name)
}

// labSource is what GitLab calls the event.
func labSource(what string) string {
	if what == "workflow_dispatch" {
		return "web"
	}
	return "push"
}

// labDoubt gives the tests of a condition that nothing here decides.
func labDoubt(c cond, e event) string {
	var out []string
	each(c, func(c cond) {
		words := ""
		switch c := c.(type) {
		case labTest:
			if words = c.words; c.eval(e) != maybe || e.open && c.aboutRef() != nil {
				words = ""
			}
		case inWords:
			words = c.text
		}
		if words != "" && !slices.Contains(out, words) {
			out = append(out, words)
		}
	})
	return strings.Join(out, "; ")
}

// labNames lists the names that a condition asks of a branch or tag.
func labNames(c cond, kind string) []string {
	switch c := c.(type) { // what is negated is not asked for
	case allOf:
		return labNamesIn(c, kind)
	case anyOf:
		return labNamesIn(c, kind)
	case labTest:
		return c.names(kind)
	}
	return nil
}

func labNamesIn(cs []cond, kind string) []string {
	var out []string
	for _, p := range cs {
		out = append(out, labNames(p, kind)...)
	}
	return out
}

func (t labTest) names(kind string) []string {
	variable := map[string]string{"branch": "CI_COMMIT_BRANCH", "tag": "CI_COMMIT_TAG"}[kind]
	if t.left.variable != variable && t.left.variable != "CI_COMMIT_REF_NAME" {
		return nil
	}
	switch {
	case t.op == "==" && t.right.given.text != "":
		return []string{t.right.given.text}
	case t.op == "=~" && t.right.pattern != "":
		return []string{t.right.pattern}
	}
	return nil
}
