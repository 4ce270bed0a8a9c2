package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setupPlan collects the changes to a file.
type setupPlan struct {
	want   TravisSetup
	root   tree
	src    string
	text   *setupText
	shared map[*yaml.Node]int // what an alias means as well, and its line
	ops    []setupOp
	now    string // the change that is being made
	old    []ReplacedEntry
}

// setupEntry is a deploy to a Python index that is there.
type setupEntry struct {
	tree
	job     tree // whose deploy it is
	section tree // the value of the deploy key
	index   int  // in the section, where that is a list
	aliased int  // the line of the alias by which it is there; 0 if it is there itself
	merged  bool // the section comes by a merge key
}

func (p *setupPlan) make() error {
	entries := p.entries()
	var fresh []TravisTarget
	for _, t := range p.want.Providers {
		found := slices.DeleteFunc(slices.Clone(entries), func(d setupEntry) bool { return !d.serves(t) })
		switch {
		case len(found) > 1:
			return refuse(RefuseSeveral, found[1].line(), "%s has a deploy in line %d already: which of them is meant is not certain", t.index(), found[0].line())
		case len(found) == 0 || found[0].bare() && found[0].alone() && found[0].job.n == p.root.n:
			fresh = append(fresh, t)
			continue
		}
		if err := p.entry(found[0], t); err != nil {
			return err
		}
	}
	if err := p.addEntries(fresh); err != nil {
		return err
	}
	if err := p.branches(); err != nil {
		return err
	}
	if p.want.DropCheck {
		return p.dropChecks()
	}
	return nil
}

func (p *setupPlan) build() *travisBuild {
	return newTravisBuild(&source{noFiles{}}, p.root, Event{}, event{})
}

// entries lists the deploys by the provider pypi, each once, wherever they stand.
func (p *setupPlan) entries() []setupEntry {
	var out []setupEntry
	for _, job := range append([]tree{p.root}, p.build().listed()...) {
		section := job.get("deploy")
		k, _ := pairNode(job, "deploy")
		for i, item := range section.list() {
			d := setupEntry{tree: item, job: job, section: section, index: i, merged: k == nil}
			for _, t := range []tree{job, section, item} {
				if t.n.Kind == yaml.AliasNode {
					d.aliased = t.n.Line
				}
			}
			again := slices.ContainsFunc(out, func(o setupEntry) bool { return o.node() == item.node() })
			if provider(item) == "pypi" && !again {
				out = append(out, d)
			}
		}
	}
	return out
}

func (d setupEntry) serves(t TravisTarget) bool {
	return sameIndex(d.get("server").text(), t.Server)
}

// bare says whether a deploy is nothing but the provider's name.
func (d setupEntry) bare() bool { return d.text() != "" }

// alone says whether a deploy is the section, and no item of a list.
func (d setupEntry) alone() bool { return !d.section.isList() }

// do adds a change, if its place is not shared with others.
func (p *setupPlan) do(o setupOp) error {
	o.name = p.now
	if line := p.shared[o.at]; line > 0 {
		return refuse(RefuseShared, o.at.Line, "an alias in line %d means these lines as well, and would change with them", line)
	}
	p.ops = append(p.ops, o)
	return nil
}

// set makes a key of a mapping have a value.
func (p *setupPlan) set(m tree, key, after string, v *yaml.Node) error {
	if k, _ := pairNode(m, key); k == nil && m.get(key).ok() {
		return p.merged(m, key)
	}
	return p.do(setupOp{what: setKey, at: m.n, key: key, after: after, value: v})
}

// drop takes a key of a mapping away, if it is there.
func (p *setupPlan) drop(m tree, key string) error {
	k, _ := pairNode(m, key)
	switch {
	case k == nil && m.get(key).ok():
		return p.merged(m, key)
	case k == nil:
		return nil
	}
	return p.do(setupOp{what: removeKey, at: m.n, key: key})
}

func (p *setupPlan) merged(m tree, key string) error {
	return refuse(RefuseMerged, m.line(), "%s comes here by a merge key, from line %d", key, m.get(key).line())
}

