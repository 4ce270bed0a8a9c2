package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// labReserved are keys of the file that are no jobs.
var labReserved = []string{"default", "include", "stages", "variables", "workflow", "image", "services", "cache", "before_script", "after_script", "spec", "types"}

// jobs lists the jobs of the file. One whose name begins with a dot is a template.
func (c *labConfig) jobs() []labJob {
	if c.all != nil {
		return c.all
	}
	out := []labJob{}
	for _, p := range flat(c.root, 0) {
		job := c.deref(p.value, 0)
		if strings.HasPrefix(p.key, ".") || slices.Contains(labReserved, p.key) || !job.isMap() || len(out) >= maxLabJobs {
			continue
		}
		job = c.extended(p.key, job, 0)
		j := labJob{name: p.key, shown: p.key, line: p.line, tree: job}
		if j.get("script", "run", "trigger").ok() {
			out = append(out, j)
		}
	}
	c.all, c.byName = out, map[string]labJob{}
	for _, j := range out {
		c.byName[j.name] = j
	}
	return out
}

// maxLabJobs bounds the jobs of a file, and the cells of a matrix (GitLab: 200).
const (
	maxLabJobs  = 2000
	maxLabCells = 200
)

// cells expands `parallel`, with the names that GitLab gives.
func (c *labConfig) cells(j labJob) []labJob {
	p := c.deref(j.get("parallel"), 0)
	if n, err := fmt.Sscan(p.text(), new(int)); err == nil && n == 1 {
		return numbered(j, p.text())
	}
	var out []labJob
	for _, entry := range c.list(p.get("matrix")) {
		cells := []labJob{j}
		for _, axis := range flat(entry, 0) {
			cells = multiplied(cells, axis.key, c.texts(axis.value))
		}
		out = append(out, cells...)
		if len(out) > maxLabCells {
			return out[:maxLabCells]
		}
	}
	if len(out) == 0 {
		return []labJob{j}
	}
	for i := range out {
		var values []string
		for _, entry := range c.list(p.get("matrix")) {
			for _, axis := range flat(entry, 0) {
				if v, ok := out[i].cell[axis.key]; ok && len(values) < len(out[i].cell) {
					values = append(values, v)
				}
			}
		}
		out[i].shown = j.name + ": [" + strings.Join(values, ", ") + "]"
	}
	return out
}

func numbered(j labJob, count string) []labJob {
	var n int
	_, _ = fmt.Sscan(count, &n) // it was read before
	out := []labJob{}
	for i := range min(max(n, 1), maxLabCells) {
		c := j
		c.shown = fmt.Sprintf("%s %d/%d", j.name, i+1, n)
		out = append(out, c)
	}
	return out
}

func multiplied(cells []labJob, key string, values []string) []labJob {
	var out []labJob
	for _, c := range cells {
		for _, v := range values {
			next := c
			next.cell = map[string]string{key: v}
			for k, old := range c.cell {
				next.cell[k] = old
			}
			if out = append(out, next); len(out) >= maxLabCells {
				return out
			}
		}
	}
	return out
}

// effective is a key of a job, or of the defaults where the job has none and has
// not declined them.
func (c *labConfig) effective(j labJob, key string) tree {
	if v := j.get(key); v.ok() {
		return c.deref(v, 0)
	}
	inherit := j.get("inherit").get("default")
	if inherits, known := inherit.truth(); known && !inherits || inherit.isList() && !slices.Contains(inherit.texts(), key) {
		return tree{}
	}
	if v := c.root.get("default").get(key); v.ok() {
		return c.deref(v, 0)
	}
	return c.root.get(key)
}

// uploads finds the commands of a job's scripts that publish, else those that may.
func (r *labRun) uploads(j labJob) []Upload {
	if out := r.commands(j, r.c.s.uploadIn); len(out) > 0 {
		return out
	}
	how := byWord
	if len(r.audiences(j)) > 0 || slices.ContainsFunc(tokenVariables, func(n string) bool { return j.get("variables").get(n).ok() }) {
		how = byRunning
	}
	return r.commands(j, func(line string) (command, bool) { return r.c.s.suspect(line, how) })
}

