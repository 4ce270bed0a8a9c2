package rules

import (
	"cmp"
	"slices"
	"strings"
)

// run is a workflow at work: started by an event, or called by a job of another.
type run struct {
	sim     *simulation
	wf      *workflow
	on      occasion
	started verdict
	caller  string // what the service puts before the names of a called workflow's jobs
	depth   int
	judged  map[string]verdict
}

// maxDepth bounds how deep calls are followed. docs.github.com, "Reusable
// workflows", allows four levels, so nothing that runs is cut.
const maxDepth = 10

// jobs lists the jobs of a run.
func (r *run) jobs() {
	for _, j := range r.wf.root.get("jobs").pairs() {
		if r.sim.room > 0 {
			r.cells(j)
		}
	}
}

// judge says whether a job runs, given that its workflow starts.
func (r *run) judge(key string) verdict {
	if v, ok := r.judged[key]; ok {
		return v
	}
	r.judged[key] = verdict{is: maybe} // jobs that need one another are refused before
	job := r.wf.root.get("jobs").get(key)
	passed, blame := r.passed(key)
	c := readIf(job.get("if").text())
	is, words := scope{r.jobContext(key, false), passed}.holds(c)
	if all, _ := (scope{r.jobContext(key, true), passed}).holds(c); all != is {
		is, words = maybe, c.src
	}
	v := r.explain(job, c, is, words)
	if passed != yes && !c.checksStatus() && is == passed {
		v = r.wf.because(is, job.get("needs").line(), "needs %s", blame)
	}
	r.judged[key] = v
	return v
}

