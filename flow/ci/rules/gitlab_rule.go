package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// labRun is a configuration at an event.
type labRun struct {
	c      *labConfig
	e      Event
	now    event
	source string // CI_PIPELINE_SOURCE

	known   map[string]verdict // of whole jobs, by name
	waits   map[string]verdict // what they wait for
	refused *verdict           // by missing
}

// labJob is a job as extends and defaults make it, or one cell of its matrix.
type labJob struct {
	name, shown string
	line        int
	tree
	cell map[string]string // the matrix' variables
}

func (r *labRun) because(is answer, at tree, text string, args ...any) verdict {
	return verdict{is, []Reason{{fmt.Sprintf(text, args...), r.c.fileOf(at), at.line()}}}
}

// event is the event as conditions of a job see it.
func (r *labRun) event(j labJob) event {
	e := r.now
	e.ask = func(name string) given { return r.variable(j, name) }
	return e
}

// variable answers what neither the ref nor the source of the pipeline says: what
// the repository is, what the files set. What they do not set the project may.
func (r *labRun) variable(j labJob, name string) given {
	group, project, _ := cutLast(r.e.Slug, "/")
	title, _, _ := strings.Cut(r.e.Message, "\n")
	switch name {
	case "CI_PIPELINE_SOURCE":
		return certain(r.source)
	case "CI", "GITLAB_CI":
		return certain("true")
	case "CI_DEFAULT_BRANCH":
		return orSet(r.e.DefaultBranch)
	case "CI_PROJECT_PATH":
		return orSet(r.e.Slug)
	case "CI_PROJECT_NAMESPACE":
		return orSet(group)
	case "CI_PROJECT_NAME":
		return orSet(project)
	case "CI_COMMIT_MESSAGE":
		return orSet(r.e.Message)
	case "CI_COMMIT_TITLE":
		return orSet(title)
	case "CI_SERVER_HOST":
		return orSet(r.e.Host)
	case "CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA", "CI_PROJECT_ID", "CI_PIPELINE_ID", "CI_COMMIT_REF_SLUG", "CI_COMMIT_REF_PROTECTED", "CI_SERVER_URL", "CI_PROJECT_URL":
		return given{set: true}
	}
	if v, ok := j.cell[name]; ok {
		return certain(v)
	}
	for _, place := range []tree{j.get("variables"), r.c.root.get("variables")} {
		if v := place.get(name); v.ok() {
			return r.written(v)
		}
	}
	return unknownValue
}

// written is a variable of the file, unless other variables stand in it.
func (r *labRun) written(v tree) given {
	text := v.text()
	if v.isMap() {
		text = v.get("value").text()
	}
	if strings.Contains(text, "$") {
		return given{set: true}
	}
	return certain(text)
}

// orSet is a value that is there, whether we know it or not.
func orSet(text string) given { return given{text, text != "", true} }

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, s, false
	}
	return s[:i], s[i+len(sep):], true
}

// rules takes the first rule that holds, as GitLab does; without one the answer is
// no. A rule that is not decided leaves open whether it or a later one is taken.
func (r *labRun) rules(list tree, j labJob, otherwise tree) verdict {
	var open []verdict
	for _, rule := range r.c.list(list) {
		is, words := r.clauses(rule, j)
		if is == no {
			continue
		}
		v := r.outcome(rule, r.when(rule, otherwise))
		if is == yes {
			return settled(open, v)
		}
		v.why = []Reason{{"not decided: " + words, r.c.fileOf(rule), rule.line()}}
		open = append(open, v)
	}
	return settled(open, r.because(no, list, "no rule holds"))
}

// settled joins rules that may hold with the one that is taken otherwise.
func settled(open []verdict, last verdict) verdict {
	if len(open) == 0 {
		return last
	}
	all := append(open, last)
	out := verdict{is: last.is}
	for _, v := range all {
		if v.is != last.is {
			out.is = maybe
		}
	}
	if out.is != maybe {
		return last
	}
	for _, v := range open {
		out.why = append(out.why, v.why...)
	}
	if last.is == maybe {
		out.why = append(out.why, last.why...)
	}
	return out
}

// when is how a job starts, by its rule or by itself.
func (r *labRun) when(rule, otherwise tree) tree {
	if w := rule.get("when"); w.ok() {
		return w
	}
	return otherwise
}

