package rules

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// branches lets the refs through a branches section that keeps them out.
func (p *setupPlan) branches() error {
	p.now = SetUpBranches
	section := p.root.get("branches")
	var missing []string
	safe := readSafelist(section)
	for _, t := range p.want.Providers {
		name := strings.TrimPrefix(strings.TrimPrefix(t.ref(), "refs/heads/"), "refs/tags/")
		if listed(safe.except, name) != no {
			return refuse(RefuseExcluded, section.line(), "branches.except keeps %s out", name)
		}
		if entry := t.safe(name); len(safe.only) > 0 && listed(safe.only, name) != yes && !slices.Contains(missing, entry) {
			missing = append(missing, entry)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if k, _ := pairNode(p.root, "branches"); k == nil {
		return p.merged(p.root, "branches")
	}
	return p.letThrough(section, missing)
}

// usualTag is how most projects name their tags.
var (
	usualTag   = regexp.MustCompile(`^v?\d+\.\d+`)
	firstDigit = regexp.MustCompile(`^(\D*)\d`)
)

// safe is the entry of branches.only that lets a target's refs through.
func (t TravisTarget) safe(name string) string {
	if !t.Tags {
		return name
	}
	if usualTag.MatchString(name) {
		return `/^v?\d+\.\d+/`
	}
	if m := firstDigit.FindStringSubmatch(name); m != nil {
		return "/^" + strings.ReplaceAll(regexp.QuoteMeta(m[1]), "/", `\/`) + `\d/`
	}
	return name
}

// letThrough adds entries to the list of what is built.
func (p *setupPlan) letThrough(section tree, missing []string) error {
	holder, key := p.root, "branches"
	if section.isMap() {
		holder, key = section, "only"
	}
	k, v := pairNode(holder, key)
	if k == nil || holder.n.Kind == yaml.AliasNode || v.Kind == yaml.AliasNode {
		return refuse(RefuseShared, section.line(), "what branches.only lists comes from elsewhere")
	}
	if v.Kind == yaml.SequenceNode {
		return p.addToList(v, missing)
	}
	list := listNode()
	list.Style = yaml.FlowStyle
	for _, name := range append(commas(tree{v}.texts()), missing...) {
		list.Content = append(list.Content, textNode(name))
	}
	return p.set(holder, key, "", list)
}

func (p *setupPlan) addToList(list *yaml.Node, names []string) error {
	for i, name := range names {
		if err := p.do(setupOp{what: addItem, at: list, index: i, value: textNode(name)}); err != nil {
			return err
		}
	}
	return nil
}

// dropChecks takes the check of the old guide out of every after_deploy.
func (p *setupPlan) dropChecks() error {
	p.now = SetUpCheck
	for _, job := range append([]tree{p.root}, p.build().listed()...) {
		if err := p.dropCheck(job); err != nil {
			return err
		}
	}
	return nil
}

func (p *setupPlan) dropCheck(job tree) error {
	after := job.get("after_deploy")
	texts := after.list()
	if !slices.ContainsFunc(texts, func(t tree) bool { return validate.MatchString(t.text()) }) {
		return nil
	}
	k, v := pairNode(job, "after_deploy")
	if k == nil || job.n.Kind == yaml.AliasNode || v.Kind == yaml.AliasNode {
		return refuse(RefuseShared, after.line(), "the after_deploy of a job comes from elsewhere")
	}
	var going []int
	for i, t := range texts {
		if validate.MatchString(t.text()) || validateRepo.MatchString(t.text()) {
			going = append(going, i)
		}
	}
	if len(going) == len(texts) {
		return p.drop(job, "after_deploy")
	}
	for _, i := range going {
		if err := p.do(setupOp{what: dropItem, at: v, index: i}); err != nil {
			return err
		}
	}
	return nil
}
