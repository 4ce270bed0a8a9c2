package rules

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// github reads the workflow files.
func (s *scanner) github() error {
	entries, err := fs.ReadDir(s.fsys, workflowsDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	g := &workflows{s: s, files: map[string]tree{}, called: map[string]bool{}}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yml" && ext != ".yaml" {
			continue
		}
		if err := g.load(path.Join(workflowsDir, e.Name())); err != nil {
			return err
		}
	}
	g.refuse()
	for _, name := range g.names {
		g.read(name)
	}
	g.orphans()
	return nil
}

// workflows are the files of a repository, which may call one another.
type workflows struct {
	s      *scanner
	names  []string // in the order of the directory
	files  map[string]tree
	called map[string]bool
}

func (g *workflows) load(name string) error {
	src, err := g.s.readFile(name)
	if err != nil {
		return err
	}
	g.s.found("github")
	root, line, wrong := parseYAML(src)
	if wrong != "" {
		g.s.problem(name, line, wrong)
		return nil
	}
	g.names = append(g.names, name)
	g.files[name] = root
	return nil
}

// refuse leaves out the files that the service would refuse.
func (g *workflows) refuse() {
	find := func(name string) *workflow {
		if root, ok := g.files[name]; ok {
			return &workflow{file: name, root: root}
		}
		return nil
	}
	refused := map[string]bool{}
	for _, name := range g.names {
		for _, f := range find(name).faults(find) {
			g.s.problem(name, f.line, f.text)
			refused[name] = true
		}
	}
	g.names = slices.DeleteFunc(g.names, func(name string) bool { return refused[name] })
}

func (g *workflows) read(name string) {
	root := g.files[name]
	on := triggers(root.get("on", "true"))
	on.Provider, on.File = "github", name
	g.s.out.Workflows = append(g.s.out.Workflows, Workflow{
		Provider: "github", File: name, Name: cmp.Or(root.get("name").text(), path.Base(name)), on: on,
	})
	g.jobs(call{file: name, root: root, on: on}, 0)
}

// triggers reads `on:`, in any of its three forms.
func triggers(on tree) Deploy {
	var d Deploy
	if !on.isMap() {
		for _, e := range on.texts() {
			d.trigger(e, tree{})
		}
		return d
	}
	for _, p := range on.pairs() {
		d.trigger(p.key, p.value)
	}
	return d
}

// releaseTypes are the kinds of release event that publish; a draft that is
// edited or a release that is deleted does not.
var releaseTypes = []string{"published", "released", "created", "prereleased"}

func (d *Deploy) trigger(event string, t tree) {
	switch event {
	case "push":
		d.push(t)
	case "release":
		types := t.get("types").texts()
		d.Release = len(types) == 0 || slices.ContainsFunc(types, func(s string) bool { return slices.Contains(releaseTypes, s) })
	case "workflow_dispatch":
		d.Dispatch = true
	case "pull_request", "pull_request_target", "workflow_call", "merge_group":
	default:
		d.undecided("on " + event)
	}
}

// push reads the filters of a push. Filters for branches alone keep tags out,
// and the other way round.
func (d *Deploy) push(t tree) {
	branches, branchesIgnore := t.get("branches"), t.get("branches-ignore")
	tags, tagsIgnore := t.get("tags"), t.get("tags-ignore")
	d.Branches, d.BranchesIgnore = branches.texts(), branchesIgnore.texts()
	d.Tags, d.TagsIgnore = tags.texts(), tagsIgnore.texts()
	byBranch, byTag := branches.ok() || branchesIgnore.ok(), tags.ok() || tagsIgnore.ok()
	d.AnyBranch = !branches.ok() && (branchesIgnore.ok() || !byTag)
	d.AnyTag = !tags.ok() && (tagsIgnore.ok() || !byBranch)
	if paths := t.get("paths", "paths-ignore"); paths.ok() {
		d.also = anyOf{ // not asked for on a tag
			negation{compare{fact: factEvent, op: opIs, text: "push"}},
			compare{fact: factRefType, op: opIs, text: "tag"},
			inWords{"only when certain files change: " + paths.words()},
		}
	}
}

// call is a workflow as it runs: by its own triggers, or called by another.
type call struct {
	file string
	root tree
	on   Deploy
	also cond
	job  string // the calling job
}

// jobs looks for publishing jobs.
func (g *workflows) jobs(c call, depth int) {
	jobs := c.root.get("jobs")
	for _, p := range jobs.pairs() {
		also := allOf{c.on.also, c.also, jobCond(jobs, p.key)}
		if uses, ok := strings.CutPrefix(p.value.get("uses").text(), "./"); ok && depth < maxCalls {
			g.called[uses] = true
			if root, ok := g.files[uses]; ok {
				g.jobs(call{uses, root, c.on, also, p.key}, depth+1)
			}
			continue
		}
		g.steps(c, p, also)
	}
}