// explain puts the outcome of an `if:` into words.
func (r *run) explain(at tree, c condition, is answer, words string) verdict {
	line := at.get("if").line()
	switch {
	case c.src == "":
		return verdict{is: yes}
	case c.text:
		return r.wf.because(is, line, "if: %s always holds, as there is text around its braces", oneLine(c.src))
	case is == yes:
		return r.wf.because(is, line, "if: %s holds", oneLine(c.src))
	case is == no:
		return r.wf.because(is, line, "if: %s does not hold", oneLine(c.src))
	}
	return r.wf.because(is, line, "if: %s, and no file decides %s", oneLine(c.src), oneLine(cmp.Or(words, c.src)))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// passed says whether all jobs before one run, and names the first that may not.
func (r *run) passed(key string) (is answer, blame string) {
	is = yes
	for _, n := range r.wf.ancestors(key) {
		if n == key {
			continue
		}
		switch a := r.judge(n).is; {
		case a == no:
			return no, n + ", which is skipped" + r.behind(n)
		case a == maybe && is == yes:
			is, blame = maybe, n+", which may be skipped"+r.behind(n)
		}
	}
	return is, blame
}

func (r *run) behind(key string) string {
	if why := r.judge(key).why; len(why) > 0 {
		return ": " + why[0].Text
	}
	return ""
}

// jobContext gives what the `if:` of a job can ask for. The results of jobs that
// are needed by way of others are in needs as well, or are not:
// github.com/actions/runner/issues/2346. So both are tried.
func (r *run) jobContext(key string, all bool) func([]string, string) exprValue {
	jobs := r.wf.root.get("jobs")
	needed := jobs.get(key).get("needs").texts()
	if all {
		needed = r.wf.ancestors(key)
	}
	return func(path []string, words string) exprValue {
		switch path[0] {
		case "github":
			return r.on.github(path[1:], words)
		case "inputs":
			if len(path) == 2 {
				return r.on.input(path[1], words, false)
			}
		case "needs":
			return r.needs(needed, path[1:], words)
		}
		return unknown(words)
	}
}

func (r *run) needs(needed, path []string, words string) exprValue {
	if len(path) != 2 || path[1] != "result" {
		return unknown(words)
	}
	if path[0] == "*" {
		out := exprValue{kind: valueList}
		for _, n := range needed {
			out.items = append(out.items, r.result(n, words))
		}
		return out
	}
	i := slices.IndexFunc(needed, func(n string) bool { return strings.EqualFold(n, path[0]) })
	if i < 0 {
		return exprValue{kind: valueNull}
	}
	return r.result(needed[i], words)
}

func (r *run) result(key, words string) exprValue {
	switch r.judge(key).is {
	case yes:
		return textValue("success")
	case no:
		return textValue("skipped")
	}
	return unknown(words)
}

// cells lists a job once for every combination of its matrix.
func (r *run) cells(j pair) {
	v := r.started.and(r.judge(j.key))
	sc := scope{r.jobContext(j.key, false), yes}
	cells, words, ok := sc.matrix(j.value.get("strategy").get("matrix"))
	line := j.value.get("strategy").get("matrix").line()
	switch {
	case !ok:
		v = v.and(r.wf.because(no, line, "the matrix makes more than %d jobs, which is refused", maxMatrix))
		cells = []*cell{{}}
	case words != "":
		v = v.and(r.wf.because(maybe, line, "how many jobs the matrix makes depends on %s", oneLine(words)))
	}
	if v.is != no {
		v.why = append(slices.Clone(v.why), r.cancels(j.value)...)
	}
	for _, c := range cells {
		r.cell(j, c, v)
	}
}

// cancels notes that a newer run ends this one.
func (r *run) cancels(job tree) []Reason {
	for _, place := range []tree{job, r.wf.root} {
		at := place.get("concurrency").get("cancel-in-progress")
		if is, known := at.truth(); is || at.ok() && !known {
			return []Reason{{"a newer run of the same concurrency group may cancel it: cancel-in-progress", r.wf.file, at.line()}}
		}
	}
	return nil
}

// cell lists one job, or the jobs of the workflow that it calls.
func (r *run) cell(j pair, c *cell, v verdict) {
	sc := r.cellScope(j.key, c)
	name, _ := sc.expand(cmp.Or(j.value.get("name").text(), j.key))
	if len(c.keys) > 0 && !strings.Contains(j.value.get("name").text(), "${{") {
		name += c.suffix()
	}
	if uses := j.value.get("uses").text(); uses != "" {
		r.call(j, c, name, v)
		return
	}
	r.sim.emit(Job{
		Provider: r.sim.folder.provider(), File: r.wf.file, Line: j.line, Name: r.caller + name,
		Matrix: c.shown(), Runs: answered(v.is), Why: v.why, Uploads: r.uploads(j, c),
	})
}

func answered(a answer) Answer {
	return map[answer]Answer{no: No, maybe: Undecided, yes: Yes}[a]
}

// cellScope is what expressions of a job and its steps can ask for.
func (r *run) cellScope(key string, c *cell) scope {
	base := r.jobContext(key, false)
	return scope{passed: yes, look: func(path []string, words string) exprValue {
		switch {
		case path[0] == "matrix" && len(path) > 1:
			i := c.find(path[1])
			if i < 0 {
				return exprValue{kind: valueNull}
			}
			v := c.values[i]
			for _, p := range path[2:] {
				v = v.property(textValue(p), words)
			}
			return v
		case strings.Join(path, ".") == "job.status":
			return textValue("success")
		}
		return base(path, words)
	}}
}

// call lists the jobs of a called workflow. One of another repository is listed
// as a job of which nothing more is known.
func (r *run) call(j pair, c *cell, name string, v verdict) {
	uses := j.value.get("uses")
	local, ok := strings.CutPrefix(uses.text(), "./")
	w := r.sim.find(local)
	if ok && w != nil && r.depth < maxDepth {
		r.sim.room-- // so that calls which lead to no job end as well
		on := r.on
		on.inputs = r.given(w, j, c)
		v.why = append(slices.Clone(v.why), Reason{"job " + j.key + " calls " + local, r.wf.file, uses.line()})
		inner := &run{sim: r.sim, wf: w, on: on, started: v, caller: r.caller + name + " / ", depth: r.depth + 1, judged: map[string]verdict{}}
		inner.jobs()
		return
	}
	why := Reason{"it calls " + uses.text() + ", which is not in this tree and may publish", r.wf.file, uses.line()}
	if ok {
		why.Text = "it calls " + local + " deeper than is followed here"
	}
	r.sim.emit(Job{
		Provider: r.sim.folder.provider(), File: r.wf.file, Line: j.line, Name: r.caller + name,
		Matrix: c.shown(), Runs: answered(v.is), Why: append(slices.Clone(v.why), why),
	})
	if v.is != no {
		r.sim.undecided(why)
	}
}

// given are the inputs of a called workflow: what the caller gives, else what
// they are by default.
func (r *run) given(w *workflow, j pair, c *cell) map[string]exprValue {
	t, _ := w.trigger("workflow_call")
	out := dispatchInputs(t.with)
	for _, p := range j.value.get("with").pairs() {
		out[strings.ToLower(p.key)] = r.cellScope(j.key, c).value(p.value)
	}
	return out
}
