package rules

import (
	"fmt"
	"slices"
	"strings"
)

// travisCell is one job of a build, before it is known whether it runs.
type travisCell struct {
	build    *travisBuild
	node     tree // its entry in jobs.include; empty for a cell of the matrix
	line     int
	language string
	at       map[string]string // its value on each axis
	env      envEntry          // its own variables, after the global ones
	stage    string
	allowed  bool // its failure is not counted
	runs     answer
	why      []Reason
}

// maxCells is Travis' limit of jobs in a build (docs, user/build-matrix.md).
const maxCells = 200

// cells expands the matrix as travis-yml does (lib/travis/yml/matrix.rb).
func (b *travisBuild) cells() []*travisCell {
	out := b.expand()
	included := b.included()
	if len(out) == 1 && len(included) > 0 {
		out = nil // a single job of the matrix gives way to those that are listed
	}
	out = append(out, included...)
	if len(out) > maxCells {
		out, b.tooMany = out[:maxCells], true
	}
	for _, c := range out {
		c.inherit()
	}
	out = slices.DeleteFunc(out, func(c *travisCell) bool { return b.excludes(c) == yes })
	return uniqueCells(out)
}

// expand makes the cells of all combinations of the axes.
func (b *travisBuild) expand() []*travisCell {
	out := []*travisCell{{build: b, line: b.root.line(), at: map[string]string{}, runs: yes}}
	for _, a := range travisAxes {
		values := a.in(b.root)
		if len(values) == 0 || !a.known(b.language) {
			continue
		}
		out = b.multiply(out, len(values), func(c *travisCell, i int) {
			c.at[a.key], c.line = a.value(values[i]), values[i].line()
		})
	}
	if entries := b.env.jobs; len(entries) > 0 {
		out = b.multiply(out, len(entries), func(c *travisCell, i int) { c.env = entries[i] })
	}
	return out
}

// multiply makes n of every cell, up to the limit.
func (b *travisBuild) multiply(cells []*travisCell, n int, set func(*travisCell, int)) []*travisCell {
	var out []*travisCell
	for _, c := range cells {
		for i := range n {
			if len(out) == maxCells {
				b.tooMany = true
				return out
			}
			next := *c
			next.at = map[string]string{}
			for k, v := range c.at {
				next.at[k] = v
			}
			set(&next, i)
			out = append(out, &next)
		}
	}
	return out
}

// included makes the cells that are listed one by one.
func (b *travisBuild) included() []*travisCell {
	var out []*travisCell
	for _, item := range b.listed() {
		if len(out) == maxCells {
			b.tooMany = true
			break
		}
		c := &travisCell{build: b, node: item, line: item.line(), at: map[string]string{}, runs: yes}
		c.stage = item.get("stage").text()
		for _, a := range travisAxes {
			if v := a.in(item); len(v) > 0 {
				c.at[a.key] = a.value(v[0])
			}
		}
		if own := readEnv(item.get("env")); len(own.jobs)+len(own.global) > 0 {
			c.env = slices.Concat(append(own.jobs, own.global)...)
		}
		out = append(out, c)
	}
	return out
}

// listed gives the entries of jobs.include; a bare list means the same.
func (b *travisBuild) listed() []tree {
	jobs := b.root.get("jobs", "matrix")
	if jobs.isMap() {
		jobs = jobs.get("include")
	}
	return slices.DeleteFunc(jobs.list(), func(t tree) bool { return !t.isMap() })
}

// inherit fills in what a cell has from the top of the file: the first value of
// each axis, the first entry of env, and what is set for all jobs.
func (c *travisCell) inherit() {
	b := c.build
	c.language = travisLanguage(c.get("language"))
	for _, a := range travisAxes {
		if v := a.in(b.root); c.at[a.key] == "" && len(v) > 0 && a.known(b.language) {
			c.at[a.key] = a.value(v[0])
		}
	}
	if c.at["os"] == "" {
		c.at["os"] = "linux"
	}
	if c.env == nil && len(b.env.jobs) > 0 {
		c.env = b.env.jobs[0]
	}
}

// get looks a key up in the cell, then at the top of the file.
func (c *travisCell) get(names ...string) tree {
	if v := c.node.get(names...); v.ok() {
		return v
	}
	return c.build.root.get(names...)
}

// has gives the cell's value on an axis, "" where its language or system has none.
func (c *travisCell) has(a travisAxis) string {
	if !a.known(c.language) || a.os != "" && a.os != c.at["os"] {
		return ""
	}
	return c.at[a.key]
}

// excludes says whether jobs.exclude takes the cell out.
func (b *travisBuild) excludes(c *travisCell) answer {
	out := no
	for _, rule := range b.root.get("jobs", "matrix").get("exclude").list() {
		if !rule.isMap() || !c.fits(rule, false) {
			continue
		}
		holds := evaluate(parseTravisIf(rule.get("if").text()), b.event(c))
		if holds == maybe {
			c.rule(maybe, "whether jobs.exclude takes it out is decided by: "+rule.get("if").text(), rule.line())
		}
		out = max(out, holds)
	}
	return out
}

// fits compares a cell with a rule of exclude or allow_failures, key by key.
func (c *travisCell) fits(rule tree, allow bool) bool {
	for _, p := range mergedPairs(rule, 0) {
		switch p.key {
		case "if":
		case "env":
			if !c.env.same(slices.Concat(envEntries(p.value)...)) {
				return false
			}
		case "stage":
			stage := c.stage
			if stage == "" {
				stage = "test"
			}
			if !strings.EqualFold(stage, p.value.text()) {
				return false
			}
		case "branch":
			if allow && p.value.text() != c.build.now.name {
				return false
			}
		default:
			if !c.fitsKey(p.key, p.value) {
				return false
			}
		}
	}
	return true
}

func (c *travisCell) fitsKey(key string, want tree) bool {
	for _, a := range travisAxes {
		if a.key == key || slices.Contains(a.aliases, key) {
			return c.at[a.key] == a.value(want)
		}
	}
	return plainWords(c.get(key)) == plainWords(want)
}

// rule notes what decides whether the job runs.
func (c *travisCell) rule(a answer, text string, line int) {
	c.runs = min(c.runs, a)
	c.why = append(c.why, Reason{text, travisFile, line})
}

// shown is what makes the cell different, in words.
func (c *travisCell) shown() string {
	var out []string
	for _, a := range travisAxes {
		if v := c.has(a); v != "" && (a.key != "os" || len(a.in(c.build.root))+len(a.in(c.node)) > 0) {
			out = append(out, a.key+" "+v)
		}
	}
	return strings.Join(append(out, c.env.shown()...), ", ")
}

// uniqueCells drops cells that are the same job twice.
func uniqueCells(cells []*travisCell) []*travisCell {
	seen := map[string]bool{}
	return slices.DeleteFunc(cells, func(c *travisCell) bool {
		id := fmt.Sprintf("%q %q %q %q", c.shown(), c.env.id(), c.stage, c.own())
		dup := seen[id]
		seen[id] = true
		return dup
	})
}

// own puts the settings of a listed job into words, without those that place it
// in the matrix.
func (c *travisCell) own() string {
	var out []string
	for _, p := range c.node.pairs() {
		axis := slices.ContainsFunc(travisAxes, func(a travisAxis) bool { return a.key == p.key || slices.Contains(a.aliases, p.key) })
		if !axis && p.key != "env" {
			out = append(out, p.key+": "+plainWords(p.value))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}
