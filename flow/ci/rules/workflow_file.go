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
		also := allOf{c.on.also, c.also, jobCond(jobs, p.key, 0)}
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

// jobCond is what must hold for a job: its own condition, and that of the jobs
// it needs, since a job is skipped with them unless it says otherwise.
func jobCond(jobs tree, name string, depth int) cond {
	job := jobs.get(name)
	src := job.get("if").text()
	out := allOf{parseExpression(src)}
	if depth > maxMerge || strings.Contains(src, "always()") || strings.Contains(src, "cancelled()") {
		return out
	}
	for _, n := range job.get("needs").texts() {
		out = append(out, jobCond(jobs, n, depth+1))
	}
	return out
}

// steps emits a deploy for every step of a job that publishes.
func (g *workflows) steps(c call, job pair, also cond) {
	for _, step := range job.value.get("steps").list() {
		d := Deploy{Provider: "github", File: c.file, Line: step.line(), Job: cmp.Or(job.value.get("name").text(), job.key)}
		if !g.publishes(&d, c, job.value, step) {
			continue
		}
		d.Branches, d.BranchesIgnore, d.Tags, d.TagsIgnore = c.on.Branches, c.on.BranchesIgnore, c.on.Tags, c.on.TagsIgnore
		d.AnyBranch, d.AnyTag, d.Release, d.Dispatch = c.on.AnyBranch, c.on.AnyTag, c.on.Release, c.on.Dispatch
		d.Environment = cmp.Or(job.value.get("environment").text(), job.value.get("environment").get("name").text())
		d.also = allOf{also, parseExpression(step.get("if").text())}
		other := c.on.Undecided // events that we do not follow
		if d.settle() {
			g.s.out.Deploys = append(g.s.out.Deploys, d)
		} else if other != "" {
			d.undecided(other)
			g.s.out.Deploys = append(g.s.out.Deploys, d)
		}
	}
}

// publishes says whether a step uploads, and notes where to.
func (g *workflows) publishes(d *Deploy, c call, job, step tree) bool {
	action, _, _ := strings.Cut(step.get("uses").text(), "@")
	with := step.get("with")
	switch strings.ToLower(action) {
	case "pypa/gh-action-pypi-publish":
		d.Index = with.get("repository-url", "repository_url").text()
		d.Trusted = !with.get("password").ok()
	case "pyo3/maturin-action":
		if cmd := with.get("command").text(); cmd != "upload" && cmd != "publish" {
			return false
		}
	case "casperdcl/deploy-pypi", "jrubics/poetry-publish", "code-specialist/pypi-poetry-publish":
	default:
		cmd, ok := g.s.uploadIn(step.get("run").text())
		if !ok {
			return false
		}
		cmd.into(d)
		d.Index = cmp.Or(d.Index, environmentIndex(step, job, c.root))
		d.Trusted = mintsTokens(job, c.root) && !strings.Contains(step.get("env").words(), "secrets.")
	}
	if strings.Contains(d.Index, "${{") {
		d.undecided("the index is " + d.Index)
		d.Index = ""
	}
	return true
}

// environmentIndex finds the index that environment variables name, the
// innermost first.
func environmentIndex(places ...tree) string {
	for _, p := range places {
		env := p.get("env")
		if u := env.get("TWINE_REPOSITORY_URL", "UV_PUBLISH_URL", "FLIT_INDEX_URL", "HATCH_INDEX_REPO", "PDM_PUBLISH_REPO").text(); u != "" {
			return u
		}
		var c command
		c.name(cmp.Or(env.get("TWINE_REPOSITORY").text(), "pypi"))
		if c.index != "" {
			return c.index
		}
	}
	return ""
}

func mintsTokens(places ...tree) bool {
	return slices.ContainsFunc(places, func(p tree) bool {
		return p.get("permissions").get("id-token").text() == "write"
	})
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
