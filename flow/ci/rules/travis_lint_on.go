package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// conditionKeys are the keys that belong inside `on`.
var conditionKeys = append([]string{"condition", "branch", "tags", "repo", "all_branches", "rvm", "node_js"}, deployRuntimes...)

// nesting finds conditions beside `on` instead of inside, and hooks inside a
// deploy. dpl gets both as options, and nothing is asked.
func (l *travisLint) nesting(d lintEntry) {
	for _, key := range conditionKeys {
		line, ok := d.own(key)
		if !ok {
			continue
		}
		code := strings.ReplaceAll(key, "_", "-") + "-outside-on"
		text := fmt.Sprintf("%s stands beside `on` of %s: Travis asks nothing of it, and hands it to dpl as an option", key, d.name)
		l.say(code, Fatal, line, text, "Put "+key+" inside `on`.", l.lines.moveInto(d.tree, key, onKey(d.tree)))
	}
	for hook, severity := range map[string]Severity{"before_deploy": Fatal, "after_deploy": Warning} {
		if line, ok := d.own(hook); ok {
			text := fmt.Sprintf("%s stands inside %s, where it is an option of dpl and no phase: its commands never run", hook, d.name)
			l.say(strings.ReplaceAll(hook, "_", "-")+"-inside-deploy", severity, line, text, "Put "+hook+" at the top of the file, or of the job.", l.hoist(d, hook))
		}
	}
}

// onKey is the name under which a deploy has its conditions.
func onKey(item tree) string {
	for _, key := range []string{"if", "on", "true"} {
		if k, _ := pairNode(item, key); k != nil {
			return key
		}
	}
	return "on"
}

// hoist moves a hook out of a deploy of the whole file to the file's end.
func (l *travisLint) hoist(d lintEntry, hook string) []Edit {
	b, ok := l.lines.block(d.tree, hook)
	if !ok || d.job.n != l.b.root.n || l.b.root.get(hook).ok() || len(d.pairs()) < 2 || !l.lines.open(l.b.root) {
		return nil
	}
	lines := l.lines.moved(b, "")
	end := len(l.lines)
	switch {
	case lines == nil:
		return nil
	case b.last == end:
		return []Edit{{travisFile, b.first, b.last, lines}}
	}
	return []Edit{{File: travisFile, First: b.first, Last: b.last}, {travisFile, end + 1, end, lines}}
}

// conditions judges each test of a deploy.
func (l *travisLint) conditions(d lintEntry) {
	for i, t := range onOf(d.tree).get("condition").list() {
		which := d.name
		if i > 0 {
			which = fmt.Sprintf("%s (condition %d)", d.name, i+1)
		}
		l.condition(t, which)
	}
}

var (
	bracketed = regexp.MustCompile(`^\s*\[\[?\s(.*)\s\]?\]\s*$`)
	twoEquals = regexp.MustCompile(`\s==\s`)
)

func (l *travisLint) condition(t tree, which string) {
	src := t.text()
	test, ok := parseTest(src)
	if m := bracketed.FindStringSubmatch(src); m != nil && !ok {
		var edits []Edit
		if _, inner := parseTest(m[1]); inner && !strings.ContainsAny(m[1], "[]") {
			edits = l.lines.replace(t.node(), m[1])
		}
		text := "the condition of " + which + " has brackets, and Travis puts it into [[ ]] already: bash refuses the script, and nothing is deployed"
		l.say("condition-brackets", Fatal, t.line(), text, "Leave the brackets away.", edits)
		return
	}
	if word, lone := test.(bashUn); ok && lone && word.always() {
		text := "the condition of " + which + " is one word, which is always true: every job deploys"
		l.say("condition-always", Fatal, t.line(), text, `Put blanks around the operator, and quotes around the two sides only: $TOX_ENV = "py312".`, nil)
		return
	}
	if n := equalsIn(src); n > 0 {
		var edits []Edit
		if len(twoEquals.FindAllString(src, -1)) == n {
			edits = l.lines.replace(t.node(), twoEquals.ReplaceAllString(src, " = "))
		}
		text := "the condition of " + which + " is written with ==, which is = in [[ ]] and an error in sh: what is right of it is a pattern there"
		l.say("condition-equals", Advice, t.line(), text, "Write = and put the right side in quotes, or use on.python for a version.", edits)
	}
	if strings.Contains(src, "=~") && strings.Contains(src, `\d`) {
		text := `the condition of ` + which + ` has \d, which is the letter d in bash on Linux and no digit`
		l.say("condition-digit", Fatal, t.line(), text, `Write [0-9].`, l.lines.replace(t.node(), strings.ReplaceAll(src, `\d`, `[0-9]`)))
	}
}

