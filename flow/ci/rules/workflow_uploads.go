package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// uploads lists the places of a job that publish.
func (r *run) uploads(j pair, c *cell) []Upload {
	var out []Upload
	pubs, steps := r.sim.publications(r.wf, j.value)
	for i, pub := range pubs {
		out = append(out, r.upload(j, c, steps[i], pub))
	}
	more := Reason{fmt.Sprintf("job %s has %d uploads or more, and no further ones are looked at", j.key, maxUploads), r.wf.file, j.line}
	if len(pubs) == maxUploads {
		r.sim.undecided(more)
	}
	return out
}

func (r *run) upload(j pair, c *cell, step tree, pub publication) Upload {
	sc := r.stepScope(j, c, step)
	v := r.stepVerdict(sc, step, pub)
	u := Upload{File: pub.file, Line: pub.line, Trusted: pub.trusted}
	u.SkipExisting, _ = pub.skipExisting()
	because := func(line int, text string, args ...any) {
		v.why = append(v.why, Reason{fmt.Sprintf(text, args...), pub.file, line})
	}
	index, words := sc.expand(pub.index)
	u.Index = cmp.Or(index, pub.named)
	switch {
	case words != "":
		because(cmp.Or(pub.indexAt, pub.line), "which index it is, no file says: %s", oneLine(words))
	case pub.named != "":
		because(cmp.Or(pub.indexAt, pub.line), "the index is the one that is called %s", pub.named)
	case u.Index != "":
		because(cmp.Or(pub.indexAt, pub.line), "to %s", u.Index)
	}
	if granted, at := idToken(j.value, r.wf.root); pub.trusted && !granted && !r.wf.gitea {
		because(cmp.Or(at.line(), j.line), "without a password, and without id-token: write, it cannot log in")
	}
	u.Environment = r.environment(sc, j.value)
	u.Happens, u.Why = answered(v.is), v.why
	return u
}

// stepVerdict says whether a step uploads once its job runs.
func (r *run) stepVerdict(sc scope, step tree, pub publication) verdict {
	what := "uses " + pub.action
	if pub.action == "" {
		what = "runs " + oneLine(pub.command)
	}
	v := verdict{yes, []Reason{{what, pub.file, pub.line}}}
	for _, s := range r.steps(step, pub) {
		c := readIf(s.get("if").text())
		is, words := sc.holds(c)
		v = v.and(r.explain(s, c, is, words))
	}
	if pub.doubt != "" {
		v = v.and(verdict{maybe, []Reason{{oneLine(pub.doubt), pub.file, pub.line}}})
	}
	return v
}

// steps are those whose conditions an upload stands under: the job's, and that
// inside a local action.
func (r *run) steps(step tree, pub publication) []tree {
	if pub.file == r.wf.file {
		return []tree{step}
	}
	return []tree{step, pub.step}
}

// environment gives the name of a job's environment, in either of its forms.
func (r *run) environment(sc scope, job tree) string {
	at := job.get("environment")
	name, _ := sc.expand(cmp.Or(at.text(), at.get("name").text()))
	return name
}

// maxEnv bounds how far variables are followed into one another.
const maxEnv = 5

// stepScope adds the environment's variables, as far as the file sets them.
func (r *run) stepScope(j pair, c *cell, step tree) scope {
	base := r.cellScope(j.key, c)
	depth := 0
	out := scope{passed: yes}
	out.look = func(path []string, words string) exprValue {
		if path[0] != "env" || len(path) != 2 || depth > maxEnv {
			return base.look(path, words)
		}
		depth++
		defer func() { depth-- }()
		for _, place := range []tree{step, j.value, r.wf.root} {
			if v, ok := envOf(place, path[1]); ok && !setAtRunTime(j.value, path[1]) {
				return orWords(out.value(v), words)
			}
		}
		return unknown(words)
	}
	return out
}

func orWords(v exprValue, words string) exprValue {
	if !v.known() {
		return exprValue{holds: v.holds, words: []string{words}}
	}
	return textValue(v.shown()) // the environment holds texts
}

func envOf(place tree, name string) (tree, bool) {
	env := place.get("env").pairs()
	i := slices.IndexFunc(env, func(p pair) bool { return strings.EqualFold(p.key, name) })
	if i < 0 {
		return tree{}, false
	}
	return env[i].value, true
}

var githubEnv = regexp.MustCompile(`\b(?:GITHUB_ENV|FORGEJO_ENV|GITEA_ENV)\b`)

// setAtRunTime says whether a script of the job may set a variable anew.
func setAtRunTime(job tree, name string) bool {
	return slices.ContainsFunc(job.get("steps").list(), func(s tree) bool {
		run := s.get("run").text()
		return githubEnv.MatchString(run) && strings.Contains(strings.ToLower(run), name)
	})
}
