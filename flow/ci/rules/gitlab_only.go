package rules

import (
	"fmt"
	"strings"
)

// onlyExcept reads the two lists that came before rules
// (docs.gitlab.com/ci/yaml/deprecated_keywords).
func (r *labRun) onlyExcept(j labJob) verdict {
	only, except := r.c.deref(j.get("only"), 0), r.c.deref(j.get("except"), 0)
	v := verdict{is: yes}
	if only.ok() {
		is, words := r.policy(only, j, allParts)
		v = r.policyVerdict(is, only, "only: "+oneLine(only.words()), words)
	}
	if except.ok() {
		is, words := r.policy(except, j, anyPart)
		v = v.and(r.policyVerdict(not(is), except, "except: "+oneLine(except.words()), words))
	}
	return v
}

func (r *labRun) policyVerdict(is answer, at tree, text, open string) verdict {
	if is == maybe && open != "" {
		text = "not decided: " + open
	}
	return r.because(is, at, "%s", text)
}

// How the parts of a policy are joined: only wants all of them, except one.
const (
	allParts = true
	anyPart  = false
)

func (r *labRun) policy(t tree, j labJob, all bool) (is answer, words string) {
	if !t.isMap() {
		return r.refs(t)
	}
	is = truth(all)
	take := func(a answer, w string) {
		if a == maybe {
			words = strings.TrimPrefix(words+"; "+w, "; ")
		}
		if all {
			is = min(is, a)
		} else {
			is = max(is, a)
		}
	}
	if refs := t.get("refs"); refs.ok() {
		take(r.refs(refs))
	}
	if vars := t.get("variables"); vars.ok() {
		var any anyOf
		for _, src := range r.c.texts(vars) {
			any = append(any, parseLabIf(src))
		}
		e := r.event(j)
		take(evaluate(any, e), orText(labDoubt(any, e), "variables"))
	}
	if changes := t.get("changes"); changes.ok() {
		take(r.changes(changes))
	}
	if t.get("kubernetes").ok() {
		take(maybe, "kubernetes: "+t.get("kubernetes").text())
	}
	return is, words
}

// refs says whether an entry of a list selects the ref.
func (r *labRun) refs(t tree) (is answer, words string) {
	is = no
	for _, entry := range r.c.texts(t) {
		a := r.ref(entry)
		if a == maybe && !r.now.open {
			words = strings.TrimPrefix(words+"; "+entry, "; ")
		}
		is = max(is, a)
	}
	return is, words
}

// ref reads one entry: a kind of ref, a source of pipelines, a name or a pattern,
// perhaps with the project in which it holds.
func (r *labRun) ref(entry string) answer {
	entry, where, bound := cutLast(entry, "@")
	if bound && r.e.Slug != "" && where != r.e.Slug {
		return no
	}
	a := r.plainRef(entry)
	if bound && r.e.Slug == "" {
		return min(a, maybe)
	}
	return a
}

func (r *labRun) plainRef(entry string) answer {
	sources := map[string]string{"api": "api", "chat": "chat", "external": "external", "pipelines": "pipeline", "pushes": "push", "schedules": "schedule",
		"triggers": "trigger", "web": "web", "merge_requests": "merge_request_event", "external_pull_requests": "external_pull_request_event"}
	switch source, ok := sources[entry]; {
	case entry == "branches":
		return evaluate(compare{fact: factRefType, op: opIs, text: "branch"}, r.now)
	case entry == "tags":
		return evaluate(compare{fact: factRefType, op: opIs, text: "tag"}, r.now)
	case ok:
		return truth(r.source == source)
	}
	return evaluate(labEntry(entry), r.now)
}

// labEntry is a name or a pattern as a condition on the ref.
func labEntry(entry string) cond {
	op, right := "==", labOperand{given: certain(entry)}
	if len(entry) > 1 && entry[0] == '/' {
		op, right = "=~", labOperand{pattern: entry}
	}
	return labTest{left: labOperand{variable: "CI_COMMIT_REF_NAME"}, op: op, right: right, words: fmt.Sprintf("the ref %s %s", op, entry)}
}

// labKeywords are entries of only and except that name no ref.
var labKeywords = []string{"branches", "tags", "api", "chat", "external", "pipelines", "pushes", "schedules", "triggers", "web", "merge_requests", "external_pull_requests"}