// equalsIn counts the operators == of a test.
func equalsIn(src string) int {
	p := &bashParser{rest: src}
	p.split()
	n := 0
	for _, token := range p.tokens {
		if token.raw == "==" {
			n++
		}
	}
	return n
}

// always says whether a word alone makes a test that holds for any job: it has
// text of its own.
func (t bashUn) always() bool {
	return t.op == "-n" && slices.ContainsFunc(t.word, func(p bashPiece) bool { return p.name == "" && p.text != "" })
}

// globWord is a pattern that can stand in a test as it is.
var globWord = regexp.MustCompile(`^[\w.*?+-]+$`)

// tags judges what a deploy asks of tags.
func (l *travisLint) tags(d lintEntry) {
	on := onOf(d.tree)
	tags := on.get("tags")
	is, exact := onBool(tags)
	if !exact {
		text := fmt.Sprintf("tags of %s is %s, neither true nor false: Travis asks for no tag and no branch, and every build deploys", d.name, tags.words())
		l.say("tags-text", Fatal, tags.line(), text, "Write tags: true, and condition: $TRAVIS_TAG = "+tags.words()+".", l.tagPattern(on))
		return
	}
	if branch := on.get("branch"); is && branch.ok() {
		text := fmt.Sprintf("%s asks for tags: true and for a branch: the branch is not looked at, and a tag on any branch deploys", d.name)
		l.say("tags-and-branch", Warning, branch.line(), text, "Leave the branch away, and protect the tags instead.", nil)
	}
}

// tagPattern turns tags: v* into what it was meant for.
func (l *travisLint) tagPattern(on tree) []Edit {
	pattern := on.get("tags").text()
	b, ok := l.lines.block(on, "tags")
	before, _, after, plain := l.lines.raw(on.get("tags").node())
	if !ok || !plain || b.first != b.last || !globWord.MatchString(pattern) || on.get("condition").ok() {
		return nil
	}
	return []Edit{{travisFile, b.first, b.last, []string{before + "true" + after, b.indent + "condition: $TRAVIS_TAG = " + pattern}}}
}

// branch judges which branch a deploy asks for.
func (l *travisLint) branch(d lintEntry) {
	on := onOf(d.tree)
	names, line := branchesOf(d.tree, on)
	tags, _ := onBool(on.get("tags"))
	all, _ := onBool(on.get("all_branches"))
	if tags || all || on.isList() {
		return
	}
	if main := l.b.e.DefaultBranch; line == 0 && main != "" && main != "master" {
		text := fmt.Sprintf("%s names no branch, which means master, and the default branch is %s: nothing is deployed from it", d.name, main)
		l.say("default-branch", Fatal, d.line(), text, "Write on.branch: "+main+", or the branch that releases are made from.", nil)
	}
	for _, name := range names {
		if isExpression(name) {
			text := fmt.Sprintf("%s asks for the branch %s: bash compares it letter by letter there, so no branch deploys", d.name, name)
			l.say("branch-expression", Fatal, max(line, 1), text, "Write on.all_branches: true with a condition: $TRAVIS_BRANCH =~ "+name[1:len(name)-1]+".", nil)
		}
	}
}

// unknownKeys finds what Travis does not look for inside `on`.
func (l *travisLint) unknownKeys(d lintEntry) {
	for _, p := range onOf(d.tree).pairs() {
		if slices.Contains(conditionKeys, p.key) || p.key == "<<" || p.key == "branches" {
			continue
		}
		text := fmt.Sprintf("%s has %s inside `on`, where Travis does not look for it", d.name, p.key)
		fix := "Say it with a condition, as $TRAVIS_OS_NAME = linux, or put it where it belongs."
		l.say("on-unknown-key", Warning, p.line, text, fix, nil)
	}
}
