package rules

import (
	"slices"
	"strings"
)

// travisStage is an entry of stages, or a stage that only jobs name.
type travisStage struct {
	name string
	cond tree
	line int
}

// arranged gives the cells in the order of their stages, with what decides
// whether each runs (travis-yml, lib/travis/yml/configs/stages.rb and reorder.rb).
func (b *travisBuild) arranged() []*travisCell {
	cells := b.cells()
	stages := b.stages(cells)
	started, why := b.started()
	for _, c := range cells {
		if started != yes {
			c.runs, c.why = started, append(slices.Clone(why), c.why...)
		}
		c.judge(stages)
	}
	b.allowFailures(cells)
	slices.SortStableFunc(cells, func(x, y *travisCell) int { return x.rank(stages) - y.rank(stages) })
	return cells
}

// rank orders by stage, and within it what may fail comes last.
func (c *travisCell) rank(stages []travisStage) int {
	rank := 2 * max(0, c.in(stages))
	if c.allowed {
		rank++
	}
	return rank
}

func (c *travisCell) in(stages []travisStage) int {
	return slices.IndexFunc(stages, func(s travisStage) bool { return strings.EqualFold(s.name, c.stage) })
}

// stages lists the stages and gives every cell one: a cell without belongs to
// the stage of the one before it, at first to test. Without any stage in the
// file there are none.
func (b *travisBuild) stages(cells []*travisCell) []travisStage {
	var out []travisStage
	add := func(s travisStage) {
		if s.name != "" && !slices.ContainsFunc(out, func(o travisStage) bool { return strings.EqualFold(o.name, s.name) }) {
			out = append(out, s)
		}
	}
	for _, t := range b.root.get("stages").list() {
		name := t.text()
		if name == "" {
			name = t.get("name").text()
		}
		add(travisStage{name, t.get("if"), t.line()})
	}
	if len(out) == 0 && !slices.ContainsFunc(cells, func(c *travisCell) bool { return c.stage != "" }) {
		return nil
	}
	stage := firstStage(out, cells)
	for _, c := range cells {
		if c.stage == "" {
			c.stage = stage
		}
		stage = c.stage
		add(travisStage{name: c.stage})
	}
	return out
}

// firstStage is test, as the file spells it.
func firstStage(stages []travisStage, cells []*travisCell) string {
	for _, s := range stages {
		if strings.EqualFold(s.name, "test") {
			return s.name
		}
	}
	for _, c := range cells {
		if strings.EqualFold(c.stage, "test") {
			return c.stage
		}
	}
	return "test"
}

// judge applies the conditions of the cell and of its stage.
func (c *travisCell) judge(stages []travisStage) {
	if i := c.in(stages); i >= 0 && stages[i].cond.ok() {
		cond := stages[i].cond
		if a := evaluate(parseTravisIf(cond.text()), c.build.event(nil)); a != yes {
			c.rule(a, notMet(a, "if of stage "+stages[i].name, cond.text()), cond.line())
		}
	}
	if cond := c.node.get("if"); cond.ok() {
		if a := evaluate(parseTravisIf(cond.text()), c.build.event(c)); a != yes {
			c.rule(a, notMet(a, "if of the job", cond.text()), cond.line())
		}
	}
	if len(c.why) > 0 {
		return
	}
	text := "a job of the matrix"
	if c.node.ok() {
		text = "a job that is listed"
	}
	c.why = []Reason{{text, travisFile, c.line}}
}

// allowFailures marks the cells whose failure is not counted.
func (b *travisBuild) allowFailures(cells []*travisCell) {
	for _, rule := range b.root.get("jobs", "matrix").get("allow_failures", "allowed_failures").list() {
		for _, c := range cells {
			if rule.isMap() && c.fits(rule, true) && evaluate(parseTravisIf(rule.get("if").text()), b.event(c)) == yes {
				c.allowed = true
			}
		}
	}
}