// outcome is what a rule that holds comes to.
func (r *labRun) outcome(rule, when tree) verdict {
	at := rule
	if !at.ok() {
		at = when
	}
	v := r.because(yes, at, "%s", labWords(rule))
	return v.and(r.started(when))
}

// started says whether a job of the pipeline starts by itself.
func (r *labRun) started(when tree) verdict {
	switch when.text() {
	case "never":
		return r.because(no, when, "when: never")
	case "on_failure":
		return r.because(no, when, "when: on_failure, so it runs only after a failure")
	case "manual":
		return r.because(maybe, when, "when: manual, so a person must start it")
	}
	return verdict{is: yes}
}

func labWords(rule tree) string {
	if words := oneLine(rule.words()); words != "" {
		return words
	}
	return "a rule without a condition"
}

// clauses says whether all that a rule asks for is there; words are what is open.
func (r *labRun) clauses(rule tree, j labJob) (is answer, words string) {
	is = yes
	take := func(a answer, w string) {
		if a == maybe && w != "" {
			words = strings.TrimPrefix(words+"; "+w, "; ")
		}
		is = min(is, a)
	}
	if src := r.c.deref(rule.get("if"), 0); src.ok() {
		c := parseLabIf(src.text())
		e := r.event(j)
		a := evaluate(c, e)
		open := labDoubt(c, e)
		if open == "" && !e.open {
			open = src.text()
		}
		take(a, open)
	}
	if t := rule.get("changes"); t.ok() {
		take(r.changes(t))
	}
	if t := rule.get("exists"); t.ok() {
		take(r.exists(t))
	}
	return is, words
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// changes compares the paths that a push changes. There is nothing to compare on a
// tag, nor where no push started the pipeline, and then they count as changed
// (docs.gitlab.com/ci/yaml, rules:changes).
func (r *labRun) changes(t tree) (answer, string) {
	patterns := t
	if t.isMap() {
		patterns = t.get("paths")
	}
	words := "changes: " + oneLine(t.words())
	switch {
	case r.now.kind == "tag" || r.source != "push":
		return yes, ""
	case r.e.Changed == nil || t.get("compare_to").ok():
		return maybe, words
	}
	for _, p := range r.c.texts(patterns) {
		re, err := regexp.Compile(globRegexp(p))
		if err != nil || strings.ContainsAny(p, "{$") {
			return maybe, words
		}
		if slices.ContainsFunc(*r.e.Changed, re.MatchString) {
			return yes, ""
		}
	}
	return no, ""
}

// exists looks for files in the tree.
func (r *labRun) exists(t tree) (answer, string) {
	if t.get("project").ok() {
		return maybe, "exists: " + oneLine(t.words())
	}
	patterns := t
	if t.isMap() {
		patterns = t.get("paths")
	}
	list := r.c.texts(patterns)
	if slices.ContainsFunc(list, func(p string) bool { return strings.ContainsAny(p, "{$") }) {
		return maybe, "exists: " + strings.Join(list, ", ")
	}
	return truth(len(r.c.matching(list)) > 0), ""
}

// pipeline says whether the event makes a pipeline at all.
func (r *labRun) pipeline() verdict {
	message := strings.ToLower(r.e.Message)
	if r.source == "push" && (strings.Contains(message, "[skip ci]") || strings.Contains(message, "[ci skip]")) {
		return verdict{no, []Reason{{Text: "the commit's message says [skip ci]"}}}
	}
	list := r.c.root.get("workflow").get("rules")
	if !list.ok() {
		return verdict{is: yes}
	}
	v := r.rules(list, labJob{}, tree{})
	for i := range v.why {
		v.why[i].Text = "workflow: " + v.why[i].Text
	}
	return v
}

// runs says whether a job is part of the pipeline and starts by itself.
func (r *labRun) runs(j labJob) verdict {
	when := r.c.deref(j.get("when"), 0)
	switch {
	case j.get("rules").ok():
		return r.rules(j.get("rules"), j, when)
	case j.get("only").ok() || j.get("except").ok():
		return r.onlyExcept(j).and(r.started(when))
	}
	return r.started(when) // branches and tags
}
