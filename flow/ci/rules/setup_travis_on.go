package rules

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// on changes the conditions of a deploy that is there.
func (p *setupPlan) on(m tree, t TravisTarget) error {
	key, err := onName(m)
	if err != nil {
		return err
	}
	was := tree{}
	if key != "" {
		was = m.get(key)
	}
	switch {
	case key == "" || !was.ok():
		key = map[bool]string{true: "on", false: key}[key == ""]
		return p.set(m, key, "", t.on())
	case was.text() != "":
		return p.set(m, key, "", t.on()) // a text alone is a branch
	case !was.isMap() || len(was.pairs()) == 0:
		return refuse(RefuseShape, was.line(), "on is no mapping of conditions")
	}
	if was.n.Kind == yaml.AliasNode {
		if t.onDiffers(p, was) {
			return refuse(RefuseShared, was.line(), "on is an alias, of line %d", was.place())
		}
		return nil
	}
	if k, _ := pairNode(m, key); k == nil {
		if t.onDiffers(p, was) {
			return p.merged(m, key)
		}
		return nil
	}
	return p.onKeys(was, t)
}

// onDiffers says whether conditions would have to change.
func (t TravisTarget) onDiffers(p *setupPlan, on tree) bool {
	dry := setupPlan{root: p.root, src: p.src, text: p.text}
	err := dry.onKeys(tree{on.node()}, t)
	return err != nil || len(dry.ops) > 0
}

// onName gives the key that the conditions stand under; "" if none does.
func onName(m tree) (string, error) {
	found := ""
	for _, key := range []string{"on", "if", "true"} {
		if !m.get(key).ok() {
			if k, _ := pairNode(m, key); k == nil {
				continue
			}
		}
		if found != "" {
			return "", refuse(RefuseNested, m.line(), "the conditions stand under %s and under %s", found, key)
		}
		found = key
	}
	return found, nil
}

func (p *setupPlan) onKeys(on tree, t TravisTarget) error {
	for _, change := range []func(tree, TravisTarget) error{p.onRef, p.onTags, p.onPython, p.onCondition} {
		if err := change(on, t); err != nil {
			return err
		}
	}
	return nil
}

func (p *setupPlan) onRef(on tree, t TravisTarget) error {
	key := "branch"
	if !on.get(key).ok() && on.get("branches").ok() {
		key = "branches"
	} else if err := p.drop(on, "branches"); err != nil {
		return err
	}
	if t.Tags {
		return p.drop(on, key)
	}
	if err := p.drop(on, "all_branches"); err != nil {
		return err
	}
	if was := on.get(key); was.n != nil && was.node().Kind == yaml.ScalarNode && was.text() == t.Branch {
		return nil
	}
	return p.set(on, key, "", textNode(t.Branch))
}

// onTags asks for a tag, or for none.
func (p *setupPlan) onTags(on tree, t TravisTarget) error {
	if err := p.drop(on, "tag"); err != nil {
		return err
	}
	was := on.get("tags")
	is, exact := onBool(was)
	if exact && is == t.Tags && (was.ok() || !t.Tags) {
		return nil
	}
	return p.set(on, "tags", "", boolNode(t.Tags))
}

// onPython asks for the version of the job. Where the job is told otherwise, the
// version that was asked for goes.
func (p *setupPlan) onPython(on tree, t TravisTarget) error {
	if t.Job == (TravisJob{}) {
		return nil
	}
	for _, key := range append([]string{"rvm", "node_js"}, deployRuntimes...) {
		if key == "python" && t.Job.Python != "" {
			continue
		}
		if err := p.drop(on, key); err != nil {
			return err
		}
	}
	was := on.get("python")
	if t.Job.Python == "" || was.text() == t.Job.Python && !cut(was) {
		return nil
	}
	return p.set(on, "python", "", quotedNode(t.Job.Python))
}

// cut says whether a version is a number that loses its last digit: 3.10 is 3.1.
func cut(t tree) bool {
	n := t.node()
	return n != nil && n.ShortTag() == "!!float" && n.Value != "" && n.Value[len(n.Value)-1] == '0'
}

// onCondition asks for the variables of the job. A condition that is about
// something else than the job is nobody's to take away.
func (p *setupPlan) onCondition(on tree, t TravisTarget) error {
	if t.Job == (TravisJob{}) {
		return nil
	}
	was := on.get("condition")
	others := slices.DeleteFunc(was.texts(), p.aboutJob)
	switch {
	case t.Job.Condition == "" && len(others) == len(was.texts()):
		return nil
	case len(others) > 0 && slices.Equal(append(others, t.Job.Condition), was.texts()):
		return nil
	case len(others) > 0:
		return refuse(RefuseCondition, was.line(), "on.condition asks for something that is no matter of the job: %s", withoutSecrets(others[0]))
	case t.Job.Condition == "":
		return p.drop(on, "condition")
	case slices.Equal(was.texts(), []string{t.Job.Condition}):
		return nil
	}
	return p.set(on, "condition", "", textNode(t.Job.Condition))
}

func (p *setupPlan) aboutJob(test string) bool {
	return (&travisYAML{src: p.src}).choosesJob(test)
}