// commands gives the lines of a job's scripts in which an upload is found.
func (r *labRun) commands(j labJob, find func(string) (command, bool)) []Upload {
	var out []Upload
	var shell shellBlocks
	for _, phase := range []string{"before_script", "script", "after_script"} {
		if phase == "after_script" {
			shell = shellBlocks{} // a shell of its own
		}
		for _, item := range r.c.list(r.c.effective(j, phase)) {
			for _, l := range scriptLines(item) {
				shell.enter(l.text)
				if cmd, ok := find(l.text); ok {
					out = append(out, r.upload(j, cmd, Reason{cmp.Or(cmd.doubt, shell.doubt(l.text)), r.c.fileOf(item), l.line}))
				}
				shell.leave(l.text)
			}
		}
	}
	return out
}

func (r *labRun) upload(j labJob, cmd command, open Reason) Upload {
	u := Upload{File: open.File, Line: open.Line, Trusted: r.trusted(j, cmd.line), SkipExisting: skips(cmd.line), Happens: Yes}
	u.Why = []Reason{{"runs " + oneLine(cmd.line), open.File, open.Line}}
	because := func(text string) { u.Why = append(u.Why, Reason{oneLine(text), open.File, open.Line}) }
	var words string
	if u.Index, words = r.index(j, cmd); words != "" {
		because(words)
	} else if u.Index != "" {
		because("to " + u.Index)
	}
	if open.Text != "" {
		u.Happens = Undecided
		because(open.Text)
	}
	env := r.c.deref(j.get("environment"), 0)
	u.Environment, _ = r.expand(j, cmp.Or(env.text(), env.get("name").text()))
	return u
}

// indexVariables name the place to which uploaders send.
var indexVariables = []string{"TWINE_REPOSITORY_URL", "UV_PUBLISH_URL", "FLIT_INDEX_URL", "HATCH_INDEX_REPO", "PDM_PUBLISH_REPO"}

// index is where a command sends to, "" for PyPI; words say what no file tells. A
// place that variables name is given as it is written, so that it is not taken for
// PyPI.
func (r *labRun) index(j labJob, cmd command) (index, words string) {
	index = cmd.index
	for _, name := range indexVariables {
		if index == "" && cmd.named == "" {
			index = r.literal(j, name)
		}
	}
	if index == "" && cmd.named == "" {
		c := command{}
		c.name(cmp.Or(r.literal(j, "TWINE_REPOSITORY"), "pypi"))
		index, cmd.named = c.index, c.named
	}
	if cmd.named != "" {
		return cmd.named, "the index is the one that is called " + cmd.named
	}
	full, known := r.expand(j, index)
	switch {
	case known:
		return full, ""
	case strings.Contains(index, "packages/pypi"):
		return index, "" // GitLab's own registry
	}
	return index, "which index it is, no file says: " + index
}

// literal is a variable as the file writes it.
func (r *labRun) literal(j labJob, name string) string {
	if v, ok := j.cell[name]; ok {
		return v
	}
	for _, place := range []tree{j.get("variables"), r.c.root.get("variables")} {
		if v := place.get(name); v.ok() {
			return cmp.Or(v.text(), v.get("value").text())
		}
	}
	return ""
}

// expand puts the values of variables into a text, as far as they are known.
func (r *labRun) expand(j labJob, text string) (string, bool) {
	known := true
	e := r.event(j)
	out := labVariables.ReplaceAllStringFunc(text, func(m string) string {
		v := labVariable(e, strings.Trim(m, "${}"))
		if !v.known || !v.set {
			known = false
			return m
		}
		return v.text
	})
	return out, known
}

var labVariables = regexp.MustCompile(`\$(?:\w+|\{\w+\})`)

// trusted says whether a job has an identity token for a Python index, and no
// stored one in its files.
func (r *labRun) trusted(j labJob, line string) bool {
	if tokenOption.MatchString(line) || slices.ContainsFunc(tokenVariables, func(n string) bool { return r.literal(j, n) != "" }) {
		return false
	}
	return len(r.audiences(j)) > 0
}

// audiences are the Python indexes that a job has identity tokens for.
func (r *labRun) audiences(j labJob) []string {
	var out []string
	for _, p := range flat(r.c.effective(j, "id_tokens"), 0) {
		for _, aud := range r.c.texts(p.value.get("aud")) {
			if aud == "pypi" || aud == "testpypi" {
				out = append(out, aud)
			}
		}
	}
	return out
}