// jobCond is what must hold for a job: its own condition, and unless that asks
// how earlier jobs ended, those of all jobs that come before it. A job that is
// skipped takes along whatever needs it, also by way of others that ran:
// github.com/actions/runner/issues/2205.
func jobCond(jobs tree, name string) cond {
	src := jobs.get(name).get("if").text()
	var before allOf
	for _, n := range ancestors(needed(jobs), name) {
		before = append(before, parseExpression(jobs.get(n).get("if").text()))
	}
	out := after{before}.parse(src)
	if readIf(src).checksStatus() {
		return out
	}
	return allOf{out, before}
}

// needed lists what each job needs directly.
func needed(jobs tree) map[string][]string {
	out := map[string][]string{}
	for _, j := range jobs.pairs() {
		out[j.key] = j.value.get("needs").texts()
	}
	return out
}

// ancestors are the jobs that a job needs, and those that they need.
func ancestors(needs map[string][]string, name string) []string {
	var out []string
	seen := map[string]bool{}
	todo := slices.Clone(needs[name])
	for len(todo) > 0 {
		n := todo[0]
		todo = todo[1:]
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
			todo = append(todo, needs[n]...)
		}
	}
	return out
}

// nothing is known in the contexts of an expression.
func nothing(_ []string, words string) exprValue { return unknown(words) }

// steps emits a deploy for every place of a job that publishes.
func (g *workflows) steps(c call, job pair, also cond) {
	if _, _, ok := (scope{nothing, yes}).matrix(job.value.get("strategy").get("matrix")); !ok {
		return // it is refused
	}
	p := publisher{g.s, c.file, c.root, job.value}
	var found []publication
	for _, step := range job.value.get("steps").list() {
		for _, pub := range p.in(step, 0) {
			found = append(found, pub)
			g.emit(c, g.deploy(c, job, pub), also, step)
		}
	}
	for _, pub := range p.suspects(found) {
		g.emit(c, g.deploy(c, job, pub), also, pub.step)
	}
}

// emit adds the deploy of a step, if anything starts it.
func (g *workflows) emit(c call, d Deploy, also cond, step tree) {
	d.also = allOf{also, parseExpression(step.get("if").text())}
	other := c.on.Undecided // events that we do not follow
	if d.settle() {
		g.s.out.Deploys = append(g.s.out.Deploys, d)
	} else if other != "" {
		d.undecided(other)
		g.s.out.Deploys = append(g.s.out.Deploys, d)
	}
}

func (g *workflows) deploy(c call, job pair, pub publication) Deploy {
	d := Deploy{Provider: "github", File: c.file, Line: pub.step.line(), Job: cmp.Or(job.value.get("name").text(), job.key)}
	if pub.file != c.file {
		d.File, d.Line = pub.file, pub.line
	}
	d.Branches, d.BranchesIgnore, d.Tags, d.TagsIgnore = c.on.Branches, c.on.BranchesIgnore, c.on.Tags, c.on.TagsIgnore
	d.AnyBranch, d.AnyTag, d.Release, d.Dispatch = c.on.AnyBranch, c.on.AnyTag, c.on.Release, c.on.Dispatch
	d.Environment = cmp.Or(job.value.get("environment").text(), job.value.get("environment").get("name").text())
	d.Index, d.Trusted = pub.index, pub.trusted
	d.undecided(pub.doubt)
	if pub.named != "" {
		d.undecided("uploads to the repository that is called " + pub.named)
	}
	if strings.Contains(d.Index, "${{") {
		d.undecided("the index is " + d.Index)
		d.Index = ""
	}
	return d
}

// orphans reports the publishing jobs of workflows that only another workflow
// can start, where no file of this tree does.
func (g *workflows) orphans() {
	for _, name := range g.names {
		root := g.files[name]
		if on := root.get("on", "true"); g.called[name] || !on.get("workflow_call").ok() && !slices.Contains(on.texts(), "workflow_call") && !hasKey(on, "workflow_call") {
			continue
		}
		if slices.ContainsFunc(g.s.out.Deploys, func(d Deploy) bool { return d.File == name }) {
			continue
		}
		on := Deploy{}
		on.undecided("only when another workflow calls it")
		g.jobs(call{file: name, root: root, on: on}, maxCalls)
	}
}

func hasKey(t tree, key string) bool {
	return slices.ContainsFunc(t.pairs(), func(p pair) bool { return p.key == key })
}