// addEntries adds the deploys of indexes that had none to those of the file.
func (p *setupPlan) addEntries(targets []TravisTarget) error {
	if len(targets) == 0 {
		return nil
	}
	k, v := pairNode(p.root, "deploy")
	section := tree{v}
	switch {
	case k == nil && p.root.get("deploy").ok():
		return p.merged(p.root, "deploy")
	case k == nil, !section.ok(), section.isList() && len(section.list()) == 0, section.isMap() && len(section.pairs()) == 0:
		return p.newSection(targets)
	case v.Kind == yaml.AliasNode && section.isList():
		return refuse(RefuseShared, v.Line, "the deploy section is an alias")
	case section.isList():
		return p.append(section, targets)
	case provider(section) == "pypi" && section.text() != "" && wantsPyPI(targets) >= 0:
		p.keep(targets[wantsPyPI(targets)], section)
		return p.newSection(targets)
	case section.text() != "" && !setupWord.MatchString(section.text()), section.n.Tag == "!!bool":
		return refuse(RefuseShape, v.Line, "deploy is a text that names no provider")
	}
	p.now = changeNames(targets)
	return p.do(setupOp{what: wrapValue, at: p.root.n, key: "deploy", value: newEntries(targets)})
}

// wantsPyPI gives the target that is PyPI; -1 if none is.
func wantsPyPI(targets []TravisTarget) int {
	return slices.IndexFunc(targets, func(t TravisTarget) bool { return sameIndex("", t.Server) })
}

func (p *setupPlan) newSection(targets []TravisTarget) error {
	p.now = changeNames(targets)
	return p.do(setupOp{what: setKey, at: p.root.n, key: "deploy", value: newEntries(targets)})
}

func changeNames(targets []TravisTarget) string {
	names := ""
	for _, t := range targets {
		names += t.change() + " "
	}
	return names
}

func (p *setupPlan) append(section tree, targets []TravisTarget) error {
	for i, t := range targets {
		p.now = t.change()
		if err := p.do(setupOp{what: addItem, at: section.n, index: i, value: t.entry()}); err != nil {
			return err
		}
	}
	return nil
}

// keep remembers a deploy that is replaced.
func (p *setupPlan) keep(t TravisTarget, was tree) {
	first := was.line()
	last := p.text.end(first, was.n.Column-1, was.node())
	lines := strings.Split(WithoutSecrets(strings.Join(p.text.lines[first-1:last], "\n")), "\n")
	p.old = append(p.old, ReplacedEntry{t.server(), first, last, lines})
}

// carryOut edits the text and looks that it means what was planned.
func (p *setupPlan) carryOut() (TravisSet, error) {
	x, y := p.text, p.text.layoutOf(p.root.n)
	x.blank = p.root.n.Style&yaml.FlowStyle == 0 && x.spaced(p.root.n)
	meant := newPlainTree(p.root.n)
	for _, o := range p.ops {
		switch o.what {
		case removeKey:
			x.gone[o.at] = append(x.gone[o.at], o.key)
		case setKey:
			if k, _ := pairNode(tree{o.at}, o.key); k == nil {
				x.coming[o.at]++
			}
		case wrapValue:
			x.wrapped = x.movedDown(o)
		}
	}
	for _, o := range p.ops {
		if !x.do(o, y) {
			return TravisSet{}, refuse(RefuseUnclear, o.at.Line, "the lines of %s hold more than can be edited for sure", p.place(o))
		}
		meant.mean(o)
	}
	if !x.order() {
		return TravisSet{}, refuse(RefuseUnclear, p.ops[0].at.Line, "two changes meet in one place")
	}
	now := x.apply(0, len(x.src), x.splices)
	root, err := readable(now)
	if err != nil || !sameTree(newPlainTree(root.n).root, meant.root) {
		return TravisSet{}, refuse(RefuseUnclear, p.ops[0].at.Line, "edited, the file would not mean what is wanted")
	}
	set := TravisSet{Mended: Mended{New: []byte(now)}, Changes: x.changes(), Replaced: p.old}
	for _, o := range p.ops {
		set.Codes = addNames(set.Codes, o.name)
	}
	return set, nil
}

func (p *setupPlan) place(o setupOp) string {
	if o.key == "" {
		return "a list"
	}
	return "the key " + o.key
}
